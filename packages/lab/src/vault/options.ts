import type { LabAuth, LabTtl } from './auth.ts';
import type { LabDatabaseOptions } from './database-mount.ts';
import type { LabVaultState } from './health.ts';
import { addVersion, emptySecret, type KvMount } from './kv-store.ts';
import type { PathRule } from './policy.ts';

export interface LabVaultVersion {
  /** ms; default now. */
  readonly createdAt?: number;
  readonly data: Readonly<Record<string, unknown>>;
  readonly deletedAt?: number;
  readonly destroyed?: boolean;
}

export interface LabVaultSecret {
  readonly versions: readonly LabVaultVersion[];
  readonly customMetadata?: Readonly<Record<string, string>>;
  readonly maxVersions?: number;
  readonly casRequired?: boolean;
}

export interface LabVaultMount {
  /** Default 2. */
  readonly version?: 1 | 2;
  readonly secrets?: Readonly<Record<string, LabVaultSecret>>;
  readonly maxVersions?: number;
  readonly casRequired?: boolean;
  /** That many requests meet "Upgrading from non-versioned to versioned data". */
  readonly upgrading?: number;
}

export interface LabVaultOptions extends LabDatabaseOptions {
  readonly port?: number;
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly state?: LabVaultState;
  /** Claims Enterprise in sys/health. */
  readonly enterprise?: boolean;
  /** Namespaces that exist, as on OpenBao; absent: the header is ignored, as on community Vault. */
  readonly namespaces?: readonly string[];
  /** By path, e.g. `secret`, `team/kv`; default one KV v2 mount `secret`. */
  readonly mounts?: Readonly<Record<string, LabVaultMount>>;
  readonly policies?: Readonly<Record<string, readonly PathRule[]>>;
  /** Token → policies; `root` may do everything. Default one token, `root`. */
  readonly tokens?: Readonly<Record<string, readonly string[]>>;
  /** How long tokens live; one that is not named never ends. */
  readonly leases?: Readonly<Record<string, LabTtl>>;
  /** How long tokens of a login live; default an hour, renewable. */
  readonly loginTtl?: LabTtl;
  readonly approles?: LabAuth['approles'];
  readonly kubernetesRoles?: LabAuth['kubernetesRoles'];
  /** Where a standby sends clients that it does not forward: 307 to this base URL. */
  readonly redirectTo?: string;
  /** ms since the epoch; default the system's clock. */
  readonly now?: () => number;
}

/** Mounts as the options describe them. */
export function buildMounts(options: LabVaultOptions, now: number): Map<string, KvMount> {
  const mounts = new Map<string, KvMount>();
  for (const [name, mount] of Object.entries(options.mounts ?? { secret: {} })) {
    const built: KvMount = {
      name,
      version: mount.version ?? 2,
      secrets: new Map(),
      values: new Map(),
      config: { maxVersions: mount.maxVersions ?? 0, casRequired: mount.casRequired ?? false, deleteAfter: 0 },
      upgrading: mount.upgrading ?? 0,
    };
    for (const [path, secret] of Object.entries(mount.secrets ?? {})) fill(built, path, secret, now);
    mounts.set(name, built);
  }
  return mounts;
}

function fill(mount: KvMount, path: string, given: LabVaultSecret, now: number): void {
  if (mount.version === 1) {
    mount.values.set(path, given.versions.at(-1)?.data ?? {});
    return;
  }
  const secret = emptySecret(given.versions[0]?.createdAt ?? now);
  secret.customMetadata = given.customMetadata ? { ...given.customMetadata } : null;
  secret.maxVersions = given.maxVersions ?? 0;
  secret.casRequired = given.casRequired ?? false;
  for (const one of given.versions) {
    const version = addVersion(mount, secret, one.data, one.createdAt ?? now);
    if (one.deletedAt !== undefined) version.deletedAt = one.deletedAt;
    if (one.destroyed) Object.assign(version, { destroyed: true, data: null });
  }
  mount.secrets.set(path, secret);
}
