import { batchesOf, rollBatches } from '../batches.ts';
import { recorded } from '../consumers.ts';
import type { Run } from '../run-state.ts';

/** SYNCED → ROLLED: the pods take up the new value, first those of one workload, then batch after batch. */
export async function roll(run: Run): Promise<void> {
  const { keeper, parts, context } = run;
  const { id, newVersion, consumers } = keeper.journal;
  const workloads =
    newVersion === null
      ? []
      : recorded(parts, consumers).flatMap(({ consumer, record }) =>
          consumer.workloads(record, { rotation: id, version: newVersion }, context),
        );
  if (workloads.length > 0) await keeper.intend('roll');
  await rollBatches(run, batchesOf(workloads, parts.entry.batch), {
    name: 'roll',
    step: 'roll',
    change: (workload) => workload.start(),
    stoppable: true,
  });
  await keeper.advance('ROLLED');
}
