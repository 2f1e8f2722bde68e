import type { RotationJournal } from '../../model/rotation.ts';
import type { RotationOutcome } from '../../model/rotation-plan.ts';
import type { RotationParts } from '../parts.ts';
import type { Issuer } from '../ports.ts';
import { whyNoWayBack } from './reached.ts';

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
  more: { readonly graceUntil?: number; readonly issuer?: Pick<Issuer, 'origin' | 'live'> } = {},
): RotationOutcome {
  const canGoBack = more.issuer !== undefined && whyNoWayBack(journal, more.issuer) === undefined;
  return {
    secret: journal.secret,
    rotation: journal.id,
    result,
    state: journal.state,
    version: journal.restoredVersion ?? journal.newVersion ?? (journal.oldVersion === 0 ? undefined : journal.oldVersion),
    graceUntil: more.graceUntil,
    detail,
    next: nextCommands(journal, result, canGoBack),
  };
}

/** A person must decide. */
export function needsOperator(journal: RotationJournal, issuer: Pick<Issuer, 'origin' | 'live'>): RotationOutcome {
  return outcomeOf(journal, 'needs-operator', journal.operator ?? journal.failure?.reason ?? 'a person must decide', { issuer });
}

function nextCommands(
  { secret, state, history }: RotationJournal,
  result: RotationOutcome['result'],
  canGoBack: boolean,
): readonly string[] {
  const command = (verb: string): string => `agentops secrets ${verb} ${secret}`;
  const back =
    canGoBack && !history.some((entry) => entry.state === 'ROLLING_BACK') && state !== 'ROLLING_BACK' ? [command('rollback')] : [];
  if (result === 'grace' || result === 'stopped') return [command('resume'), ...back];
  if (result === 'needs-operator') return [command('history'), command('resume'), ...back, command('abandon')];
  if (result === 'rolled-back' || result === 'failed') return [command('history')];
  return [];
}
