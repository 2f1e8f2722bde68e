import { createServer, type IncomingMessage, type OutgoingHttpHeaders, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface MeddlerRequest {
  readonly method: string;
  /** With query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface MeddlerAnswer {
  readonly status: number;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

/**
 * `pass`: as if nobody stood between. `refuse`: cut before the server hears of
 * it. `lose`: the server carries it out, the answer never arrives and the
 * connection is cut. `cut`: likewise, half way through the answer's body.
 * `hold`: likewise, but the connection stays open and silent.
 */
export type Meddling = 'pass' | 'refuse' | 'lose' | 'cut' | 'hold' | MeddlerAnswer;

export interface Meddler {
  readonly url: string;
  /** What came, in order. */
  readonly requests: readonly MeddlerRequest[];
  /** Decides what happens to each request from now on; default `pass`. */
  meddle(decide: (request: MeddlerRequest) => Meddling | Promise<Meddling>): void;
  /** Asks the server itself, past the meddling, as the request would. */
  ask(request: MeddlerRequest): Promise<MeddlerAnswer>;
  close(): Promise<void>;
}

/** Stands between a client and an HTTP server, and does to single requests what networks do. */
export async function startMeddler(upstream: string): Promise<Meddler> {
  const requests: MeddlerRequest[] = [];
  let decide: (request: MeddlerRequest) => Meddling | Promise<Meddling> = () => 'pass';
  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    const { method = 'GET', url = '/', headers } = incoming;
    const received = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') };
    requests.push(received);
    const meddling = await decide(received);
    if (meddling === 'refuse') response.destroy();
    else if (typeof meddling === 'object') response.writeHead(meddling.status, meddling.headers).end(meddling.body);
    else {
      const answer = await ask(upstream, received);
      if (meddling === 'pass') response.writeHead(answer.status, answer.headers).end(answer.body);
      else if (meddling === 'lose') response.destroy();
      else if (meddling === 'cut') {
        const { body = '' } = answer;
        response.writeHead(answer.status, answer.headers).write(body.slice(0, body.length / 2), () => response.destroy());
      }
    }
  };
  const server = createServer((incoming, response) => void serve(incoming, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    meddle: (next) => {
      decide = next;
    },
    ask: (received) => ask(upstream, received),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function ask(upstream: string, { method, url, headers, body }: MeddlerRequest): Promise<MeddlerAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<MeddlerAnswer>();
  const outgoing = request(`${upstream}${url}`, { method, headers: { ...headers, host: new URL(upstream).host } });
  outgoing.on('error', reject);
  outgoing.on('response', async (incoming) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('utf8');
    resolve({ status: incoming.statusCode ?? 502, headers: incoming.headers, body: text });
  });
  outgoing.end(body);
  return promise;
}
