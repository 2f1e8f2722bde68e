/** One version of a secret. Times are ms; 0 means never. */
export interface KvVersion {
  readonly createdAt: number;
  deletedAt: number;
  destroyed: boolean;
  data: Readonly<Record<string, unknown>> | null;
}

export interface KvSecret {
  currentVersion: number;
  oldestVersion: number;
  createdAt: number;
  updatedAt: number;
  maxVersions: number;
  casRequired: boolean;
  /** ms; 0: never. */
  deleteAfter: number;
  customMetadata: Record<string, string> | null;
  readonly versions: Map<number, KvVersion>;
}

/** A KV mount: version 1 keeps only values, version 2 keeps versions. */
export interface KvMount {
  readonly name: string;
  readonly version: 1 | 2;
  readonly secrets: Map<string, KvSecret>;
  readonly values: Map<string, Readonly<Record<string, unknown>>>;
  config: { maxVersions: number; casRequired: boolean; deleteAfter: number };
  /** That many requests still meet the upgrade that follows mounting. */
  upgrading: number;
}

/** Versions kept where neither key nor mount says. */
const defaultMaxVersions = 10;

export function emptySecret(now: number): KvSecret {
  return {
    currentVersion: 0,
    oldestVersion: 0,
    createdAt: now,
    updatedAt: now,
    maxVersions: 0,
    casRequired: false,
    deleteAfter: 0,
    customMetadata: null,
    versions: new Map(),
  };
}

/** Adds a version and prunes: the larger of key's and mount's limit holds, 0 and 0 mean 10. */
export function addVersion(mount: KvMount, secret: KvSecret, data: Readonly<Record<string, unknown>>, now: number): KvVersion {
  const deleteAfter = secret.deleteAfter || mount.config.deleteAfter;
  const version: KvVersion = { createdAt: now, deletedAt: deleteAfter > 0 ? now + deleteAfter : 0, destroyed: false, data };
  secret.currentVersion += 1;
  secret.updatedAt = now;
  secret.versions.set(secret.currentVersion, version);
  const keep = Math.max(secret.maxVersions, mount.config.maxVersions) || defaultMaxVersions;
  for (const number of [...secret.versions.keys()]) {
    if (number > secret.currentVersion - keep) continue;
    secret.versions.delete(number);
    secret.oldestVersion = secret.currentVersion - keep + 1;
  }
  return version;
}

export function isGone(version: KvVersion, now: number): boolean {
  return version.destroyed || (version.deletedAt > 0 && version.deletedAt <= now);
}

/** Names directly below a folder, folders with a slash, sorted. */
export function namesBelow(paths: Iterable<string>, folder: string): string[] {
  const prefix = folder === '' ? '' : `${folder}/`;
  const names = new Set<string>();
  for (const path of paths) {
    if (!path.startsWith(prefix) || path === prefix) continue;
    const rest = path.slice(prefix.length);
    const slash = rest.indexOf('/');
    names.add(slash < 0 ? rest : rest.slice(0, slash + 1));
  }
  return [...names].sort();
}

/** RFC 3339 as Vault prints it; empty for never. */
export function time(ms: number): string {
  return ms === 0 ? '' : new Date(ms).toISOString().replace('Z', '000000Z');
}

/** Go durations of hours, minutes and seconds, or a number of seconds → ms; undefined where unreadable. */
export function parseDuration(value: unknown): number | undefined {
  if (typeof value === 'number') return value * 1000;
  const match = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?$/.exec(typeof value === 'string' ? value : '-');
  if (!match) return undefined;
  const [, hours = 0, minutes = 0, seconds = 0] = match.map(Number).map((number) => (Number.isNaN(number) ? 0 : number));
  return ((hours * 60 + minutes) * 60 + seconds) * 1000;
}

/** 5400000 → `1h30m0s`. */
export function formatDuration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60] as const;
  if (parts[0] > 0) return `${parts[0]}h${parts[1]}m${parts[2]}s`;
  return parts[1] > 0 ? `${parts[1]}m${parts[2]}s` : `${parts[2]}s`;
}
