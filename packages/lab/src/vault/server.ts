import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { answer, type VaultWorld } from './api.ts';
import { type LabToken, type LabTtl, leaseOf } from './auth.ts';
import { buildDatabases } from './database-mount.ts';
import type { LabDatabase } from './database-server.ts';
import type { LabVaultState } from './health.ts';
import type { KvMount } from './kv-store.ts';
import { buildMounts, type LabVaultOptions } from './options.ts';

export interface LabVaultLogEntry {
  /** LIST also where it came as `GET ?list=true`. */
  readonly method: string;
  /** With /v1/. */
  readonly path: string;
  /** Lower case; the token is replaced by `(token)`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly status: number;
}

export interface LabVault {
  readonly url: string;
  readonly port: number;
  readonly requests: readonly LabVaultLogEntry[];
  readonly mounts: ReadonlyMap<string, KvMount>;
  /** What the database engine manages, by host name. */
  readonly databases: ReadonlyMap<string, LabDatabase>;
  /** Ids of tokens that are valid now. */
  tokens(): string[];
  setState(state: LabVaultState): void;
  setQuota(quota: VaultWorld['quota']): void;
  close(): Promise<void>;
}

/** A small Vault on 127.0.0.1 for practice and tests; it marks every answer with `X-Agentops-Lab`. */
export async function startVault(options: LabVaultOptions = {}): Promise<LabVault> {
  const now = options.now ?? Date.now;
  const tokens = options.tokens ?? { root: ['root'] };
  const { databases, mounts: databaseMounts } = buildDatabases(options, now());
  let state = options.state ?? 'active';
  let quota: VaultWorld['quota'];
  const world: VaultWorld = {
    auth: {
      tokens: new Map(Object.entries(tokens).map(([id, policies]) => [id, tokenOf(policies, options.leases?.[id], now())])),
      policies: options.policies ?? {},
      approles: options.approles ?? {},
      kubernetesRoles: options.kubernetesRoles ?? {},
      loginTtl: options.loginTtl,
      now,
    },
    mounts: buildMounts(options, now()),
    databaseMounts,
    enterprise: options.enterprise ?? false,
    namespaces: options.namespaces,
    redirectTo: options.redirectTo,
    now,
    get state() {
      return state;
    },
    get quota() {
      return quota;
    },
  };
  const requests: LabVaultLogEntry[] = [];
  const handle = (message: IncomingMessage, response: ServerResponse): void => {
    respond(world, message, response, requests).catch(() => response.destroy());
  };
  const server: Server = options.tls ? createTlsServer(options.tls, handle) : createServer(handle);
  server.on('clientError', (error: Error & { rawPacket?: Buffer }, socket: Duplex) => {
    const list = parseList(error.rawPacket);
    if (!list) {
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
      return;
    }
    const { status, headers, text } = serve(world, list, requests);
    const lines = Object.entries({ ...headers, connection: 'close' }).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${text}`);
  });
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
    mounts: world.mounts,
    databases,
    tokens: () => [...world.auth.tokens.keys()],
    setState: (next) => {
      state = next;
    },
    setQuota: (next) => {
      quota = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function tokenOf(policies: readonly string[], ttl: LabTtl | undefined, now: number): LabToken {
  return ttl ? { policies, lease: leaseOf(ttl, now) } : { policies };
}

interface Received {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

async function respond(world: VaultWorld, message: IncomingMessage, response: ServerResponse, requests: LabVaultLogEntry[]): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, String(value)]));
  const received = { method: message.method ?? 'GET', target: message.url ?? '/', headers, body: Buffer.concat(chunks) };
  const result = serve(world, received, requests);
  response.writeHead(result.status, result.headers);
  response.end(result.text);
}

/** Node's parser knows no LIST and hands its bytes to us; it has no body and fits into one packet. */
function parseList(packet: Buffer | undefined): Received | undefined {
  const head = packet?.toString('latin1') ?? '';
  const target = /^LIST (\S+) HTTP\/1\.1\r\n/.exec(head)?.[1];
  if (target === undefined || !head.endsWith('\r\n\r\n')) return undefined;
  const lines = head.trimEnd().split('\r\n').slice(1);
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  return { method: 'LIST', target, headers, body: Buffer.alloc(0) };
}

function serve(
  world: VaultWorld,
  received: Received,
  requests: LabVaultLogEntry[],
): { status: number; headers: Record<string, string>; text: string } {
  const { headers } = received;
  const url = new URL(received.target, 'http://lab');
  const method = received.method === 'GET' && url.searchParams.get('list') === 'true' ? 'LIST' : received.method;
  const path = url.pathname.startsWith('/v1/') ? decodeURIComponent(url.pathname.slice(4)) : undefined;
  const result =
    path === undefined
      ? { status: 404, body: { errors: [] } }
      : answer(world, { method, path, query: url.searchParams, headers, body: received.body });
  const logged = headers['x-vault-token'] === undefined ? headers : { ...headers, 'x-vault-token': '(token)' };
  requests.push({ method, path: url.pathname, headers: logged, status: result.status });
  const text = result.body === undefined ? '' : `${JSON.stringify(result.body)}\n`;
  const length: Record<string, string> = result.status === 204 ? {} : { 'content-length': String(Buffer.byteLength(text)) };
  return {
    status: result.status,
    headers: { 'cache-control': 'no-store', 'content-type': 'application/json', 'x-agentops-lab': 'true', ...length, ...result.headers },
    text,
  };
}
