import { recorded, withFields } from '../consumers.ts';
import { effect, type Run } from '../run-state.ts';

/**
 * PUBLISHED → SYNCED: every consumer can take the new value. What they had is
 * recorded first: after a crash it could not be told any more.
 */
export async function sync(run: Run): Promise<void> {
  const { keeper, parts, context } = run;
  const { newVersion } = keeper.journal;
  if (parts.consumers.length === 0 || newVersion === null) {
    await keeper.advance('SYNCED');
    return;
  }
  if (keeper.journal.consumers.length === 0) {
    const records = await Promise.all(parts.consumers.map((consumer) => consumer.record(newVersion, context)));
    await keeper.intend('sync', { consumers: records });
  }
  await withFields(run, newVersion, async (change) => {
    for (const { consumer, record } of recorded(parts, keeper.journal.consumers)) {
      run.event('sync', 'waiting', consumer.id);
      await effect(run, `sync ${consumer.id}`, () => consumer.sync(record, change, context));
    }
  });
  await keeper.advance('SYNCED');
}
