import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The body as JSON; throws where it is none. */
  json(): unknown;
}

/** A plain HTTP exchange that owes nothing to the code under test. */
export function exchange(
  url: string,
  options: { method?: string; headers?: Readonly<Record<string, string>>; body?: string; ca?: string } = {},
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const request = url.startsWith('https:') ? httpsRequest : httpRequest;
    const outgoing = request(
      url,
      { method: options.method ?? 'GET', headers: { ...options.headers }, timeout: 20_000, ...(options.ca ? { ca: options.ca } : {}) },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: () => JSON.parse(text) as unknown });
        });
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error(`${url}: no answer`)));
    outgoing.on('error', reject);
    outgoing.end(options.body);
  });
}
