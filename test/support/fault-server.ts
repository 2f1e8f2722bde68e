import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { tlsServer } from './tls.ts';

/** Everything that can be wrong with a server, by name. */
export const faults = ['refused', 'black-hole', 'dns', 'tls', '401', '403', '429', '500', 'truncated', 'wrong-type', 'slow-drip'] as const;
export type Fault = (typeof faults)[number];

export interface FaultServer {
  readonly fault: Fault;
  readonly host: string;
  readonly port: number;
  /** `http://…`, `https://…` for `tls`. */
  readonly url: string;
  /** `redis://…`, `rediss://…` for `tls`. */
  readonly redisUrl: string;
  /** Bytes that clients sent, as text: to prove what did not travel. */
  readonly received: () => string;
  /** Sockets that clients hold open. */
  readonly connections: () => number;
  close(): Promise<void>;
}

/** Faults of a server that is there and speaks. */
export type SpokenFault = Exclude<Fault, 'refused' | 'black-hole' | 'dns' | 'tls'>;

/** Answers over a raw socket, so that broken ones can be told as well. */
export const httpFaults: Readonly<Record<SpokenFault, (socket: Socket) => void>> = {
  '401': (socket) => answer(socket, '401 Unauthorized', '{"error":"unauthorized"}'),
  '403': (socket) => answer(socket, '403 Forbidden', '{"error":"forbidden"}'),
  // Longer than any run, so that nothing waits for it.
  '429': (socket) => answer(socket, '429 Too Many Requests', '{"error":"slow down"}', 'Retry-After: 3600\r\n'),
  '500': (socket) => answer(socket, '500 Internal Server Error', '{"error":"boom"}'),
  truncated: (socket) => {
    socket.end('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"status":"succ');
  },
  'wrong-type': (socket) => answer(socket, '200 OK', '<html><body>Please log in</body></html>', '', 'text/html; charset=utf-8'),
  'slow-drip': (socket) => drip(socket, 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n', ' '),
};

/** The same in RESP, as far as it has a counterpart: 401 is NOAUTH, 403 is NOPERM, 429 a full server, 500 an error. */
const redisFaults: typeof httpFaults = {
  '401': (socket) => socket.write('-NOAUTH Authentication required.\r\n'),
  '403': (socket) => socket.write("-NOPERM this user has no permissions to run the 'ping' command\r\n"),
  '429': (socket) => socket.end('-ERR max number of clients reached\r\n'),
  '500': (socket) => socket.write('-LOADING Redis is loading the dataset in memory\r\n'),
  truncated: (socket) => socket.end('$1000\r\nredis_ver'),
  'wrong-type': (socket) => socket.end('HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n<html></html>'),
  'slow-drip': (socket) => drip(socket, '$100000\r\n', 'x'),
};

/**
 * A server with exactly one fault, in HTTP or RESP. `refused` and `dns` are
 * addresses where nothing listens; a black hole accepts and never answers.
 */
export async function startFault(fault: Fault, protocol: 'http' | 'redis' = 'http'): Promise<FaultServer> {
  const sockets = new Set<Socket>();
  let text = '';
  const act = fault in httpFaults ? (protocol === 'http' ? httpFaults : redisFaults)[fault as keyof typeof httpFaults] : () => undefined;
  const serve = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    if (protocol === 'redis' && fault === '429') act(socket);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (protocol === 'redis' ? fault !== '429' : text.includes('\r\n\r\n')) act(socket);
    });
  };
  const server: Server = fault === 'tls' ? createTlsServer(tlsServer('self-signed'), serve) : createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  // The port was free a moment ago, and the system does not hand it out again at once.
  if (fault === 'refused' || fault === 'dns') await close();
  const host = fault === 'dns' ? 'no-such-host.invalid' : '127.0.0.1';
  const secure = fault === 'tls' ? 's' : '';
  return {
    fault,
    host,
    port,
    url: `http${secure}://${host}:${port}`,
    redisUrl: `redis${secure}://${host}:${port}`,
    received: () => text,
    connections: () => sockets.size,
    close: fault === 'refused' || fault === 'dns' ? () => Promise.resolve() : close,
  };
}

function answer(socket: Socket, status: string, body: string, headers = '', type = 'application/json'): void {
  const head = `HTTP/1.1 ${status}\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}Connection: close\r\n\r\n`;
  socket.end(head + body);
}

const dripping = new WeakSet<Socket>();

/** The head at once, then a byte every 50 ms until the client has had enough. */
function drip(socket: Socket, head: string, byte: string): void {
  if (dripping.has(socket)) return;
  dripping.add(socket);
  socket.write(head);
  const timer = setInterval(() => socket.write(byte), 50);
  socket.on('close', () => clearInterval(timer));
}
