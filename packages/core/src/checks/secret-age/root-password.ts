import { z } from 'zod';
import type { Unavailable } from '../../model/evidence.ts';
import type { SecretRotations } from '../../model/servers.ts';
import { defineCheck, type FindingDraft } from '../check.ts';
import { ageText } from './age.ts';
import { judgeAge, limitsFor } from './policy.ts';
import { day } from './read.ts';
import { historyOf, rotationOf, timeOf } from './rotations.ts';

/** How old the passwords are with which Vault logs in to databases. */
export const rootPasswordAge = defineCheck({
  meta: {
    id: 'secret-age/root-password',
    category: 'secret-age',
    title: 'age of root passwords inside Vault',
    why: 'Vault’s own login to a database may do everything there; whoever set it up once knows the password until it is rotated.',
    remedy: [
      'It never leaves Vault, so no version tells its age: it is counted from the last rotation that agentops has on record.',
      'maxAge of its entry below secrets: is the limit: over it, or never rotated, is a warning; over twice of it is critical.',
    ],
  },
  needs: ['vault.rotations'],
  uses: [],
  settings: z.strictObject({}),
  evaluate(input, _settings, context) {
    const roots = input['vault.rotations'].secrets.filter(({ root }) => root !== undefined);
    const findings: FindingDraft[] = [];
    const gaps: Unavailable[] = [];
    for (const one of roots) {
      const issued = one.journals.flatMap(({ history }) => history.filter(({ state }) => state === 'ISSUED').map(({ at }) => timeOf(at)));
      const made = Math.max(...issued.filter((at) => at !== undefined));
      if (one.journals.length === 0) findings.push(never(one));
      else if (!Number.isFinite(made)) gaps.push(unknownAge(one));
      else {
        const age = Math.max(0, context.now - made);
        const watched = [{ name: one.secret, maxAge: one.root?.maxAge ?? 0, rotates: true }];
        const verdict = judgeAge({ min: age, max: age }, limitsFor({ warnDays: 90, failDays: 180 }, undefined, watched) ?? []);
        if (verdict.over !== 'yes') continue;
        findings.push({
          severity: verdict.severity,
          resource: rotationOf(one),
          seen: ageText({ min: age, max: age }),
          expected: `${verdict.text}; its last rotation`,
          measured: { value: Math.floor(age / day), unit: 'days' },
          threshold: { value: verdict.limit / day, unit: 'days' },
          next: [`agentops secrets rotate ${one.secret} --dry-run`, historyOf(one)],
          since: made + verdict.limit,
        });
      }
    }
    const note = roots.length === 0 ? { note: 'no root password is configured' } : {};
    return { findings, gaps, examined: { count: roots.length, noun: 'password' }, ...note };
  },
});

function never(one: SecretRotations): FindingDraft {
  return {
    severity: 'warning',
    resource: rotationOf(one),
    seen: 'never rotated by agentops',
    expected: 'a rotation on record: its age is not known',
    next: [`agentops secrets rotate ${one.secret} --dry-run`],
  };
}

function unknownAge(one: SecretRotations): Unavailable {
  const detail = 'none of its newest rotations came as far as a new password: its age is not known';
  return { ok: false, reason: 'absent', source: `rotation of ${one.secret}`, detail, hint: historyOf(one) };
}
