import { RotationFailure } from '../../failure.ts';
import type { SecretValue } from '../../value.ts';
import { effect, type Run } from '../run-state.ts';

/**
 * LOCKED → STAGED: the value that we make, or were brought, is written to the
 * pending path, where no reader of the secret looks, before anybody is told of
 * it: from here on it cannot be lost.
 */
export async function stage(run: Run): Promise<void> {
  const { issuer, keeper, parts } = run;
  const { journal } = keeper;
  if (issuer.origin === 'theirs' || issuer.origin === 'inside') {
    await keeper.advance('STAGED');
    return;
  }
  await keeper.intend('stage');
  // A crash may have come between the write and its record: what is pending is the value.
  const pending = await parts.pending.read(journal.id);
  const value = pending?.value ?? newValue(run);
  try {
    const key = pending?.key ?? issuer.nextKey?.(journal.oldKey) ?? {};
    if (!pending) await effect(run, 'stage', () => parts.pending.write(journal.id, value, key, 0));
    await keeper.advance('STAGED', { newKey: key, newFingerprint: await parts.fingerprint(value) });
  } finally {
    value.wipe();
  }
}

function newValue({ issuer, options }: Run): SecretValue {
  if (issuer.origin === 'supplied') {
    if (options.supplied) return options.supplied.copy();
    throw new RotationFailure('transient', 'this issuer makes no values: the new one is needed on standard input', {
      hint: 'make it at the issuer, then: agentops secrets rotate NAME --stdin',
    });
  }
  if (!issuer.generate) throw new RotationFailure('operator', `issuer ${issuer.type} makes no values`);
  return issuer.generate();
}
