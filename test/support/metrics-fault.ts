import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { type Fault, httpFaults } from './fault-server.ts';

/** An API server answers 503 and a text for an aggregated API whose server it cannot reach, whatever the reason. */
const unreachable: Partial<Readonly<Record<Fault, string>>> = {
  refused: 'error trying to reach service: dial tcp 10.0.0.9:4443: connect: connection refused',
  dns: 'error trying to reach service: dial tcp: lookup metrics-server.kube-system.svc on 10.96.0.10:53: no such host',
  tls: 'error trying to reach service: tls: failed to verify certificate: x509: certificate signed by unknown authority',
};

/** An API server that is well but for metrics.k8s.io, behind which there is a fault. Everything else goes to `upstream`. */
export async function startMetricsFault(
  fault: Fault,
  upstream: string,
): Promise<{ url: string; connections(): number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((incoming, response) => {
    if (incoming.url?.startsWith('/apis/metrics.k8s.io/')) answer(fault, incoming, response);
    else forward(upstream, incoming, response);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    connections: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(fault: Fault, incoming: IncomingMessage, response: ServerResponse): void {
  const text = unreachable[fault];
  if (text !== undefined) response.writeHead(503, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
  else if (fault in httpFaults) httpFaults[fault as keyof typeof httpFaults](incoming.socket);
}

function forward(upstream: string, incoming: IncomingMessage, response: ServerResponse): void {
  // The lab's certificate is made at its start: nobody has signed it.
  const outgoing = request(`${upstream}${incoming.url}`, { method: incoming.method, headers: incoming.headers, rejectUnauthorized: false });
  outgoing.on('response', (answered) => {
    response.writeHead(answered.statusCode ?? 502, answered.headers);
    answered.pipe(response);
  });
  outgoing.on('error', () => response.destroy());
  incoming.pipe(outgoing);
}
