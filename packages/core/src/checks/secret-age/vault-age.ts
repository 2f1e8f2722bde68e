import { customMetadata } from '../../model/rotation.ts';
import type { VaultSecret } from '../../model/servers.ts';
import { own, parseTime } from './read.ts';

/** How old the value of a Vault secret is: at least `min`, at most `max` ms (Infinity: nothing bounds it). */
export interface VaultAge {
  readonly min: number;
  readonly max: number;
  /** `Vault version 4`, with what the version's own time does not tell. */
  readonly basis: string;
  /** Why the two differ. */
  readonly doubts: readonly string[];
}

/**
 * The age of the current version's value. Its created time c is not always the
 * value's: a rotation that went back wrote the old value as a new version, and
 * says in the custom metadata since when that value is in use.
 *
 * | custom metadata                                                      | at least | at most               |
 * | ---                                                                  | ---      | ---                   |
 * | nothing of ours, or entries about no version that is there           | now − c  | now − c               |
 * | about this version, no time of the value                             | now − c  | now − c               |
 * | about this version, value since s                                    | now − s  | now − s               |
 * | the same, but s is no time, in the future or later than c            | now − c  | ∞                     |
 * | about an earlier version w: somebody else wrote since, perhaps another field alone, and the value is still that of w | now − c | now − (s of w, else created time of w) |
 */
export function vaultAge(
  secret: Pick<VaultSecret, 'currentVersion' | 'versionCreatedAt' | 'customMetadata' | 'versions'>,
  now: number,
): VaultAge {
  const { currentVersion, versionCreatedAt: created, customMetadata: custom } = secret;
  const basis = `version ${currentVersion}`;
  const least = Math.max(0, now - created);
  const noted = own(custom, customMetadata.version) ?? '';
  const text = own(custom, customMetadata.valueSince);
  const since = text === undefined ? undefined : parseTime(text);
  if (noted === String(currentVersion)) {
    if (text === undefined) return { min: least, max: least, basis, doubts: [] };
    const wrong =
      since === undefined ? 'is no time' : since > now ? 'lies in the future' : since > created ? `is later than ${basis}` : undefined;
    if (wrong !== undefined || since === undefined) {
      return { min: least, max: Number.POSITIVE_INFINITY, basis, doubts: [`custom_metadata ${customMetadata.valueSince} ${wrong}`] };
    }
    return { min: now - since, max: now - since, basis: `${basis}, an earlier value again`, doubts: [] };
  }
  const earlier = /^[1-9]\d{0,8}$/.test(noted) && Number(noted) < currentVersion ? (since ?? secret.versions?.[noted]) : undefined;
  if (earlier === undefined || earlier > created) return { min: least, max: least, basis, doubts: [] };
  return {
    min: least,
    max: Math.max(least, now - earlier),
    basis,
    doubts: [`agentops wrote version ${noted}, somebody else ${basis}: the value may still be the same`],
  };
}
