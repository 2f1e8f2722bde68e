import { picoToNumber } from '../../model/money.ts';
import type { FindingDraft } from '../check.ts';
import { defineCheck } from '../check.ts';
import { judge, thresholdSettings } from '../threshold.ts';
import { sharesOf } from './amount.ts';

const id = 'budget/hourly-tokens';

export const hourlyTokens = defineCheck({
  meta: {
    id,
    category: 'budget',
    title: 'tokens in the last hour',
    why: 'A loop shows in tokens within minutes, in the bill at the end of the month.',
    remedy: [
      'See which agent or model the tokens belong to.',
      'Stop or limit it in the gateway; raise budget.hourlyTokens if this is a usual hour.',
    ],
  },
  needs: ['prometheus.spend'],
  uses: [],
  settings: thresholdSettings({ warn: 1, fail: null }, 'a share of budget.hourlyTokens (1 is 100 %)'),
  evaluate: ({ 'prometheus.spend': spend }, thresholds) => {
    const amount = spend.tokensLastHour;
    const gaps = spend.gaps.filter(({ piece }) => piece === 'tokens').map(({ unavailable }) => unavailable);
    if (!amount) return { findings: [], gaps, examined: { count: 0, noun: 'budget' } };
    const limit = spend.limits.hourlyTokens;
    const judgement = judge(sharesOf(amount, BigInt(Math.round(limit * 1e6)) * 1_000_000n), thresholds, 'above');
    const least = picoToNumber(BigInt(amount.atLeast));
    const most = amount.atMost === null ? null : picoToNumber(BigInt(amount.atMost));
    const text = most === least ? tokens(least) : most === null ? `at least ${tokens(least)}` : `${tokens(least)} to ${tokens(most)}`;
    const facts = [{ label: 'tokens in the last hour', text: `${text} tokens`, measured: { value: least, unit: 'tokens' } }];
    const examined = { count: 1, noun: 'budget' };
    if (judgement.verdict === 'fine') return { findings: [], facts, examined };
    if (judgement.verdict === 'open') {
      const detail = `${text} tokens in the last hour, over ${tokens(limit)} or not can’t be said: a part could not be seen, or is counted by several counters`;
      return { findings: [], gaps: [{ ok: false, reason: 'absent', source: `prometheus ${spend.url}`, detail }, ...gaps], facts, examined };
    }
    const finding: FindingDraft = {
      severity: judgement.severity,
      resource: { kind: 'Budget', name: 'hourly tokens' },
      seen: `${text} tokens in the last hour`,
      expected: `over ${tokens(limit * judgement.threshold)}`,
      measured: { value: least, unit: 'tokens' },
      threshold: { value: limit * judgement.threshold, unit: 'tokens' },
      next: [`agentops explain ${id}`],
    };
    return { findings: [finding], facts, examined };
  },
});

function tokens(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}
