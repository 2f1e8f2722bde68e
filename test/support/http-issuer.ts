import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startOpenAiAdmin } from '../../packages/lab/src/http/openai-admin.ts';

/** What a scene asks of whoever issues its values. */
export interface SceneIssuer {
  /** `issuer:` of the entry in agentops.yaml. */
  readonly config: object;
  /** Answers 200 to a bearer that is accepted, else 401. */
  readonly checkUrl: string;
  accepts(value: string): boolean;
  /** How many values are accepted now, or would be if they worked. */
  liveCount(): number;
  close(): Promise<void>;
}

/** An issuer of the house: what is PUT to /keys is accepted at /check until it is PUT to /revoke. */
export interface HttpIssuer extends SceneIssuer {
  /** Values that are accepted now. */
  readonly live: Set<string>;
  /** Values that were never revoked by anybody but are to be refused: a new key that does not work. */
  readonly broken: Set<string>;
  /** Every value that was ever issued, in order. */
  readonly issued: readonly string[];
  /** From now on new values are issued and do not work. */
  breakNew: boolean;
}

export async function startHttpIssuer(first: readonly string[] = []): Promise<HttpIssuer> {
  const live = new Set(first);
  const broken = new Set<string>();
  const issued: string[] = [...first];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const answer = (status: number): void => void response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
      if (request.url === '/check') {
        answer(issuer.accepts(request.headers.authorization?.replace(/^Bearer /, '') ?? '') ? 200 : 401);
        return;
      }
      const { value } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { value: string };
      if (request.url === '/revoke') {
        answer(live.delete(value) ? 200 : 404);
        return;
      }
      if (!live.has(value)) issued.push(value);
      live.add(value);
      if (issuer.breakNew) broken.add(value);
      answer(200);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer: HttpIssuer = {
    config: { type: 'random', prefix: 'cnry-', set: { type: 'http', url: `${url}/keys`, revokeUrl: `${url}/revoke` } },
    checkUrl: `${url}/check`,
    liveCount: () => live.size,
    live,
    broken,
    issued,
    breakNew: false,
    accepts: (value) => live.has(value) && !broken.has(value),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return issuer;
}

/** OpenAI's admin API as the lab has it: it makes the values itself. */
export async function startOpenAiIssuer(first: string): Promise<SceneIssuer> {
  const api = await startOpenAiAdmin({ projects: { proj_a: [{ id: 'svc_first', name: 'by hand', value: first }] }, keyPrefix: 'cnry-' });
  return {
    config: { type: 'openai', url: api.url, adminKey: 'sk-admin-lab', project: 'proj_a', presentKey: 'svc_first' },
    checkUrl: `${api.url}/v1/models`,
    accepts: (value) => api.accepts(value),
    liveCount: () => api.accounts('proj_a').length,
    close: () => api.close(),
  };
}
