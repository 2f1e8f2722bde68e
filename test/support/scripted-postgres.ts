import { type AddressInfo, createServer, type Socket } from 'node:net';

export interface ScriptedPostgres {
  readonly host: string;
  readonly port: number;
  /** Passwords that clients sent in clear text. */
  readonly passwords: readonly string[];
  connections(): number;
  close(): Promise<void>;
}

/** How a login ends: an error by its fields, `welcome`, `hangup`, `silence`. */
export type LoginEnd = Readonly<Record<'code' | 'routine' | 'message', string>> | 'welcome' | 'hangup' | 'silence';

/** A PostgreSQL that answers logins by a script; it asks for the password in clear text where `asks` is true, and knows no query. */
export async function startScriptedPostgres(asks: boolean, end: LoginEnd): Promise<ScriptedPostgres> {
  const passwords: string[] = [];
  const sockets = new Set<Socket>();
  const finish = (socket: Socket): void => {
    if (end === 'silence') return;
    if (end === 'hangup') socket.destroy();
    else if (end === 'welcome') socket.write(Buffer.concat([message('R', int(0)), message('Z', Buffer.from('I'))]));
    else {
      const fields = { S: 'FATAL', V: 'FATAL', C: end.code, M: end.message, R: end.routine };
      const text = Object.entries(fields).map(([name, value]) => `${name}${value}\0`);
      socket.end(message('E', Buffer.from(`${text.join('')}\0`)));
    }
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let begun = false;
    socket.on('data', (chunk) => {
      if (!begun) {
        begun = true;
        if (asks) socket.write(message('R', int(3)));
        else finish(socket);
      } else if (chunk[0] === 'p'.charCodeAt(0)) {
        passwords.push(chunk.subarray(5, -1).toString('utf8'));
        finish(socket);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    passwords,
    connections: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function message(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), int(body.length + 4), body]);
}
