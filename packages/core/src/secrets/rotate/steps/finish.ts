import { audit } from '../audit.ts';
import { recorded } from '../consumers.ts';
import { effect, type Run } from '../run-state.ts';

/** How many finished rotations of a secret keep their journal. */
const keptJournals = 20;

/** REVOKED → DONE: what nobody needs any more goes. */
export async function finish(run: Run): Promise<void> {
  const { keeper, parts, context } = run;
  for (const { consumer, record } of recorded(parts, keeper.journal.consumers)) {
    await effect(run, `clean up ${consumer.id}`, () => consumer.cleanUp(record, 'from', context));
  }
  await effect(run, 'remove pending', () => parts.pending.remove(keeper.journal.id));
  const { newVersion, remarks } = keeper.journal;
  await audit(run, 'done', [`version ${newVersion ?? '—'} serves`, ...remarks].join('; '), newVersion);
  await keeper.advance('DONE', { failure: null, operator: null });
  await parts.journal.prune(parts.entry.name, keptJournals);
}
