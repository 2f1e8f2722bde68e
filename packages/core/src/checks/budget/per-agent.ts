import type { Unavailable } from '../../model/evidence.ts';
import { defineCheck, type FindingDraft } from '../check.ts';
import { thresholdSettings } from '../threshold.ts';
import { dearest, judgeAmount } from './amount.ts';
import { spendFrom } from './spend.ts';
import { amountText } from './text.ts';

const id = 'budget/per-agent';

export const perAgent = defineCheck({
  meta: {
    id,
    category: 'budget',
    title: 'spend by agent',
    why: 'One agent in a loop can spend the budget of all.',
    remedy: ['See what the agent did today: steps, tokens and model by task.', 'Limit it in the gateway, or raise budget.perAgent.'],
  },
  needs: [],
  uses: ['prometheus.spend', 'ledger.spend'],
  settings: thresholdSettings({ warn: 0.8, fail: 1 }, 'a share of the agent’s budget (0.8 is 80 %)'),
  evaluate: (evidence, thresholds) => {
    const noun = 'agent';
    const spend = spendFrom(evidence);
    if ('gaps' in spend) return { findings: [], gaps: spend.gaps, examined: { count: 0, noun } };
    const facts = spend.byAgent.slice(0, 10).map(({ name, amount }) => ({
      label: 'spend today',
      resource: { kind: 'Agent', name },
      text: amountText(amount),
    }));
    const limits = Object.entries(spend.limits.perAgent);
    if (limits.length === 0)
      return { findings: [], facts, examined: { count: 0, noun }, note: 'no budget of an agent is set (budget.perAgent)' };
    const figure = spend.today;
    const next = dearest(spend, '--period day --by agent');
    const findings: FindingDraft[] = [];
    const gaps: Unavailable[] = figure.amount ? [] : [...figure.gaps];
    let count = 0;
    for (const [name, limit] of limits) {
      const amount = spend.byAgent.find((part) => part.name === name)?.amount;
      if (!amount) {
        const detail = `no spend is labelled "${name}"`;
        if (figure.amount) gaps.push({ ok: false, reason: 'absent', source: figure.source, detail });
        continue;
      }
      count++;
      // The bounds of the whole hold for the parts: what was not seen today may be this agent's.
      const bounded = figure.amount?.atMost === null ? { ...amount, atMost: null } : amount;
      const resource = { kind: 'Agent', name };
      const judged = judgeAmount({ id, resource, period: 'today', amount: bounded, limit: BigInt(limit), thresholds, figure, next });
      if (judged.finding) findings.push(judged.finding);
      if (judged.gap) gaps.push({ ...judged.gap, detail: `${name}: ${judged.gap.detail}` });
    }
    findings.sort((a, b) =>
      a.severity === b.severity ? (b.measured?.value ?? 0) - (a.measured?.value ?? 0) : a.severity === 'critical' ? -1 : 1,
    );
    return { findings, gaps, facts, examined: { count, noun } };
  },
});
