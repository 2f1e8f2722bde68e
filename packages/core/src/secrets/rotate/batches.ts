import { failureKind } from '../failure.ts';
import type { Workload } from '../ports.ts';
import { checkStop, effect, type Run, unlessStopped } from './run-state.ts';

/** The first alone (the canary), then as many at once as may restart. */
export function batchesOf<T>(workloads: readonly T[], size: number): readonly (readonly T[])[] {
  const batches: (readonly T[])[] = workloads.length > 0 ? [workloads.slice(0, 1)] : [];
  for (let at = 1; at < workloads.length; at += size) batches.push(workloads.slice(at, at + size));
  return batches;
}

/**
 * Restarts workloads batch after batch: the next begins when all of the one
 * before are well. `change` points a workload to its value, forth or back.
 */
export async function rollBatches(
  run: Run,
  batches: readonly (readonly Workload[])[],
  { name, step, change, stoppable }: RollWords,
): Promise<void> {
  for (const batch of batches) {
    if (stoppable) checkStop(run);
    for (const workload of batch) await effect(run, `${name} ${workload.label}`, () => change(workload));
    const waits = batch.map((workload) => workload.finished((detail) => run.event(step, 'waiting', `${workload.label}: ${detail}`)));
    // All of a batch are waited for: one that fails must not leave the others unseen.
    const settled = Promise.allSettled(waits);
    const results = stoppable ? await unlessStopped(run, settled) : await settled;
    const failures = results.filter((result) => result.status === 'rejected').map(({ reason }): unknown => reason);
    const worst = failures.find((reason) => failureKind(reason) === 'refused') ?? failures[0];
    if (worst !== undefined) throw worst;
  }
}

interface RollWords {
  readonly name: string;
  readonly step: 'roll' | 'rollback';
  readonly change: (workload: Workload) => Promise<void>;
  /** Whether the person's wish to stop ends the waiting. */
  readonly stoppable: boolean;
}
