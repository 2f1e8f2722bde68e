import { z } from 'zod';
import type { Unavailable } from '../../model/evidence.ts';
import { duration } from '../../model/format.ts';
import { defineCheck, type FindingDraft } from '../check.ts';
import { examinedOf, historyOf, isRevokePending, resumeOf, rotationOf, timeOf } from './rotations.ts';

const hour = 3_600_000;

/** Old values whose grace is over and that nobody revokes. */
export const graceExpired = defineCheck({
  meta: {
    id: 'secret-age/grace-expired',
    category: 'secret-age',
    title: 'old values past their grace',
    why: 'Every consumer has the new value, and the old one is still accepted: whoever copied it can go on using it, as if it had never been rotated.',
    remedy: [
      'agentops secrets resume NAME revokes it now.',
      'Whatever runs agentops secrets rotate --due (a CronJob, a timer) does it too: see whether it still runs. Where it runs once a day, allow for it: hours: 25.',
    ],
  },
  needs: ['vault.rotations'],
  uses: [],
  settings: z.strictObject({
    hours: z.number().nonnegative().default(1).describe('hours after the end of the grace; later is a warning'),
  }),
  evaluate(input, { hours }, context) {
    const rotations = input['vault.rotations'];
    const findings: FindingDraft[] = [];
    const gaps: Unavailable[] = [];
    for (const one of rotations.secrets) {
      for (const journal of one.journals) {
        if (journal.state !== 'GRACE' || isRevokePending(journal)) continue;
        const until = timeOf(journal.graceUntil);
        if (until === undefined) {
          gaps.push(endless(one.secret));
          continue;
        }
        const over = context.now - until;
        if (over <= hours * hour) continue;
        findings.push({
          severity: 'warning',
          resource: rotationOf(one),
          seen: `old value not revoked ${duration(over)} after its grace`,
          expected: `revoked within ${duration(hours * hour)}; version ${journal.oldVersion}`,
          measured: { value: Math.floor(over / 1000), unit: 's' },
          threshold: { value: hours * 3600, unit: 's' },
          next: [historyOf(one), resumeOf(one)],
          since: until,
        });
      }
    }
    return { findings, gaps, ...examinedOf(rotations) };
  },
});

function endless(secret: string): Unavailable {
  return {
    ok: false,
    reason: 'invalid',
    source: `rotation of ${secret}`,
    detail: 'it is in its grace, and its journal does not say until when',
    hint: `agentops secrets history ${secret}`,
  };
}
