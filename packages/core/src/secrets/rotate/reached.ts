import type { RotationJournal, RotationState } from '../../model/rotation.ts';
import type { Issuer } from '../ports.ts';

/** Whether a state was reached, whatever came after it. */
export function reached(journal: Pick<RotationJournal, 'history'>, state: RotationState): boolean {
  return journal.history.some((entry) => entry.state === state);
}

/** Why there is no way back any more; undefined: there is one. */
export function whyNoWayBack(journal: RotationJournal, issuer: Pick<Issuer, 'origin' | 'live'>): string | undefined {
  if (journal.state === 'ROLLED_BACK') return 'it is rolled back already';
  if (journal.state === 'ABANDONED') return 'it was abandoned';
  if (reached(journal, 'REVOKED')) return 'the old value is revoked';
  const issued = reached(journal, 'ISSUED') || journal.intent === 'issue';
  if (issued && issuer.origin === 'inside') return 'the new value never leaves Vault and has replaced the old one';
  if (issued && issuer.live === 'one') {
    if (issuer.origin !== 'ours') return 'the issuer has one live value and made it itself: the old one is gone';
    if (journal.oldVersion === 0) return 'the issuer has one live value, and nobody knows the one before it';
  }
  return undefined;
}
