import { RotationFailure } from '../../failure.ts';
import type { RotationParts } from '../../parts.ts';
import type { Credential, Issuer, RunContext, Verdict } from '../../ports.ts';
import { SecretValue } from '../../value.ts';
import { pause, type Run } from '../run-state.ts';

/** ISSUED → VERIFIED: the new value is tried before anybody uses it. */
export async function verify(run: Run): Promise<void> {
  const { keeper, parts, issuer } = run;
  await keeper.intend('verify');
  if (!parts.verifier && !issuer.check) {
    run.event('verify', 'skipped', 'no verifier is configured: nothing has tried the new value');
    await keeper.advance('VERIFIED');
    return;
  }
  const value = issuer.origin === 'inside' ? SecretValue.fromText('') : await pendingValue(run);
  try {
    await mustBeAccepted(run, { value, key: keeper.journal.newKey ?? {} });
  } finally {
    value.wipe();
  }
  await keeper.advance('VERIFIED');
}

/** The new value as it was staged. */
export async function pendingValue({ parts, keeper }: Run): Promise<SecretValue> {
  const pending = await parts.pending.read(keeper.journal.id);
  if (!pending) {
    throw new RotationFailure('operator', 'the staged value is not there any more', {
      hint: 'somebody removed it from the pending path: roll back',
    });
  }
  return pending.value;
}

/**
 * Resolves once the credential is accepted. A refusal counts only when it
 * lasts: an issuer may take a while until all its servers know a new key.
 */
export async function mustBeAccepted(run: Run, credential: Credential): Promise<void> {
  const { clock } = run.context.host;
  const end = clock.monotonic() + run.parts.entry.verifyWithin;
  for (let wait = 250; ; wait = Math.min(wait * 2, 5000)) {
    const verdict = await verdictOn(run.parts, run.issuer, credential, run.context);
    if (verdict.accepted === true) return;
    const inTime = clock.monotonic() + wait <= end;
    // The time that a refusal must last was cut short: it tells nothing.
    if (inTime && !(await pause(run, wait))) throw new RotationFailure('transient', `the time is over: ${verdict.detail}`);
    if (!inTime) {
      if (verdict.accepted === false) throw new RotationFailure('refused', `the new value is refused: ${verdict.detail}`);
      throw new RotationFailure('transient', `whether the new value is accepted could not be seen: ${verdict.detail}`);
    }
    run.event('verify', 'waiting', verdict.detail);
  }
}

/** What the issuer and the verifier say together: a refusal by either is one, and so is what either could not see. */
export async function verdictOn(
  parts: Pick<RotationParts, 'verifier'>,
  issuer: Pick<Issuer, 'check'>,
  credential: Credential,
  context: RunContext,
): Promise<Verdict> {
  const verdicts = await Promise.all([issuer.check?.(credential, context), parts.verifier?.verify(credential, context)]);
  const said = verdicts.filter((verdict) => verdict !== undefined);
  return (
    said.find(({ accepted }) => accepted === false) ??
    said.find(({ accepted }) => accepted === 'unknown') ??
    said[0] ?? { accepted: 'unknown', detail: 'no verifier is configured' }
  );
}
