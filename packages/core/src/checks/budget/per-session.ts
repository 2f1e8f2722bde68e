import type { Unavailable } from '../../model/evidence.ts';
import { defineCheck, type FindingDraft } from '../check.ts';
import { thresholdSettings } from '../threshold.ts';
import { dearest, judgeAmount } from './amount.ts';
import { spendFrom } from './spend.ts';

const id = 'budget/per-session';

export const perSession = defineCheck({
  meta: {
    id,
    category: 'budget',
    title: 'spend by session',
    why: 'A single session that costs this much has usually lost its way.',
    remedy: [
      'Look at the session’s last turns.',
      'Let the agent stop or ask at a limit; raise budget.perSession if this is a usual session.',
    ],
  },
  needs: [],
  uses: ['prometheus.spend', 'ledger.spend'],
  settings: thresholdSettings({ warn: 1, fail: null }, 'a share of budget.perSession (1 is 100 %)'),
  evaluate: (evidence, thresholds) => {
    const noun = 'session';
    const spend = spendFrom(evidence);
    if ('gaps' in spend) return { findings: [], gaps: spend.gaps, examined: { count: 0, noun } };
    const limit = spend.limits.perSession;
    if (limit === null) return { findings: [], examined: { count: 0, noun }, note: 'no budget of a session is set (budget.perSession)' };
    const figure = spend.month;
    const gaps: Unavailable[] = [];
    if (spend.bySession.length === 0) {
      gaps.push(...figure.gaps);
      if (gaps.length === 0) gaps.push({ ok: false, reason: 'absent', source: figure.source, detail: 'no spend has a session label' });
    }
    const next = dearest(spend, '--period month --by session');
    const findings: FindingDraft[] = [];
    let open = 0;
    for (const { name, amount } of spend.bySession) {
      // Sessions may be older than what was seen.
      const bounded = figure.amount?.atMost ? amount : { ...amount, atMost: null };
      const question = { id, resource: { kind: 'Session', name }, period: 'in this session', amount: bounded, limit: BigInt(limit) };
      const judged = judgeAmount({ ...question, thresholds, figure, next });
      if (judged.finding) findings.push(judged.finding);
      if (judged.gap && open++ === 0) gaps.push({ ...judged.gap, detail: `session ${name}: ${judged.gap.detail}` });
    }
    return { findings, gaps, examined: { count: spend.bySession.length, noun } };
  },
});
