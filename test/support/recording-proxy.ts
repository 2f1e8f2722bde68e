import { createServer, type OutgoingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Recorded {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

/**
 * Asks `upstream` (http) each question once and answers from memory from then
 * on: what a lab that stands still computes need not be computed for every run.
 */
export async function startRecordingProxy(upstream: string): Promise<{ url: string; close(): Promise<void> }> {
  const recorded = new Map<string, Promise<Recorded>>();
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const key = `${incoming.method} ${incoming.url} ${body}`;
    const answer = recorded.get(key) ?? ask(`${upstream}${incoming.url}`, incoming.method, incoming.headers, body);
    recorded.set(key, answer);
    await answer.then(
      ({ status, headers, body: text }) => response.writeHead(status, headers).end(text),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function ask(url: string, method: string | undefined, headers: OutgoingHttpHeaders, body: Buffer): Promise<Recorded> {
  const { promise, resolve, reject } = Promise.withResolvers<Recorded>();
  const outgoing = request(url, { method, headers });
  outgoing.on('error', reject);
  outgoing.on('response', async (incoming) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    resolve({ status: incoming.statusCode ?? 502, headers: incoming.headers, body: Buffer.concat(chunks) });
  });
  outgoing.end(body);
  return promise;
}
