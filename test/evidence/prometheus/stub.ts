import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface StubRequest {
  readonly method: string;
  readonly path: string;
  readonly search: URLSearchParams;
  readonly form: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

export interface StubAnswer {
  readonly status?: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text as it is; anything else as JSON. */
  readonly body: unknown;
}

export interface Stub {
  readonly url: string;
  readonly requests: StubRequest[];
  close(): Promise<void>;
}

/** A server that answers whatever the handler says; undefined: it never answers. */
export async function startStub(handler: (request: StubRequest) => StubAnswer | undefined): Promise<Stub> {
  const requests: StubRequest[] = [];
  const server = createServer(async (incoming, response) => {
    const url = new URL(incoming.url ?? '/', 'http://stub');
    const form = new URLSearchParams(await text(incoming));
    const request = { method: incoming.method ?? '', path: url.pathname, search: url.searchParams, form, headers: incoming.headers };
    requests.push(request);
    const answer = handler(request);
    if (!answer) return;
    response.writeHead(answer.status ?? 200, { 'content-type': answer.type ?? 'application/json', ...answer.headers });
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A successful answer of the API. */
export function success(data: unknown, more: Readonly<Record<string, unknown>> = {}): StubAnswer {
  return { body: { status: 'success', data, ...more } };
}

/** A vector of label sets and values. */
export function vector(...samples: readonly (readonly [labels: Record<string, string>, value: string])[]): StubAnswer {
  return success({ resultType: 'vector', result: samples.map(([metric, value]) => ({ metric, value: [1_795_266_451, value] })) });
}

export const scalar: StubAnswer = success({ resultType: 'scalar', result: [1_795_266_451.5, '1'] });
