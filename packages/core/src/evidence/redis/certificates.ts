import type { RedisConfig } from '../../config/schema.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { RedisInfo } from '../../model/servers.ts';
import type { GatherContext } from '../context.ts';
import { unavailableFrom } from '../failure.ts';
import { type CertificateEvidence, certificateOf, joinCertificates, noTls } from '../tls/servers.ts';
import { earlier, type TlsSighting } from '../tls/watch.ts';
import { formatAddress, type RedisAddress } from './address.ts';
import type { OnTls } from './connection.ts';
import type { RedisFailure } from './reply-error.ts';

interface Attempt {
  readonly address: RedisAddress;
  seen: TlsSighting;
  failure: RedisFailure | undefined;
}

/** What the probe of one configured server saw of TLS, by address: the server, its Sentinels, the nodes of its cluster. */
export interface RedisTls {
  readonly onTls: OnTls;
  readonly attempts: ReadonlyMap<string, Attempt>;
}

export function watchRedis(): RedisTls {
  const attempts = new Map<string, Attempt>();
  return {
    attempts,
    onTls: (address, seen, failure) => {
      const key = formatAddress(address);
      const known = attempts.get(key);
      if (!known) attempts.set(key, { address, seen, failure });
      // A seed that the cluster names again: one that was reached counts.
      else if (!failure) known.failure = undefined;
      if (known && seen.certificate) known.seen = { certificate: earlier(known.seen.certificate, seen.certificate) };
    },
  };
}

/** The certificates of every node and Sentinel that was talked to over TLS. */
export function gatherCertificates(
  probes: readonly { readonly config: RedisConfig; readonly tls: RedisTls; readonly found: Promise<Evidence<RedisInfo>[]> }[],
  context: GatherContext,
): Promise<CertificateEvidence> {
  return joinCertificates(
    probes.map(async ({ config, tls, found }) => {
      const [first] = await found;
      const source = `redis ${config.name}`;
      if (!config.url.startsWith('rediss')) return noTls(source);
      // Its settings kept us from connecting at all.
      if (tls.attempts.size === 0 && first && !first.ok) return first;
      return joinCertificates([...tls.attempts.values()].map((attempt) => ofNode(config, attempt, context)));
    }),
  );
}

function ofNode(config: RedisConfig, { address, seen, failure }: Attempt, context: GatherContext): Promise<CertificateEvidence> {
  const server = formatAddress(address);
  const source = `redis ${config.name} ${server}`;
  const reached = failure ? unavailableFrom(failure, source) : ({ ok: true } as const);
  return certificateOf(
    { name: `redis ${config.name}`, server, source, ...address, servername: config.tls?.serverName },
    seen,
    reached,
    context,
  );
}
