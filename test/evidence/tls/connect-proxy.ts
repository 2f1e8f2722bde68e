import { connect, createServer, type Socket } from 'node:net';

export interface ConnectProxy {
  readonly port: number;
  /** First lines of the requests: `CONNECT 127.0.0.1:443 HTTP/1.1`. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** A proxy that opens a tunnel to a port of 127.0.0.1, whatever it is asked for. */
export async function startConnectProxy(to: number): Promise<ConnectProxy> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', (head) => {
      asked.push(head.toString().split('\r\n')[0] ?? '');
      const onward = connect(to, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.pipe(onward).pipe(socket);
      });
      sockets.add(onward);
      onward.on('error', () => socket.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
