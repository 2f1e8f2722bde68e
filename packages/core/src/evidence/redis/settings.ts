import type { RedisConfig } from '../../config/schema.ts';
import type { GatherContext } from '../context.ts';
import { type Failure, unavailableFrom } from '../failure.ts';
import { readTls, type TlsMaterial } from '../http/tls-files.ts';
import { formatAddress, parseRedisUrl, type RedisTarget } from './address.ts';
import type { OnTls, OpenOptions } from './connection.ts';

/** Everything needed to talk to one configured server. */
export interface RedisSettings {
  readonly name: string;
  /** As the report names it: `redis cache redis:6379`. */
  readonly source: string;
  readonly target: RedisTarget;
  readonly tls: TlsMaterial | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly sentinelPassword: string | undefined;
  /** Told of each connection over TLS. */
  readonly onTls?: OnTls;
}

/** ms; a server that takes longer for a first answer is not reachable for its users either. */
export const firstAnswerMs = 5000;

/** URL, credentials (settings win over the URL) and TLS files of one server. */
export async function readSettings(
  config: RedisConfig,
  context: GatherContext,
): Promise<{ ok: true; settings: RedisSettings } | { ok: false; unavailable: ReturnType<typeof unavailableFrom> }> {
  const target = parseRedisUrl(config.url);
  const invalid = (source: string, failure: Failure): { ok: false; unavailable: ReturnType<typeof unavailableFrom> } => ({
    ok: false,
    unavailable: unavailableFrom(failure, source, { hint: `see redis: ${config.name} in agentops.yaml` }),
  });
  if (typeof target === 'string') return invalid(`redis ${config.name}`, { reason: 'invalid', detail: target, phase: 'tcp' });
  const source = `redis ${config.name} ${target.seeds.map(formatAddress).join(',')}`;
  const tls = target.tls ? await readTls(config.tls, context.host) : undefined;
  if (tls && !tls.ok) return invalid(source, tls.failure);
  return {
    ok: true,
    settings: {
      name: config.name,
      source,
      target,
      tls: tls?.tls,
      username: config.username ?? target.username,
      password: config.password ?? target.password,
      sentinelPassword: config.sentinelPassword,
    },
  };
}

/** How to open a data node of that server. */
export function nodeOptions(settings: RedisSettings, limitMs: number): OpenOptions {
  return {
    tls: settings.tls,
    limitMs,
    ...(settings.onTls === undefined ? {} : { onTls: settings.onTls }),
    database: settings.target.topology === 'cluster' ? 0 : settings.target.database,
    ...(settings.username === undefined ? {} : { username: settings.username }),
    ...(settings.password === undefined ? {} : { password: settings.password }),
  };
}
