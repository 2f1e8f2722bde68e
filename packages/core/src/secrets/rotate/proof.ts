import { failureKind, RotationFailure } from '../failure.ts';
import type { Credential, Issuer, Verdict } from '../ports.ts';
import { pause, type Run } from './run-state.ts';
import { verdictOn } from './steps/verify.ts';

/**
 * What is missing for the proof that a credential is dead; undefined: the issuer
 * refuses it, or nobody issued it. Without a value, or anybody who could try it,
 * the issuer's own word has to do.
 */
export async function unproven(
  run: Run,
  result: Awaited<ReturnType<Issuer['revoke']>>['result'],
  credential: Credential | undefined,
): Promise<string | undefined> {
  if (result === 'nothing-to-do') return undefined;
  const canBeTried = credential !== undefined && (run.parts.verifier !== undefined || run.issuer.check !== undefined);
  if (!canBeTried) return result === 'manual' && !run.options.revokedByHand ? 'nothing can prove it' : undefined;
  const verdict = await lastVerdict(run, credential);
  if (verdict.accepted === false) return undefined;
  return verdict.accepted === true ? 'it is still accepted' : `whether it is refused could not be seen: ${verdict.detail}`;
}

/** An issuer may take a while until all its servers refuse a value: it is asked until it does, as long as for a new one. */
async function lastVerdict(run: Run, credential: Credential): Promise<Verdict> {
  const { clock } = run.context.host;
  const end = clock.monotonic() + run.parts.entry.verifyWithin;
  for (let wait = 250; ; wait = Math.min(wait * 2, 5000)) {
    const verdict = await verdictOn(run.parts, run.issuer, credential, run.context);
    if (verdict.accepted === false || clock.monotonic() + wait > end || !(await pause(run, wait))) return verdict;
  }
}

/** An issuer that refuses to end a credential says nothing against any value in use: nothing is to be rolled back for it. */
export async function notRefused<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (failureKind(error) !== 'refused' || !(error instanceof Error)) throw error;
    throw new RotationFailure('transient', error.message);
  }
}
