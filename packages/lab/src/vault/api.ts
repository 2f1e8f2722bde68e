import { type Answer, envelope, errors } from './answer.ts';
import { answerLogin, answerToken, findToken, invalidToken, type LabAuth, permissionDenied, rulesOf } from './auth.ts';
import { answerDatabase, createsInDatabase } from './database.ts';
import type { DatabaseMount } from './database-mount.ts';
import { answerHealth, type LabVaultState } from './health.ts';
import { answerKv } from './kv.ts';
import { isFields } from './kv-data.ts';
import type { KvMount } from './kv-store.ts';
import { allows, type Capability, type PathRule, touches } from './policy.ts';

/** What the API answers from. */
export interface VaultWorld {
  readonly auth: LabAuth;
  readonly mounts: Map<string, KvMount>;
  readonly databaseMounts: ReadonlyMap<string, DatabaseMount>;
  readonly state: LabVaultState;
  readonly enterprise: boolean;
  readonly namespaces: readonly string[] | undefined;
  readonly redirectTo: string | undefined;
  /** Paths below it meet a rate limit quota; `retryAfter` in seconds where quotas announce it. */
  readonly quota: { readonly path: string; readonly retryAfter?: number } | undefined;
  now(): number;
}

/** One request, as it came. `path` is below /v1/ and decoded; LIST and `?list=true` are both `LIST`. */
export interface VaultRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Answers as Vault 1.21 does. */
export function answer(world: VaultWorld, request: VaultRequest): Answer {
  const { method, path, headers } = request;
  if (path === 'sys/health') return answerHealth(world.state, world.enterprise, world.now());
  const down = answerDown(world, request);
  if (down) return down;
  const namespace = headers['x-vault-namespace']?.replace(/^\/|\/$/g, '');
  if (namespace && world.namespaces && !world.namespaces.includes(namespace)) return errors(404, 'namespace not found');
  const { quota } = world;
  if (quota && path.startsWith(quota.path)) {
    const limited = errors(429, `request path "${path}": rate limit quota exceeded`);
    return quota.retryAfter === undefined ? limited : { ...limited, headers: { 'retry-after': String(quota.retryAfter) } };
  }
  const body = parseBody(request.body);
  const login = /^auth\/([^/]+)\/login$/.exec(path);
  if (login?.[1] && (method === 'POST' || method === 'PUT')) return answerLogin(world.auth, login[1], body ?? {});
  return answerWithToken(world, request, body);
}

function answerDown({ state, redirectTo }: VaultWorld, { path }: VaultRequest): Answer | undefined {
  if (state === 'sealed' || state === 'uninitialized' || state === 'removed') return errors(503, 'Vault is sealed');
  if (state === 'standby-without-active') return errors(503, 'no active Vault instance found');
  const standby = state === 'standby' || state === 'performance-standby';
  if (!standby || redirectTo === undefined) return undefined;
  // It forwards, unless it was told not to or cannot.
  return { status: 307, headers: { location: `${redirectTo}/v1/${path}` } };
}

function answerWithToken(world: VaultWorld, request: VaultRequest, body: Readonly<Record<string, unknown>> | undefined): Answer {
  const { auth, mounts } = world;
  const { path, headers } = request;
  const id = headers['x-vault-token'] ?? /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
  const listsMounts = path === 'sys/internal/ui/mounts';
  if (!id && listsMounts) return envelope({ auth: {}, secret: {} });
  if (!id) return errors(403, 'permission denied');
  const token = findToken(auth, id);
  if (!token) return invalidToken;
  const rules = rulesOf(auth, token);
  if (listsMounts) return answerMounts(world, rules);
  const info = /^sys\/internal\/ui\/mounts\/(.+)$/.exec(path)?.[1];
  if (info !== undefined) return answerMountInfo(world, info, rules);
  const database = databaseOf(world.databaseMounts, path);
  if (database) return answerBelowDatabase(world, database, request, body, rules);
  const mount = mountOf(mounts, path);
  if (rules && !allows(rules, path, capabilityOf(request.method, path, mount))) return permissionDenied;
  const own = /^auth\/token\/(lookup-self|renew-self|revoke-self)$/.exec(path)?.[1];
  if (own) return answerToken(auth, own, id, token);
  if (!mount) return errors(404, `no handler for route "${path}". route entry not found.`);
  const contentType = headers['content-type'] ?? '';
  const relative = path.slice(mount.name.length + 1);
  return answerKv(mount, { method: request.method, path: relative, query: request.query, contentType, body, now: world.now() });
}

/** Every token is shown Vault's own mounts, and those below which it may touch something. */
function answerMounts({ mounts, databaseMounts }: VaultWorld, rules: readonly PathRule[] | undefined): Answer {
  const own = ['cubbyhole', 'identity', 'sys'].map(
    (name) => [`${name}/`, { type: name === 'sys' ? 'system' : name, options: null }] as const,
  );
  const stores = [...mounts.values()].map(({ name, version }) => ({ name, type: 'kv', options: { version: String(version) } }));
  const databases = [...databaseMounts.values()].map(({ name }) => ({ name, type: 'database', options: null }));
  const seen = [...stores, ...databases].filter(({ name }) => !rules || touches(rules, name));
  return envelope({ auth: {}, secret: Object.fromEntries([...own, ...seen.map(({ name, ...mount }) => [`${name}/`, mount] as const)]) });
}

/** Any token that may touch something below the mount is told what it is. */
function answerMountInfo({ mounts, databaseMounts }: VaultWorld, path: string, rules: readonly PathRule[] | undefined): Answer {
  const mount = mountOf(mounts, path) ?? databaseOf(databaseMounts, path);
  if (!mount || (rules && !touches(rules, mount.name))) {
    return errors(403, `preflight capability check returned 403, please ensure client's policies grant access to path "${path}/"`);
  }
  if (!('version' in mount)) return envelope({ type: 'database', path: `${mount.name}/`, options: {}, description: '', local: false });
  return envelope({
    type: 'kv',
    path: `${mount.name}/`,
    options: { version: String(mount.version) },
    description: 'key/value secret storage',
    local: false,
    seal_wrap: false,
    external_entropy_access: false,
  });
}

function databaseOf(mounts: ReadonlyMap<string, DatabaseMount>, path: string): DatabaseMount | undefined {
  return [...mounts.values()].find(({ name }) => path === name || path.startsWith(`${name}/`));
}

function answerBelowDatabase(
  world: VaultWorld,
  mount: DatabaseMount,
  { method, path }: VaultRequest,
  body: Readonly<Record<string, unknown>> | undefined,
  rules: readonly PathRule[] | undefined,
): Answer {
  const relative = path.slice(mount.name.length + 1);
  const writes = method === 'POST' || method === 'PUT';
  const capability = writes && createsInDatabase(mount, relative) ? 'create' : capabilityOf(method, path, undefined);
  if (rules && !allows(rules, path, capability)) return permissionDenied;
  return answerDatabase(mount, { method, path: relative, body, now: world.now() });
}

function mountOf(mounts: ReadonlyMap<string, KvMount>, path: string): KvMount | undefined {
  const names = [...mounts.keys()].filter((name) => path === name || path.startsWith(`${name}/`));
  return mounts.get(names.sort((a, b) => b.length - a.length)[0] ?? '');
}

/** A write is `create` where nothing is yet; only KV data and metadata are looked up for that. */
function capabilityOf(method: string, path: string, mount: KvMount | undefined): Capability {
  if (method === 'GET' || method === 'HEAD') return 'read';
  if (method === 'LIST') return 'list';
  if (method === 'DELETE') return 'delete';
  if (method === 'PATCH') return 'patch';
  const key = mount && /^(?:data|metadata)\/(.+)$/.exec(path.slice(mount.name.length + 1))?.[1];
  return key && !mount.secrets.has(key) ? 'create' : 'update';
}

function parseBody(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    return isFields(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}
