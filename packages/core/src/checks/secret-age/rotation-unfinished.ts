import { z } from 'zod';
import type { Unavailable } from '../../model/evidence.ts';
import type { Fact } from '../../model/finding.ts';
import { duration } from '../../model/format.ts';
import { isFinal, type RotationJournal, type RotationState } from '../../model/rotation.ts';
import type { SecretRotations, VaultRotations } from '../../model/servers.ts';
import { defineCheck, type FindingDraft } from '../check.ts';
import { examinedOf, historyOf, resumeOf, rotationOf } from './rotations.ts';

/** Vault serves the new value, and not every consumer is known to have it. */
const halfway: readonly RotationState[] = ['PUBLISHED', 'SYNCED', 'ROLLED', 'ROLLING_BACK'];

/** Rotations that stand in the middle with nobody at them. */
export const rotationUnfinished = defineCheck({
  meta: {
    id: 'secret-age/rotation-unfinished',
    category: 'secret-age',
    title: 'rotations that were left in the middle',
    why: 'A rotation whose process died keeps two values in use: the next restart of a pod may find another value than its neighbours, and the old one is never revoked.',
    remedy: [
      'agentops secrets resume NAME goes on where the journal says it stands; done twice, a step changes nothing. agentops secrets history NAME shows how it came there.',
      'It counts as left alone where nobody holds its lock and the journal was not written for longer than rotation.lockFor. Where the lock cannot be seen (a Lease, a policy without read on it), silence for so long is a warning, and for longer than rotation.timeout it is certain.',
      'Critical from PUBLISHED until CONFIRMED and on the way back: Vault serves the new value, and not every consumer is known to have it. Before and after that it is a warning: one value serves them all.',
    ],
  },
  needs: ['vault.rotations'],
  uses: [],
  settings: z.strictObject({}),
  evaluate(input, _settings, context) {
    const rotations = input['vault.rotations'];
    const findings: FindingDraft[] = [];
    const facts: Fact[] = [];
    const gaps: Unavailable[] = [];
    for (const one of rotations.secrets) {
      for (const journal of one.journals) {
        const { state } = journal;
        if (isFinal(state) || state === 'NEEDS_OPERATOR' || state === 'GRACE') continue;
        const quiet = context.now - Date.parse(journal.updatedAt);
        if (one.lock && one.lock.expiresAt > context.now) {
          facts.push({ label: 'rotation under way', resource: rotationOf(one), text: `${state}, by ${one.lock.holder}` });
        } else if (quiet < -rotations.lockFor) gaps.push(fromTheFuture(one));
        else if (quiet > rotations.lockFor) findings.push(leftAlone(one, journal, quiet, rotations));
      }
    }
    findings.sort((a, b) => (a.severity === b.severity ? 0 : a.severity === 'critical' ? -1 : 1));
    return { findings, facts, gaps, ...examinedOf(rotations) };
  },
});

function leftAlone(one: SecretRotations, journal: RotationJournal, quiet: number, rotations: VaultRotations): FindingDraft {
  const { state, intent, failure, by } = journal;
  // Nobody may be at it, or somebody whose lock was not seen.
  const certain = one.lock !== undefined || quiet > rotations.timeout;
  // The intent is recorded before the effect: it may have happened.
  const mixed = halfway.includes(state) || (state === 'VERIFIED' && intent !== null);
  const detail = [
    ...(failure ? [`${failure.step} failed: ${failure.reason}`] : []),
    ...(intent === null ? [] : [`about to: ${intent}`]),
    ...(certain ? [] : ['whether somebody is at it was not seen']),
  ].join('; ');
  return {
    severity: mixed && certain ? 'critical' : 'warning',
    resource: rotationOf(one),
    seen: `stands at ${state} for ${duration(quiet)}`,
    expected: `${certain ? 'somebody at it' : `progress within ${duration(rotations.lockFor)}`}; begun by ${by}`,
    measured: { value: Math.floor(quiet / 1000), unit: 's' },
    threshold: { value: rotations.lockFor / 1000, unit: 's' },
    ...(detail === '' ? {} : { detail }),
    next: [historyOf(one), resumeOf(one)],
    since: Date.parse(journal.updatedAt),
  };
}

function fromTheFuture({ secret }: SecretRotations): Unavailable {
  return {
    ok: false,
    reason: 'invalid',
    source: `rotation of ${secret}`,
    detail: 'its journal was written in the future: whether it goes on cannot be told',
    hint: 'compare the clocks of this machine and of the one that rotates',
  };
}
