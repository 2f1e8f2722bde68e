import type { RotationJournal } from '../../model/rotation.ts';
import type { RotationOutcome } from '../../model/rotation-plan.ts';
import type { RotationParts } from '../parts.ts';

/** An outcome without a journal: nothing was begun. */
export function plainOutcome(
  parts: Pick<RotationParts, 'entry'>,
  result: RotationOutcome['result'],
  detail: string,
  next: readonly string[] = [],
): RotationOutcome {
  const { name } = parts.entry;
  return { secret: name, rotation: undefined, result, state: undefined, version: undefined, graceUntil: undefined, detail, next };
}

/** An outcome as its journal tells it, with the commands that go on from there. */
export function outcomeOf(
  journal: RotationJournal,
  result: RotationOutcome['result'],
  detail: string,
  graceUntil: number | undefined = undefined,
): RotationOutcome {
  return {
    secret: journal.secret,
    rotation: journal.id,
    result,
    state: journal.state,
    version: journal.restoredVersion ?? journal.newVersion ?? (journal.oldVersion === 0 ? undefined : journal.oldVersion),
    graceUntil,
    detail,
    next: nextCommands(journal, result),
  };
}

/** A person must decide. */
export function needsOperator(journal: RotationJournal): RotationOutcome {
  return outcomeOf(journal, 'needs-operator', journal.operator ?? journal.failure?.reason ?? 'a person must decide');
}

function nextCommands({ secret, state }: RotationJournal, result: RotationOutcome['result']): readonly string[] {
  const command = (verb: string): string => `agentops secrets ${verb} ${secret}`;
  if (result === 'grace') return [command('resume'), command('rollback')];
  if (result === 'stopped') return state === 'ROLLING_BACK' ? [command('resume')] : [command('resume'), command('rollback')];
  if (result === 'needs-operator') return [command('history'), command('resume'), command('rollback'), command('abandon')];
  if (result === 'rolled-back' || result === 'failed') return [command('history')];
  return [];
}
