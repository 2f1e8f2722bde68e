import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Keyspace } from './keyspace.ts';
import { CommandParser, encode, ProtocolError } from './resp.ts';
import { type LabUser, Session, type SharedState } from './session.ts';

export interface LabRedisOptions {
  readonly port?: number;
  /** Password of the default user; absent: none is asked for. */
  readonly password?: string;
  /** Further ACL users. */
  readonly users?: Readonly<Record<string, LabUser>>;
  /** Keys of database 0: text, or a hash. */
  readonly data?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  /** Fields of INFO that differ from those of a fresh server. */
  readonly info?: Readonly<Record<string, string | number>>;
  /** An error that every command but INFO answers: `LOADING Redis is loading the dataset in memory`. */
  readonly outage?: string;
  /** PEM of a certificate and its key: TLS instead of plain TCP. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

export interface LabRedis {
  readonly host: string;
  readonly port: number;
  /** Without credentials. */
  readonly url: string;
  /** Every command that arrived, credentials left out. */
  readonly requests: readonly (readonly string[])[];
  /** Connections that are open now. */
  connections(): number;
  /** Changes fields of INFO from now on. */
  setInfo(fields: Readonly<Record<string, string | number>>): void;
  setOutage(error: string | undefined): void;
  /** Database 0. */
  readonly keys: Keyspace;
  close(): Promise<void>;
}

/** A small Redis on 127.0.0.1 for practice and tests: the protocol and the error texts of 7.0, two types, no persistence. */
export async function startRedis(options: LabRedisOptions = {}): Promise<LabRedis> {
  const info: Record<string, string | number> = { ...options.info };
  const users = new Map(Object.entries(options.users ?? {}));
  if (options.password !== undefined) users.set('default', { password: options.password });
  let outage = options.outage;
  const databases = Array.from({ length: 16 }, (): Keyspace => new Map());
  const keys = databases[0] ?? new Map();
  for (const [key, value] of Object.entries(options.data ?? {})) {
    keys.set(key, typeof value === 'string' ? value : new Map(Object.entries(value)));
  }
  const state: SharedState = {
    databases,
    users,
    locked: options.password !== undefined,
    info,
    get outage() {
      return outage;
    },
  };
  const requests: string[][] = [];
  const sockets = new Set<Socket>();
  let nextId = 1;
  const serve = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    attend(socket, new Session(state, nextId++), requests);
  };
  const server: Server = options.tls ? createTlsServer(options.tls, serve) : createServer(serve);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    host: '127.0.0.1',
    port,
    url: `${options.tls ? 'rediss' : 'redis'}://127.0.0.1:${port}`,
    requests,
    keys,
    connections: () => sockets.size,
    setInfo: (fields) => void Object.assign(info, fields),
    setOutage: (error) => {
      outage = error;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function attend(socket: Socket, session: Session, requests: string[][]): void {
  const parser = new CommandParser();
  socket.on('data', (chunk) => {
    let received: string[][];
    try {
      received = parser.push(chunk);
    } catch (error) {
      const what = error instanceof ProtocolError ? error.message : 'unreadable';
      socket.end(`-ERR Protocol error: ${what}\r\n`);
      return;
    }
    for (const command of received) {
      requests.push(withoutCredentials(command));
      socket.write(encode(session.answer(command), session.protocol));
      if (session.finished) socket.end();
    }
  });
}

/** A log of commands must not hold what AUTH and HELLO … AUTH carry. */
function withoutCredentials(command: readonly string[]): string[] {
  const name = command[0]?.toLowerCase();
  return name === 'auth' || name === 'hello' ? command.slice(0, name === 'auth' ? 1 : 2) : [...command];
}
