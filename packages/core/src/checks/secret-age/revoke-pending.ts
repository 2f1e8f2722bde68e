import { z } from 'zod';
import { duration, plural } from '../../model/format.ts';
import { defineCheck, type FindingDraft } from '../check.ts';
import { examinedOf, historyOf, isRevokePending, resumeOf, rotationOf, timeOf } from './rotations.ts';

const hour = 3_600_000;

/** Old values that were to be revoked and may still be accepted. */
export const revokePending = defineCheck({
  meta: {
    id: 'secret-age/revoke-pending',
    category: 'secret-age',
    title: 'revokes that did not succeed',
    why: 'A revoke counts only when the issuer proves that it refuses the old value; until then whoever copied that value can go on using it.',
    remedy: [
      'The last failure says what is in the way: the issuer was not reachable, or a pod still refers to the old version.',
      'agentops secrets resume NAME tries again; agentops secrets rotate --due does so by itself, at longer and longer intervals.',
      'A warning at first; critical when the old value is still not revoked failHours after its grace.',
    ],
  },
  needs: ['vault.rotations'],
  uses: [],
  settings: z.strictObject({
    failHours: z.number().nonnegative().default(24).describe('hours after the end of the grace; later is critical'),
  }),
  evaluate(input, { failHours }, context) {
    const rotations = input['vault.rotations'];
    const findings: FindingDraft[] = [];
    for (const one of rotations.secrets) {
      for (const journal of one.journals.filter(isRevokePending)) {
        const { revoke } = journal;
        const since = timeOf(journal.graceUntil) ?? Date.parse(journal.updatedAt);
        const pending = Math.max(0, context.now - since);
        const nextAt = timeOf(revoke?.nextAt);
        const again =
          nextAt === undefined
            ? 'no time is set for the next try'
            : nextAt > context.now
              ? `next try in ${duration(nextAt - context.now)}`
              : `the next try was due ${duration(context.now - nextAt)} ago`;
        findings.push({
          severity: pending > failHours * hour ? 'critical' : 'warning',
          resource: rotationOf(one),
          seen: `old value not revoked after ${plural(revoke?.attempts ?? 0, 'try')}, ${duration(pending)} after its grace`,
          expected: `refused by its issuer; version ${journal.oldVersion}`,
          measured: { value: Math.floor(pending / 1000), unit: 's' },
          threshold: { value: failHours * 3600, unit: 's' },
          detail: [revoke?.lastFailure ?? 'the journal does not say why', again].join('; '),
          next: [historyOf(one), resumeOf(one)],
          since,
        });
      }
    }
    return { findings, ...examinedOf(rotations) };
  },
});
