import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { answer, type VaultWorld } from './api.ts';
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
  let state = options.state ?? 'active';
  let quota: VaultWorld['quota'];
  const world: VaultWorld = {
    auth: {
      tokens: new Map(Object.entries(tokens).map(([id, policies]) => [id, { policies }])),
      policies: options.policies ?? {},
      approles: options.approles ?? {},
      kubernetesRoles: options.kubernetesRoles ?? {},
    },
    mounts: buildMounts(options, now()),
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

async function respond(world: VaultWorld, message: IncomingMessage, response: ServerResponse, requests: LabVaultLogEntry[]): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const url = new URL(message.url ?? '/', 'http://lab');
  const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, String(value)]));
  // Node's parser knows no LIST; Vault's own client sends `GET ?list=true` as well.
  const method = message.method === 'GET' && url.searchParams.get('list') === 'true' ? 'LIST' : (message.method ?? 'GET');
  const path = url.pathname.startsWith('/v1/') ? decodeURIComponent(url.pathname.slice(4)) : undefined;
  const result =
    path === undefined
      ? { status: 404, body: { errors: [] } }
      : answer(world, { method, path, query: url.searchParams, headers, body: Buffer.concat(chunks) });
  const logged = headers['x-vault-token'] === undefined ? headers : { ...headers, 'x-vault-token': '(token)' };
  requests.push({ method, path: url.pathname, headers: logged, status: result.status });
  const text = result.body === undefined ? '' : `${JSON.stringify(result.body)}\n`;
  response.writeHead(result.status, {
    'cache-control': 'no-store',
    'content-type': 'application/json',
    'x-agentops-lab': 'true',
    ...result.headers,
  });
  response.end(text);
}
