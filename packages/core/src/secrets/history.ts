import { isFinal, type RotationJournal } from '../model/rotation.ts';
import type { RotationRecord, SecretHistory } from '../model/secret-history.ts';
import { atOnce } from './at-once.ts';
import { seen } from './list.ts';
import type { RotationParts } from './parts.ts';

/** The rotations of a secret that are still on record, newest first. Reads journals alone. */
export async function rotationHistory(parts: Pick<RotationParts, 'entry' | 'journal'>): Promise<SecretHistory> {
  const secret = parts.entry.name;
  const ids = await seen(() => parts.journal.list(secret));
  if (!ids.seen) return { secret, rotations: [], notSeen: [`rotations of ${secret}: ${ids.why}`] };
  const read = await atOnce(ids.is, 8, async (id) => ({ id, journal: await seen(() => parts.journal.read(id)) }));
  const rotations: RotationRecord[] = [];
  const notSeen: string[] = [];
  for (const { id, journal } of read) {
    if (!journal.seen) notSeen.push(`rotation ${id}: ${journal.why}`);
    // One that is gone was pruned between the list and the read.
    else if (journal.is) rotations.push(recordOf(journal.is.journal));
  }
  return { secret, rotations: rotations.toReversed(), notSeen };
}

/** The journal as a record for people and for evaluation. */
export function recordOf(journal: RotationJournal): RotationRecord {
  const utc = (text: string): string => new Date(text).toISOString();
  const { failure, graceUntil, state } = journal;
  return {
    secret: journal.secret,
    id: journal.id,
    by: journal.by,
    startedAt: utc(journal.startedAt),
    endedAt: isFinal(state) ? utc(journal.history.at(-1)?.at ?? journal.updatedAt) : null,
    state,
    outcome: outcomeOf(journal),
    oldVersion: journal.oldVersion,
    newVersion: journal.newVersion,
    restoredVersion: journal.restoredVersion,
    graceUntil: graceUntil === null ? null : utc(graceUntil),
    consumers: journal.consumers.map(({ id }) => id),
    steps: journal.history.map(({ state: reached, at, ms }) => ({ state: reached, at: utc(at), ms })),
    failure: failure ? `${failure.step}: ${failure.reason}` : null,
    operator: journal.operator,
  };
}

function outcomeOf({ state }: RotationJournal): RotationRecord['outcome'] {
  if (state === 'DONE') return 'done';
  if (state === 'ROLLED_BACK') return 'rolled-back';
  if (state === 'ABANDONED') return 'abandoned';
  if (state === 'NEEDS_OPERATOR') return 'needs-operator';
  return state === 'GRACE' ? 'grace' : 'unfinished';
}
