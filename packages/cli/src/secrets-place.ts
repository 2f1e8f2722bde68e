import { createHash } from 'node:crypto';
import type { Config } from '@agentops/core/config/schema';
import { type SecretEntry, secretEntry } from '@agentops/core/config/secrets';
import { AgentOpsError } from '@agentops/core/errors';
import type { RotationParts } from '@agentops/core/secrets/parts';
import type { SecretsSession } from '@agentops/core/secrets/session';
import { chooseSecrets } from './secrets.ts';

/**
 * The configuration with an entry for a `mount/path` that NAME may be: one that
 * is not configured gets parts of its own, and its audit records a place.
 */
export function configFor(config: Config, name: string, field: string | undefined): Config {
  if (!name.includes('/')) return config;
  const { mount, path } = splitPlace(config, name);
  const entry = secretEntry.parse({
    name: slugOf(config, `${mount}/${path}`),
    vault: { mount, path, ...(field === undefined ? {} : { field }) },
  });
  return { ...config, secrets: [...config.secrets, entry] };
}

/** The parts of a configured secret by its name or its place, else those that {@link configFor} has added. */
export function partsFor(session: Pick<SecretsSession, 'secrets' | 'notSeen'>, name: string): RotationParts {
  const place = trimmed(name);
  const parts = name.includes('/')
    ? session.secrets.find(
        ({ entry }) => entry.vault !== undefined && `${trimmed(entry.vault.mount)}/${trimmed(entry.vault.path)}` === place,
      )
    : chooseSecrets(session, [name])[0];
  if (!parts) throw new AgentOpsError('usage', `no secret "${name}" is configured`, { hint: 'agentops secrets list names them' });
  return parts;
}

function splitPlace(config: Config, name: string): { readonly mount: string; readonly path: string } {
  const place = trimmed(name);
  if (place.includes('*')) throw new AgentOpsError('usage', `"${name}" is a pattern`, { hint: 'name one secret' });
  // A mount may have slashes of its own.
  const mounts = [...config.secrets.map(({ vault }) => vault?.mount), ...(config.vault?.secrets.map(({ mount }) => mount) ?? [])];
  const known = mounts
    .filter((mount) => mount !== undefined)
    .map(trimmed)
    .filter((mount) => place.startsWith(`${mount}/`))
    .toSorted((a, b) => b.length - a.length)[0];
  const mount = known ?? place.slice(0, Math.max(0, place.indexOf('/')));
  const path = place.slice(mount.length + 1);
  if (mount === '' || path === '') throw new AgentOpsError('usage', `"${name}" is no mount/path`, { hint: 'such as kv/agents/openai' });
  return { mount, path };
}

/** A name that an entry may have, and that no configured one has. */
function slugOf({ secrets }: Pick<Config, 'secrets'>, place: string): SecretEntry['name'] {
  const digest = createHash('sha256').update(place).digest('hex').slice(0, 8);
  const slug = place
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  const isTaken = secrets.some(({ name, vault }) => name === slug || (vault?.path.endsWith('*') && slug.startsWith(`${name}-`)));
  const free = slug.length <= 52 && slug !== '' && !isTaken;
  return free ? slug : `${slug.slice(0, 43).replaceAll(/^-+|-+$/g, '')}-${digest}`.replace(/^-/, '');
}

function trimmed(path: string): string {
  return path.replaceAll(/^\/+|\/+$/g, '');
}
