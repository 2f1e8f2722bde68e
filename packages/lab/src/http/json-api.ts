import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';

/** A request of a JSON API, decoded. */
export interface ApiRequest {
  readonly method: string;
  /** Segments of the path, decoded. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Empty where there was none, or no object. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What goes wrong with the next requests that fit. */
export interface ApiFault {
  /** Default any. */
  readonly method?: string;
  /** A part of the path; default any. */
  readonly path?: string;
  /** Default 1. */
  readonly times?: number;
  /** Answered instead of doing anything. */
  readonly answer?: ApiAnswer;
  /** Ends the connection without an answer, before or after doing what was asked. */
  readonly cut?: 'before' | 'after';
}

export interface JsonApiOptions {
  readonly port?: number;
  readonly tls?: { readonly cert: string; readonly key: string };
}

export interface JsonApi {
  readonly url: string;
  readonly port: number;
  /** Without headers and bodies, which hold keys; `status` 0: cut off. */
  readonly requests: readonly { readonly method: string; readonly path: string; readonly status: number }[];
  fail(fault: ApiFault): void;
  close(): Promise<void>;
}

/** A JSON API on 127.0.0.1 whose faults can be told. */
export async function startJsonApi(options: JsonApiOptions, handle: (request: ApiRequest) => ApiAnswer): Promise<JsonApi> {
  const requests: { method: string; path: string; status: number }[] = [];
  const faults: { fault: ApiFault; left: number }[] = [];
  const faultOf = (method: string, path: string): ApiFault | undefined => {
    const found = faults.find(({ fault }) => (fault.method ?? method) === method && path.includes(fault.path ?? ''));
    if (!found) return undefined;
    found.left--;
    if (found.left <= 0) faults.splice(faults.indexOf(found), 1);
    return found.fault;
  };
  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = await read(message);
    const path = (message.url ?? '/').replace(/\?.*$/, '');
    const fault = faultOf(request.method, path);
    const log = (status: number): void => void requests.push({ method: request.method, path, status });
    if (fault?.cut === 'before') {
      log(0);
      response.destroy();
      return;
    }
    const answer = fault?.answer ?? handle(request);
    if (fault?.cut === 'after') {
      log(0);
      response.destroy();
      return;
    }
    log(answer.status);
    response.writeHead(answer.status, { 'content-type': 'application/json', 'x-agentops-lab': 'true', ...answer.headers });
    response.end(JSON.stringify(answer.body));
  };
  const listener = (message: IncomingMessage, response: ServerResponse): void => {
    serve(message, response).catch(() => response.destroy());
  };
  const server: Server = options.tls ? createTlsServer(options.tls, listener) : createServer(listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    requests,
    fail: (fault) => void faults.push({ fault, left: fault.times ?? 1 }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function read(message: IncomingMessage): Promise<ApiRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const url = new URL(message.url ?? '/', 'http://lab');
  return {
    method: message.method ?? 'GET',
    path: url.pathname.split('/').slice(1).map(decodeURIComponent),
    query: url.searchParams,
    headers: Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, String(value)])),
    body: parse(Buffer.concat(chunks).toString('utf8')),
  };
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** A page of a list, and what both providers say about it. `after`: id of the last one that was seen; undefined: it is not there. */
export function pageOf<T extends { readonly id: string }>(
  all: readonly T[],
  after: string | null,
  limit: number,
):
  | { readonly data: readonly T[]; readonly first_id: string | null; readonly last_id: string | null; readonly has_more: boolean }
  | undefined {
  const start = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1;
  if (after !== null && start === 0) return undefined;
  const data = all.slice(start, start + limit);
  return { data, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null, has_more: start + limit < all.length };
}
