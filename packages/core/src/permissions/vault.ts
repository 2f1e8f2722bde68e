import type { Config } from '../config/schema.ts';
import { nameInFolder } from '../config/secret-names.ts';
import type { SecretEntry } from '../config/secrets.ts';
import type { VaultRule } from './vault-policy.ts';

/** Vault's own parts of a command: what it reads, or also what it changes. */
export type VaultNeeds = 'diagnose' | 'secrets';

/**
 * What Vault or OpenBao must allow, path by path. `diagnose`: metadata, and the
 * journals and locks of rotations, which hold no value; enough for `diagnose`,
 * `secrets list` and a plan. `secrets`: all that rotations do, that included.
 * Besides, tokens need Vault's policy `default` (lookup-self, renew-self,
 * revoke-self), which they have unless somebody took it away.
 */
export function vaultRules(config: Config, needs: VaultNeeds): readonly VaultRule[] {
  const watched = config.secrets.flatMap((entry) => entryMetadata(entry));
  const rotated = config.secrets.filter(({ issuer }) => issuer !== undefined);
  const looking = [...folders(config), ...watched, ...rotated.flatMap((entry) => recordsRead(config, entry))];
  if (needs === 'diagnose') return looking;
  return [
    ...looking,
    ...config.secrets.flatMap((entry) => [...entryData(entry), ...recordsWritten(config, entry)]),
    ...rotated.flatMap((entry) => issuerRules(entry)),
  ];
}

/** What `vault.secrets` names, as folder or secret. */
function folders(config: Config): VaultRule[] {
  return (config.vault?.secrets ?? []).flatMap(({ mount, path }) => {
    const base = `${clean(mount)}/metadata`;
    const at = clean(path);
    if (at === '') return [rule(`${base}/*`, ['list', 'read'])];
    const below = rule(`${base}/${at}/*`, ['list', 'read']);
    return path.endsWith('/') ? [below] : [rule(`${base}/${at}`, ['read']), below];
  });
}

function entryMetadata(entry: SecretEntry): VaultRule[] {
  const at = placeOf(entry);
  if (!at) return [];
  return [
    rule(`${at.mount}/metadata/${at.path}`, ['read']),
    ...(at.folder === undefined ? [] : [rule(`${at.mount}/metadata/${at.folder}`, ['list'])]),
  ];
}

/** Journals and locks: where a rotation stands and who is at it. */
function recordsRead(config: Config, entry: SecretEntry): VaultRule[] {
  const at = recordsOf(config, entry);
  if (!at) return [];
  const why = 'Journals and locks of rotations: no values.';
  return [
    rule(`${at.base}/metadata/${at.folder}/rotations/`, ['list']),
    rule(`${at.base}/metadata/${at.folder}/rotations/${at.below}`, ['list']),
    rule(`${at.base}/data/${at.folder}/rotations/${at.each}`, ['read'], why),
    ...(config.rotation.lock.type === 'vault' ? [rule(`${at.base}/data/${at.folder}/locks/${at.name}`, ['read'])] : []),
  ];
}

/** The secret itself: read, written as a new version with check-and-set, its settings merged. */
function entryData(entry: SecretEntry): VaultRule[] {
  const at = placeOf(entry);
  if (!at) return [];
  return [
    rule(`${at.mount}/config`, ['read'], 'How many versions the mount keeps.'),
    rule(`${at.mount}/data/${at.path}`, ['create', 'read', 'update'], 'The values.'),
    rule(`${at.mount}/metadata/${at.path}`, ['create', 'patch', 'read', 'update']),
  ];
}

/** What agentops keeps beside the secrets. Entries that nobody rotates have an audit trail, too: of store, fetch and verify. */
function recordsWritten(config: Config, entry: SecretEntry): VaultRule[] {
  const at = recordsOf(config, entry);
  if (!at) return [];
  const data = `${at.base}/data/${at.folder}`;
  const metadata = `${at.base}/metadata/${at.folder}`;
  const audit = [
    rule(`${data}/audit/${at.each}`, ['create', 'read'], 'The audit trail can be added to, and neither changed nor deleted.'),
    rule(`${metadata}/audit/${at.below}`, ['list']),
  ];
  const key = rule(`${data}/fingerprint-key`, ['create', 'read'], 'Made once: values are compared by HMAC under it.');
  if (!entry.issuer) return [...audit, key];
  return [
    ...audit,
    key,
    rule(`${data}/rotations/${at.each}`, ['create', 'read', 'update']),
    rule(`${metadata}/rotations/${at.each}`, ['delete'], 'Old journals are removed.'),
    rule(`${data}/pending/${at.each}`, ['create', 'read', 'update'], 'New values that nobody uses yet.'),
    rule(`${metadata}/pending/${at.each}`, ['delete']),
    ...(config.rotation.lock.type === 'vault' ? [rule(`${data}/locks/${at.name}`, ['create', 'read', 'update'])] : []),
  ];
}

function issuerRules({ issuer }: SecretEntry): VaultRule[] {
  if (issuer?.type === 'vault-database') {
    const mount = clean(issuer.mount);
    return issuer.roles.flatMap((role) => [
      rule(`${mount}/static-roles/${role}`, ['read']),
      rule(`${mount}/static-creds/${role}`, ['read']),
      rule(`${mount}/rotate-role/${role}`, ['update']),
    ]);
  }
  if (issuer?.type === 'vault-database-root') {
    const mount = clean(issuer.mount);
    return [
      rule(`${mount}/config/${issuer.connection}`, ['read']),
      rule(`${mount}/rotate-root/${issuer.connection}`, ['update']),
      rule(`${mount}/reset/${issuer.connection}`, ['update'], 'Vault logs in anew: the proof that the new password works.'),
    ];
  }
  return [];
}

interface EntryPlace {
  readonly mount: string;
  /** In a policy's own pattern. */
  readonly path: string;
  /** Where the names are looked for, with a slash at its end; only of a pattern. */
  readonly folder?: string;
}

function placeOf({ vault }: SecretEntry): EntryPlace | undefined {
  if (!vault) return undefined;
  const mount = clean(vault.mount);
  if (!vault.path.endsWith('*')) return { mount, path: clean(vault.path) };
  const folder = vault.path === '*' ? '' : `${clean(vault.path.slice(0, -2))}/`;
  return { mount, path: `${folder}+`, folder };
}

interface RecordsPlace {
  readonly base: string;
  readonly folder: string;
  /** The secret's name, or what begins with it where a pattern gives several. */
  readonly name: string;
  /** Folders of its records, to be listed. */
  readonly below: string;
  /** A single one. */
  readonly each: string;
}

/** Undefined: no mount is known, so nothing is rotated. */
function recordsOf(config: Config, { name, vault }: SecretEntry): RecordsPlace | undefined {
  const mount = config.rotation.mount ?? vault?.mount;
  if (mount === undefined) return undefined;
  const place = { base: clean(mount), folder: clean(config.rotation.folder) };
  if (!vault?.path.endsWith('*')) return { ...place, name, below: `${name}/`, each: `${name}/+` };
  const prefix = `${nameInFolder(name, 'x').slice(0, -1)}*`;
  return { ...place, name: prefix, below: prefix, each: prefix };
}

function rule(path: string, capabilities: VaultRule['capabilities'], why?: string): VaultRule {
  return { path, capabilities, ...(why === undefined ? {} : { why }) };
}

/** Without slashes at its ends. */
function clean(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '')
    .join('/');
}
