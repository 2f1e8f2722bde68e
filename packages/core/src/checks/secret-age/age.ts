import type { SecretMeta } from '../../model/kubernetes.ts';
import { annotations } from '../../model/rotation.ts';
import type { VaultSecret } from '../../model/servers.ts';
import { day, own, parseTime } from './read.ts';
import { vaultAge } from './vault-age.ts';

/** What an age rests on; see the table at {@link secretAge}. */
export type Provenance = 'vault' | 'annotation' | 'managed-fields' | 'creation';

/** How old the value of a secret is: at least `min`, at most `max` (Infinity: nothing bounds it); ms. Equal where it is known exactly. */
export interface AgeInterval {
  readonly min: number;
  readonly max: number;
  readonly provenance: Provenance;
  /** The words of the report: `Vault version 4`. */
  readonly basis: string;
  /** What is odd about it: an annotation that cannot be read or that claims more than the data show. */
  readonly doubts: readonly string[];
}

export interface AgeSources {
  /** ms since the epoch */
  readonly now: number;
  /** Annotations that say when the value was rotated, best first. */
  readonly rotatedAtAnnotations: readonly string[];
  /** The Vault secret that this one is a copy of, where metadata says so. */
  readonly vault: VaultSecret | undefined;
}

/**
 * A copy follows its source within this time: External Secrets and the Vault
 * Secrets Operator refresh each hour by default, and people annotate a little
 * after they rotate. Ages are read in days, so a day of grace hides nothing.
 */
const lag = day;

/** Times have whole seconds, and a create and its first write may straddle one. */
const instant = 2000;

/**
 * The age of a secret's value as an interval, with its provenance. A Secret's
 * creationTimestamp is not the time of its last rotation; the time of a
 * managedFields entry is never before the last write of the fields in it, but
 * label edits by the same manager move it, and it can be stripped.
 *
 * | what is known                                             | at least        | at most   | provenance     |
 * | ---                                                       | ---             | ---       | ---            |
 * | linked Vault secret, v as {@link vaultAge} has it          | now − v         | now − v   | vault          |
 * | the same, but v is an interval                             | now − v.min     | now − v.max | vault        |
 * | the same, a copy of an earlier version, created at v       | now − v         | now − v   | vault          |
 * | the same, but the data were last written before v          | (as if unlinked)|           |                |
 * | rotation annotation r                                     | now − r         | now − r   | annotation     |
 * | the same, but the data were last written before r          | (as if absent)  |           |                |
 * | managedFields, m: the last time of a manager of f:data    | now − m         | now − c   | managed-fields |
 * | the same, m is the creation c                             | now − c         | now − c   | creation       |
 * | the same, m before c (restored from a backup)             | now − m         | now − m   | managed-fields |
 * | no managedFields, or no manager of f:data                 | 0               | now − c   | creation       |
 * | no creationTimestamp (not from a server)                  | (as above)      | ∞         | (as above)     |
 *
 * "Before" leaves a day for a copy to follow. Source: kubernetes-semantics and
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export function secretAge(secret: SecretMeta, sources: AgeSources): AgeInterval {
  const { now, vault } = sources;
  const doubts: string[] = [];
  const exactly = (at: number, provenance: Provenance, basis: string): AgeInterval => {
    const age = since(at, now);
    return { min: age, max: age, provenance, basis, doubts };
  };
  const written = lastWrite(secret);
  const believable = (at: number, what: string): boolean => {
    if (at > now + lag) {
      doubts.push(`${what} lies in the future`);
      return false;
    }
    if (written !== undefined && written + lag < at) {
      doubts.push(`${what} is newer than the last write of the data`);
      return false;
    }
    return true;
  };

  if (vault && !vault.deleted && vault.versionCreatedAt > 0) {
    const copied = own(secret.annotations, annotations.vaultVersion) ?? String(vault.currentVersion);
    if (copied === String(vault.currentVersion)) {
      const { min, max, basis, doubts: more } = vaultAge(vault, now);
      if (believable(now - min, `Vault ${basis}`)) {
        doubts.push(...more);
        return { min, max, provenance: 'vault', basis: `Vault ${basis}`, doubts };
      }
    } else {
      const at = own(vault.versions ?? {}, copied);
      const basis = `Vault version ${/^\d{1,9}$/.test(copied) ? copied : '?'}`;
      doubts.push(`a copy of ${basis}, the current one is ${vault.currentVersion}`);
      if (at !== undefined && believable(at, basis)) return exactly(at, 'vault', basis);
    }
  }
  for (const name of sources.rotatedAtAnnotations) {
    const text = own(secret.annotations, name);
    if (text === undefined) continue;
    const at = parseTime(text);
    if (at === undefined) doubts.push(`annotation ${name} is no time`);
    else if (believable(at, `annotation ${name}`)) return exactly(at, 'annotation', `annotation ${name}`);
  }
  const created = secret.createdAt > 0 ? since(secret.createdAt, now) : Number.POSITIVE_INFINITY;
  if (written === undefined) {
    const reason = secret.hasManagedFields ? 'nobody owns its data' : 'no managedFields';
    return { min: 0, max: created, provenance: 'creation', basis: `creation; ${reason}`, doubts };
  }
  if (Math.abs(written - secret.createdAt) <= instant) return exactly(secret.createdAt, 'creation', 'not written since its creation');
  const age = since(written, now);
  return { min: age, max: Math.max(age, created), provenance: 'managed-fields', basis: 'managedFields', doubts };
}

/** The latest time at which a manager that owns data wrote; undefined where that was not seen. */
function lastWrite(secret: SecretMeta): number | undefined {
  const times = secret.dataManagers.map((entry) => entry.at).filter((at) => Number.isFinite(at) && at > 0);
  // One manager without a time may have written after all others.
  return times.length > 0 && times.length === secret.dataManagers.length ? Math.max(...times) : undefined;
}

function since(at: number, now: number): number {
  return Math.max(0, now - at);
}

/** Whole days: `131 d`, `131–140 d`, `0–400 d`; `at least 40 d` and `unknown age` where nothing bounds it. */
export function ageText(age: Pick<AgeInterval, 'min' | 'max'>): string {
  const [min, max] = [Math.floor(age.min / day), Math.floor(age.max / day)];
  if (max === Number.POSITIVE_INFINITY) return age.min > 0 ? `at least ${min} d` : 'unknown age';
  return min === max ? `${min} d` : `${min}–${max} d`;
}

/** A limit as people set it: `90 d`, `12 h`. */
export function limitText(ms: number): string {
  if (ms % day === 0 || ms >= 2 * day) return `${Number((ms / day).toFixed(1))} d`;
  return ms >= 3_600_000 ? `${Number((ms / 3_600_000).toFixed(1))} h` : `${Math.round(ms / 60_000)} min`;
}

/** What can honestly be said about an age and a limit. */
export type Over = 'yes' | 'no' | 'maybe';

/** `maybe` where the limit lies within the interval. */
export function isOver(age: Pick<AgeInterval, 'min' | 'max'>, limit: number): Over {
  if (age.min > limit) return 'yes';
  return age.max > limit ? 'maybe' : 'no';
}
