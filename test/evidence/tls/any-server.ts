import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import { tlsServer } from '../../support/tls.ts';

/** What the four servers say to the first question of each source. */
const answers: readonly (readonly [asks: RegExp, says: string])[] = [
  [/^GET \/version /, http('{"gitVersion":"v1.36.3"}')],
  [/^GET \/api\/v1\/query\?/, http('{"status":"success","data":{"resultType":"scalar","result":[1795266451.5,"1"]}}')],
  [/^GET \/v1\/sys\/health /, http('{"initialized":true,"sealed":false,"standby":false,"version":"1.21.0"}')],
  [/\r\nPING\r\n/, '+PONG\r\n'],
  [/\r\nINFO\r\n/, '$36\r\nredis_version:7.0.15\r\nrole:master\r\n\r\n\r\n'],
];

function http(body: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

export interface AnyServer {
  readonly port: number;
  /** TCP connections in all. */
  readonly connections: () => number;
  /** Everything that clients sent inside of TLS, or plainly. */
  readonly received: () => string;
  /** Client certificates that were shown. */
  readonly clients: () => readonly string[];
  close(): Promise<void>;
}

/** Kubernetes, Prometheus, Vault and Redis in one, as far as a first question goes; `plain` without TLS. */
export async function startAny(certificate: 'server' | 'expired' | 'other-name' | 'self-signed' | 'plain'): Promise<AnyServer> {
  const sockets = new Set<Socket>();
  const clients: string[] = [];
  let connections = 0;
  let text = '';
  const serve = (socket: Socket): void => {
    if (socket instanceof TLSSocket && socket.getPeerX509Certificate()) clients.push(socket.getPeerX509Certificate()?.subject ?? '');
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      const asked = chunk.toString('latin1');
      text += asked;
      const answer = answers.find(([asks]) => asks.test(asked));
      if (answer) socket.write(answer[1]);
      else socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
  };
  const server: Server =
    certificate === 'plain'
      ? createServer(serve)
      : createTlsServer({ ...tlsServer(certificate), requestCert: true, rejectUnauthorized: false }, serve);
  server.on('connection', (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    connections: () => connections,
    received: () => text,
    clients: () => clients,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
