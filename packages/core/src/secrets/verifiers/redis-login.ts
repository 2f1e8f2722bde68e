import type { TlsConfig } from '../../config/schema.ts';
import type { Failure } from '../../evidence/failure.ts';
import { readTls } from '../../evidence/http/tls-files.ts';
import { formatAddress, parseRedisUrl, type RedisTarget } from '../../evidence/redis/address.ts';
import type { OpenOptions, RedisConnection } from '../../evidence/redis/connection.ts';
import type { RunContext, Verdict } from '../ports.ts';
import type { SecretValue } from '../value.ts';

/** ms for everything on one connection. */
const limitMs = 10_000;

/** One Redis server as configured. */
export interface RedisServerConfig {
  readonly url: string;
  readonly tls?: TlsConfig | undefined;
}

/** The server that a URL names; undefined where it cannot be read, or names several. */
export function redisTarget(url: string): RedisTarget | undefined {
  const target = parseRedisUrl(url);
  return typeof target === 'string' || target.seeds.length > 1 || target.topology !== 'single' ? undefined : target;
}

/** `redis cache:6379`, without credentials. */
export function redisName(url: string): string {
  const target = redisTarget(url);
  return target ? `redis ${formatAddress(target.seeds[0])}` : 'redis';
}

/** Opens one connection, as `login` or as nobody. Never throws. */
export async function openRedisServer(
  config: RedisServerConfig,
  login: Pick<OpenOptions, 'username' | 'password'>,
  context: RunContext,
): Promise<RedisConnection | { readonly ok: false; readonly failure: Failure }> {
  const target = redisTarget(config.url);
  if (!target) return { ok: false, failure: { reason: 'invalid', detail: 'the URL does not name one Redis server', phase: 'tcp' } };
  const material = target.tls ? await readTls(config.tls, context.host) : undefined;
  if (material && !material.ok) return material;
  // Loaded where it is needed: the client takes its time.
  const { openRedis } = await import('../../evidence/redis/connection.ts');
  return openRedis(target.seeds[0], { tls: material?.tls, limitMs, ...login }, context);
}

/**
 * Tries to log in. Only WRONGPASS and its older form are a refusal; a server
 * that asks for no password tells nothing about one.
 */
export async function tryRedisLogin(
  config: RedisServerConfig,
  user: string | undefined,
  value: SecretValue,
  context: RunContext,
): Promise<Verdict> {
  const name = redisName(config.url);
  const connection = await openRedisServer(config, {}, context);
  if (!connection.ok) return { accepted: 'unknown', detail: `${name}: ${connection.failure.detail}` };
  try {
    const answer = await connection.call('AUTH', ...(user === undefined ? [] : [user]), value.text());
    if (answer.ok) return { accepted: true, detail: `${name} accepts it${user === undefined ? '' : ` for user ${user}`}` };
    const { needless, reason, detail } = answer.failure;
    if (needless) return { accepted: 'unknown', detail: `${name} ${detail}` };
    return { accepted: reason === 'unauthorized' ? false : 'unknown', detail: `${name} ${detail}` };
  } finally {
    connection.close();
  }
}
