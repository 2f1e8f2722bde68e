import { RotationFailure } from '../../failure.ts';
import { SecretValue } from '../../value.ts';
import { recorded, withFields } from '../consumers.ts';
import { iso, type Run } from '../run-state.ts';
import { mustBeAccepted } from './verify.ts';

/** ROLLED → CONFIRMED: the new value is still accepted, and every consumer that can be asked holds it. */
export async function confirm(run: Run): Promise<void> {
  await run.keeper.intend('confirm');
  await confirmNew(run);
  await run.keeper.advance('CONFIRMED');
}

/** Throws `refused` where the new value is not accepted or not held. */
export async function confirmNew(run: Run): Promise<void> {
  const { keeper, parts, issuer, context } = run;
  const { newVersion, newKey, consumers } = keeper.journal;
  const verifiable = parts.verifier !== undefined || issuer.check !== undefined;
  const field = parts.entry.vault?.field;
  if (newVersion === null || field === undefined) {
    if (verifiable) await mustBeAccepted(run, { value: SecretValue.fromText(''), key: newKey ?? {} });
    return;
  }
  await withFields(run, newVersion, async (change) => {
    const value = change.fields.get(field);
    if (!value) throw new RotationFailure('operator', `version ${newVersion} of the secret has no field ${field}`);
    if (verifiable) await mustBeAccepted(run, { value, key: newKey ?? {} });
    for (const { consumer } of recorded(parts, consumers)) {
      const { holds, detail } = await consumer.holds(change.fields, context);
      if (holds === 'no') throw new RotationFailure('refused', `${consumer.id} does not hold the new value: ${detail}`);
      if (holds === 'unknown') run.event('confirm', 'waiting', `${consumer.id}: not seen whether it holds the new value: ${detail}`);
    }
  });
}

/** CONFIRMED → GRACE: from here on the clock runs for the old value. */
export async function beginGrace(run: Run): Promise<void> {
  const { keeper, context } = run;
  const nothingOld = keeper.journal.oldVersion === 0 || run.issuer.live === 'one' || run.issuer.origin === 'inside';
  const overlap = nothingOld ? 0 : keeper.journal.overlapMs;
  await keeper.advance('GRACE', { graceUntil: iso(context.host.clock.now() + overlap) });
}
