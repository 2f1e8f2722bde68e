import type { ConsumerRecord } from '../../model/rotation.ts';
import { RotationFailure } from '../failure.ts';
import type { RotationParts } from '../parts.ts';
import type { Consumer, ConsumerChange } from '../ports.ts';
import { wipeFields } from '../value.ts';
import { targetOf } from './current.ts';
import type { Run } from './run-state.ts';

/** A consumer with what the journal remembers of it. */
export interface Recorded {
  readonly consumer: Consumer;
  readonly record: ConsumerRecord;
}

/** The consumers of a journal, as the configuration has them now. One that was taken out of it must come back first. */
export function recorded(parts: Pick<RotationParts, 'consumers'>, records: readonly ConsumerRecord[]): readonly Recorded[] {
  return records.map((record) => {
    const consumer = parts.consumers.find(({ id }) => id === record.id);
    if (consumer) return { consumer, record };
    throw new RotationFailure('operator', `the rotation has changed ${record.id}, which is not in the configuration any more`, {
      hint: 'put the consumer back into agentops.yaml until the rotation is over',
    });
  });
}

/** Calls with all fields of a version of the secret, and wipes them after it. */
export async function withFields<T>(run: Run, version: number, work: (change: ConsumerChange) => Promise<T>): Promise<T> {
  const target = targetOf(run.parts);
  const read = target && (await run.parts.kv.read(target, version));
  if (!target || !read) {
    throw new RotationFailure('operator', `version ${version} of the secret cannot be read any more: it was deleted or pruned`);
  }
  try {
    return await work({
      rotation: run.keeper.journal.id,
      version,
      fields: read.fields,
      source: `${target.mount}/${target.path}`,
    });
  } finally {
    wipeFields(read.fields);
  }
}
