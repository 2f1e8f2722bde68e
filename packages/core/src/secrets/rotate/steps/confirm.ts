import { RotationFailure } from '../../failure.ts';
import { SecretValue } from '../../value.ts';
import { recorded, withFields } from '../consumers.ts';
import { iso, type Run } from '../run-state.ts';
import { mustBeAccepted } from './verify.ts';

/** ROLLED → CONFIRMED: the new value is still accepted, and every consumer that can be asked holds it. */
export async function confirm(run: Run): Promise<void> {
  const { keeper, parts, context } = run;
  await keeper.intend('confirm');
  await acceptedStill(run);
  const { newVersion, consumers, remarks } = keeper.journal;
  const unseen: string[] = [];
  if (newVersion !== null && consumers.length > 0) {
    await withFields(run, newVersion, async ({ fields }) => {
      for (const { consumer } of recorded(parts, consumers)) {
        const { holds, detail } = await consumer.holds(fields, context);
        if (holds === 'no') throw new RotationFailure('refused', `${consumer.id} does not hold the new value: ${detail}`);
        if (holds === 'unknown') unseen.push(`not seen whether ${consumer.id} holds the new value: ${detail}`);
      }
    });
  }
  await keeper.advance('CONFIRMED', { remarks: [...remarks, ...unseen.filter((each) => !remarks.includes(each))] });
}

/** Throws `refused` where the new value is not accepted any more. */
export async function acceptedStill(run: Run): Promise<void> {
  const { keeper, parts, issuer } = run;
  const { newVersion, newKey } = keeper.journal;
  if (parts.verifier === undefined && issuer.check === undefined) return;
  const field = parts.entry.vault?.field;
  if (newVersion === null || field === undefined) {
    await mustBeAccepted(run, { value: SecretValue.fromText(''), key: newKey ?? {} });
    return;
  }
  await withFields(run, newVersion, async ({ fields }) => {
    const value = fields.get(field);
    if (!value) throw new RotationFailure('operator', `version ${newVersion} of the secret has no field ${field}`);
    await mustBeAccepted(run, { value, key: newKey ?? {} });
  });
}

/** CONFIRMED → GRACE: from here on the clock runs for the old value. */
export async function beginGrace(run: Run): Promise<void> {
  const { keeper, context } = run;
  const { oldVersion, oldKey } = keeper.journal;
  const nothingOld = (oldVersion === 0 && oldKey === null) || run.issuer.live === 'one' || run.issuer.origin === 'inside';
  const overlap = nothingOld ? 0 : keeper.journal.overlapMs;
  await keeper.advance('GRACE', { graceUntil: iso(context.host.clock.now() + overlap) });
}
