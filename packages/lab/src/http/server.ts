import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';

/** How a path answers. */
export interface HttpBehaviour {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Before the first byte, ms. */
  readonly delayMs?: number;
  /** Accepts the request and never answers. */
  readonly silent?: boolean;
}

export interface LabHttpOptions {
  readonly port?: number;
  readonly tls?: { readonly cert: string; readonly key: string };
  /** By path; `*` for every other one. Without it 404. */
  readonly routes?: Readonly<Record<string, HttpBehaviour>>;
}

export interface LabHttp {
  readonly url: string;
  readonly port: number;
  /** Lower-case header names; the value of authorization is left out. */
  readonly requests: readonly { readonly method: string; readonly path: string; readonly headers: Readonly<Record<string, string>> }[];
  /** Changes how a path answers from now on. */
  setRoute(path: string, behaviour: HttpBehaviour): void;
  close(): Promise<void>;
}

/** A small HTTP service on 127.0.0.1: what agents depend on, for practice and tests. */
export async function startHttp(options: LabHttpOptions = {}): Promise<LabHttp> {
  const routes = new Map(Object.entries(options.routes ?? {}));
  const requests: { method: string; path: string; headers: Record<string, string> }[] = [];
  const handle = (message: IncomingMessage, response: ServerResponse): void => {
    const path = (message.url ?? '/').replace(/\?.*$/, '');
    const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, String(value)]));
    if (headers.authorization !== undefined) headers.authorization = '(left out)';
    requests.push({ method: message.method ?? 'GET', path, headers });
    message.resume();
    reply(response, routes.get(path) ?? routes.get('*') ?? { status: 404, body: '{"error":"not found"}' });
  };
  const server: Server = options.tls ? createTlsServer(options.tls, handle) : createServer(handle);
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
    setRoute: (path, behaviour) => void routes.set(path, behaviour),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function reply(response: ServerResponse, behaviour: HttpBehaviour): void {
  if (behaviour.silent) return;
  const send = (): void => {
    response.writeHead(behaviour.status ?? 200, { 'content-type': 'application/json', 'x-agentops-lab': 'true', ...behaviour.headers });
    response.end(behaviour.body ?? '{"status":"ok"}');
  };
  if (!behaviour.delayMs) {
    send();
    return;
  }
  const timer = setTimeout(send, behaviour.delayMs);
  response.on('close', () => clearTimeout(timer));
}
