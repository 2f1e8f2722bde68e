import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An issuer of the house: what is PUT to /keys is accepted at /check until it is PUT to /revoke. */
export interface HttpIssuer {
  readonly url: string;
  /** Values that are accepted now. */
  readonly live: Set<string>;
  /** Values that were never revoked by anybody but are to be refused: a new key that does not work. */
  readonly broken: Set<string>;
  /** Every value that was ever issued, in order. */
  readonly issued: readonly string[];
  /** From now on new values are issued and do not work. */
  breakNew: boolean;
  accepts(value: string): boolean;
  close(): Promise<void>;
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
  const issuer: HttpIssuer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
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
