import type { VaultConfig } from '../../config/schema.ts';
import { available, type Evidence, type Unavailable } from '../../model/evidence.ts';
import type { VaultSecret } from '../../model/servers.ts';
import type { GatherContext } from '../context.ts';
import { unavailableFrom } from '../failure.ts';
import type { VaultClient } from './client.ts';
import { login } from './login.ts';
import { refuseUnlessKv2 } from './mount.ts';
import { walkMetadata } from './walk.ts';

/** Gaps that are listed one by one; what goes beyond is counted. */
const maxGaps = 20;

/** Metadata of the configured KV v2 secrets. The caller has checked the namespace. */
export async function readSecrets(
  client: VaultClient,
  config: VaultConfig,
  context: GatherContext,
): Promise<Evidence<readonly VaultSecret[]>> {
  const source = `vault ${client.address}`;
  const session = await login(client, config.auth, context.host);
  if (!session.ok) return unavailableFrom(session.failure, source, session.hint === undefined ? {} : { hint: session.hint });
  const { token } = session;
  try {
    const parts = await Promise.all(config.secrets.map((entry) => readOne(client, entry, token, source, context)));
    const secrets = new Map<string, VaultSecret>();
    // Two entries of the configuration may overlap.
    for (const secret of parts.flatMap((part) => part.secrets)) secrets.set(`${secret.mount}\0${secret.path}`, secret);
    const gaps = parts.flatMap((part) => part.gaps);
    const [first] = gaps;
    if (secrets.size === 0 && first && gaps.every((gap) => gap.reason === first.reason)) {
      return gaps.length === 1 ? first : { ...first, detail: `${first.detail} (and ${gaps.length - 1} more)` };
    }
    return available(source, [...secrets.values()], shorten(gaps, source));
  } finally {
    // A token made for this run is not left behind; whether that works changes nothing.
    if (session.issued) await client.json({ method: 'POST', path: ['auth', 'token', 'revoke-self'], token, tries: 1 });
  }
}

async function readOne(
  client: VaultClient,
  entry: VaultConfig['secrets'][number],
  token: string,
  source: string,
  context: GatherContext,
): Promise<{ secrets: readonly VaultSecret[]; gaps: Unavailable[] }> {
  const mount = entry.mount.split('/').filter((part) => part !== '');
  const refused = await refuseUnlessKv2(client, mount, token);
  if (refused) return { secrets: [], gaps: [unavailableFrom(refused, source, { hint: 'see vault.secrets in agentops.yaml' })] };
  const walk = await walkMetadata(client, { mount, path: entry.path, token }, context);
  const gaps = walk.problems.map(({ failure, hint }) => unavailableFrom(failure, source, hint === undefined ? {} : { hint }));
  return { secrets: walk.secrets, gaps };
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
