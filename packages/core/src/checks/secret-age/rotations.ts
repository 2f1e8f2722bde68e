import type { Resource } from '../../model/finding.ts';
import type { RotationJournal } from '../../model/rotation.ts';
import type { SecretRotations, VaultRotations } from '../../model/servers.ts';
import type { CheckOutcome } from '../check.ts';

/** What findings about the rotations of a secret are about: the entry of `secrets:`, by its name. */
export function rotationOf({ secret }: Pick<SecretRotations, 'secret'>): Resource {
  return { kind: 'SecretRotation', name: secret };
}

/** Looks first; `resume` goes on where it stands. */
export function historyOf({ secret }: Pick<SecretRotations, 'secret'>): string {
  return `agentops secrets history ${secret}`;
}

export function resumeOf({ secret }: Pick<SecretRotations, 'secret'>): string {
  return `agentops secrets resume ${secret}`;
}

/** How many were looked at, with a word on why nothing was to be judged. */
export function examinedOf({ secrets }: VaultRotations): Pick<CheckOutcome, 'examined' | 'note'> {
  const rotated = secrets.some(({ journals }) => journals.length > 0);
  return { examined: { count: secrets.length, noun: 'secret' }, ...(rotated ? {} : { note: 'no rotation is on record' }) };
}

/** A revoke that was tried and is not proven: the old value may still be accepted. */
export function isRevokePending({ state, revoke }: RotationJournal): boolean {
  return state === 'GRACE' && revoke !== null && revoke.attempts > 0;
}

/** ms since the epoch; undefined where it is no time. */
export function timeOf(text: string | null | undefined): number | undefined {
  const at = Date.parse(text ?? '');
  return Number.isNaN(at) ? undefined : at;
}
