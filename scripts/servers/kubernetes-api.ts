import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';

export interface ApiAccess {
  readonly url: string;
  readonly caFile: string;
  readonly token: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * A small Kubernetes client for seeding and for tests' own questions: bearer
 * token, keep-alive, at most 16 requests in flight. Objects go in as they are.
 */
export class KubernetesApi {
  readonly #access: ApiAccess;
  readonly #agent: Agent;

  constructor(access: ApiAccess) {
    this.#access = access;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 16, ca: readFileSync(access.caFile) });
  }

  request(method: string, path: string, body?: unknown, contentType = 'application/json'): Promise<ApiAnswer> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        new URL(path, this.#access.url),
        {
          method,
          agent: this.#agent,
          timeout: 60_000,
          headers: {
            authorization: `Bearer ${this.#access.token}`,
            accept: 'application/json',
            ...(body === undefined ? {} : { 'content-type': contentType }),
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }));
          response.on('error', reject);
        },
      );
      outgoing.on('timeout', () => outgoing.destroy(new Error(`${method} ${path}: no answer`)));
      outgoing.on('error', reject);
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  async #checked(method: string, path: string, body?: unknown, contentType?: string): Promise<unknown> {
    const answer = await this.request(method, path, body, contentType);
    if (answer.status < 200 || answer.status > 299) throw new Error(`${method} ${path}: ${answer.status} ${answer.text.slice(0, 500)}`);
    return answer.text === '' ? {} : JSON.parse(answer.text);
  }

  get(path: string): Promise<unknown> {
    return this.#checked('GET', path);
  }

  /** `path` is the collection's. */
  create(path: string, object: unknown): Promise<unknown> {
    return this.#checked('POST', path, object);
  }

  /** Merge patch; `path` is the object's, or its `/status`. */
  patch(path: string, change: unknown): Promise<unknown> {
    return this.#checked('PATCH', path, change, 'application/merge-patch+json');
  }

  replace(path: string, object: unknown): Promise<unknown> {
    return this.#checked('PUT', path, object);
  }

  delete(path: string): Promise<unknown> {
    return this.#checked('DELETE', path);
  }

  close(): void {
    this.#agent.destroy();
  }
}
