import type { Config } from '../../config/schema.ts';
import { nameInFolder } from '../../config/secret-names.ts';
import type { SecretEntry } from '../../config/secrets.ts';
import { isAgentOpsError } from '../../errors.ts';
import type { Unavailable } from '../../model/evidence.ts';
import type { VaultSecret, WatchedSecret } from '../../model/servers.ts';
import type { Start } from './walk.ts';

/** An entry of `secrets:` as a place in Vault. */
export interface Watch {
  readonly mount: string;
  readonly start: Start;
  readonly watched: WatchedSecret;
}

/** The places of the configured secrets. What an unset variable hides is a gap: its age is not seen. */
export function watches(config: Pick<Config, 'secrets'>): { readonly watches: readonly Watch[]; readonly gaps: readonly Unavailable[] } {
  const found: Watch[] = [];
  const gaps: Unavailable[] = [];
  for (const entry of config.secrets) {
    const watch = readable(() => watchOf(entry));
    if (watch && 'ok' in watch) gaps.push(watch);
    else if (watch) found.push(watch);
  }
  return { watches: found, gaps };
}

/** What a look into the configuration gives; a reference that leads nowhere makes it a gap. */
export function readable<T extends object>(look: () => T | undefined): T | Unavailable | undefined {
  try {
    return look();
  } catch (error) {
    if (!isAgentOpsError(error, 'config-reference')) throw error;
    return { ok: false, reason: 'invalid', source: 'agentops.yaml', detail: error.oneLine(), hint: 'set it where diagnose runs, too' };
  }
}

function watchOf(entry: SecretEntry): Watch | undefined {
  const { name, maxAge, vault, issuer } = entry;
  // A root password never leaves Vault: there is no version whose age could be read.
  if (!vault) return undefined;
  const watched = { name, maxAge, rotates: issuer !== undefined };
  const mount = partsOf(vault.mount).join('/');
  if (!vault.path.endsWith('*')) return { mount, start: { path: vault.path, reach: 'itself' }, watched };
  const parts = vault.path.slice(0, -1).split('/');
  return { mount, start: { path: parts.slice(0, -1).join('/'), reach: 'children', prefix: parts.at(-1) ?? '' }, watched };
}

/** The secret with the entries that it falls under. */
export function withWatches(secret: VaultSecret, all: readonly Watch[]): VaultSecret {
  const path = partsOf(secret.path);
  const own = all.filter(({ mount, start }) => {
    if (mount !== secret.mount) return false;
    const place = partsOf(start.path).join('/');
    if (start.reach === 'itself') return place === path.join('/');
    return place === path.slice(0, -1).join('/') && (path.at(-1) ?? '').startsWith(start.prefix ?? '');
  });
  if (own.length === 0) return secret;
  return {
    ...secret,
    watched: own.map(({ watched, start }) =>
      start.reach === 'itself' ? watched : { ...watched, name: nameInFolder(watched.name, path.at(-1) ?? '') },
    ),
  };
}

function partsOf(path: string): readonly string[] {
  return path.split('/').filter((part) => part !== '');
}
