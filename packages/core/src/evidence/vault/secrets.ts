import type { Config, VaultConfig } from '../../config/schema.ts';
import { available, type Evidence, type Unavailable } from '../../model/evidence.ts';
import type { VaultSecret } from '../../model/servers.ts';
import type { GatherContext } from '../context.ts';
import { unavailableFrom } from '../failure.ts';
import type { VaultClient } from './client.ts';
import { refuseUnlessKv2 } from './mount.ts';
import { ownFolders } from './rotation-paths.ts';
import { type Start, walkMetadata } from './walk.ts';
import { watches, withWatches } from './watched.ts';

/** Gaps that are listed one by one; what goes beyond is counted. */
const maxGaps = 20;

/**
 * Metadata of the KV v2 secrets below `vault.secrets` and of those below
 * `secrets`. What rotations keep beside them is left out. The caller has
 * checked the namespace.
 */
export async function readSecrets(
  client: VaultClient,
  config: Pick<Config, 'secrets' | 'rotation'> & { readonly vault: VaultConfig },
  token: string,
  context: GatherContext,
): Promise<Evidence<readonly VaultSecret[]>> {
  const source = `vault ${client.address}`;
  const watching = watches(config);
  const starts = [
    ...config.vault.secrets.map(({ mount, path }) => ({ mount: nameOf(mount), start: { path, reach: 'below' } as const })),
    ...watching.watches,
  ];
  const skip = ownFolders(config);
  const byMount = [...Map.groupBy(starts, ({ mount }) => mount)];
  const parts = await Promise.all(
    byMount.map(([mount, group]) =>
      readMount(
        client,
        { mount, starts: group.map(({ start }) => start), watched: group.some(({ start }) => start.reach !== 'below') },
        token,
        skip,
        source,
        context,
      ),
    ),
  );
  const secrets = new Map<string, VaultSecret>();
  // Two entries of the configuration may overlap.
  for (const secret of parts.flatMap((part) => part.secrets)) secrets.set(`${secret.mount}\0${secret.path}`, secret);
  const gaps = [...parts.flatMap((part) => part.gaps), ...watching.gaps];
  const [first] = gaps;
  if (secrets.size === 0 && first && gaps.every((gap) => gap.reason === first.reason)) {
    return gaps.length === 1 ? first : { ...first, detail: `${first.detail} (and ${gaps.length - 1} more)` };
  }
  return available(
    source,
    [...secrets.values()].map((secret) => withWatches(secret, watching.watches)),
    shorten(gaps, source),
  );
}

async function readMount(
  client: VaultClient,
  at: { readonly mount: string; readonly starts: readonly Start[]; readonly watched: boolean },
  token: string,
  skip: ReadonlySet<string>,
  source: string,
  context: GatherContext,
): Promise<{ secrets: readonly VaultSecret[]; gaps: Unavailable[] }> {
  const mount = at.mount.split('/');
  const refused = await refuseUnlessKv2(client, mount, token);
  const hint = at.watched ? 'see secrets in agentops.yaml' : 'see vault.secrets in agentops.yaml';
  if (refused) return { secrets: [], gaps: [unavailableFrom(refused, source, { hint })] };
  const walk = await walkMetadata(client, { mount, starts: at.starts, token, skip }, context);
  const gaps = walk.problems.map(({ failure, hint: policy }) =>
    unavailableFrom(failure, source, policy === undefined ? {} : { hint: policy }),
  );
  return { secrets: walk.secrets, gaps };
}

function nameOf(mount: string): string {
  return mount
    .split('/')
    .filter((part) => part !== '')
    .join('/');
}

function shorten(gaps: readonly Unavailable[], source: string): Unavailable[] {
  const [first] = gaps;
  if (gaps.length <= maxGaps || !first) return [...gaps];
  const rest = gaps.length - maxGaps;
  return [
    ...gaps.slice(0, maxGaps),
    { ok: false, reason: gaps[maxGaps]?.reason ?? first.reason, source, detail: `${rest} more paths could not be read` },
  ];
}
