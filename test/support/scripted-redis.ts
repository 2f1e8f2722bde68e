import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { CommandParser, encode, type Reply } from '../../packages/lab/src/redis/resp.ts';

export interface ScriptedRedis {
  readonly host: string;
  readonly port: number;
  readonly requests: readonly string[];
  /** Connections that are open now. */
  connections(): number;
  close(): Promise<void>;
}

/** A Redis that answers by a script: upper-case command with its arguments, or its first words, → reply. Over TLS with a certificate and its key. */
export async function startScripted(
  script: Readonly<Record<string, Reply | ((port: number) => Reply)>>,
  tls?: { readonly cert: string; readonly key: string },
): Promise<ScriptedRedis> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  let port = 0;
  const serve = (socket: Socket): void => {
    const parser = new CommandParser();
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      for (const [name = '', ...args] of parser.push(chunk)) {
        const text = [name.toUpperCase(), ...args].join(' ');
        requests.push(text);
        const key = Object.keys(script).find((start) => text === start || text.startsWith(`${start} `));
        const found = key === undefined ? undefined : script[key];
        const reply = typeof found === 'function' ? found(port) : found;
        socket.write(encode(reply === undefined ? { error: `ERR unknown command '${name}', with args beginning with: ` } : reply, 2));
      }
    });
  };
  const server = tls ? createTlsServer(tls, serve) : createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  port = typeof address === 'object' && address ? address.port : 0;
  return {
    host: '127.0.0.1',
    port,
    requests,
    connections: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
