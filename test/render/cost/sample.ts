import type { CostRecommendation, CostReport } from '../../../packages/core/src/model/cost-report.ts';
import type { UsageRecord } from '../../../packages/core/src/model/usage.ts';
import { type ReportOptions, reportOf } from '../../cost/report/report-of.ts';
import { haiku, sonnet, testBook, usage } from '../../support/price-book.ts';

const gpt = { provider: 'openai', prices: { input: '1.25', output: '10', cacheRead: '0.125', cacheWrite5m: '1.25', cacheWrite1h: '1.25' } };
const prices = testBook({ 'claude-sonnet-4-5': sonnet, 'claude-haiku-4-5': haiku, 'gpt-5': gpt });
const day = 86_400_000;
const today = Date.parse('2026-11-21T00:00:00Z');

/** Ten weeks of four agents, dearer on weekdays; a loop on Thursday; a model that nobody has a price for; a hostile name. */
function records(): UsageRecord[] {
  const all: UsageRecord[] = [];
  const add = (fields: Parameters<typeof usage>[0]): void => void all.push(usage({ ...fields, key: `k${all.length}` }));
  for (let ago = 70; ago >= 0; ago -= 1) {
    const start = today - ago * day + 6 * 3_600_000;
    const weekday = [0, 6].includes(new Date(start).getUTCDay()) ? 2 : 5;
    const session = `s-${String(ago).padStart(3, '0')}`;
    const cached = { input: 9000, output: 90_000 + (ago % 4) * 1000, cacheRead: 4_000_000, cacheWrite5m: 300_000 };
    for (let n = 0; n < weekday; n += 1) {
      add({ at: start + n * 60_000, agent: 'planner', session, tokens: cached });
      add({
        at: start + n * 70_000,
        agent: 'code-gen',
        model: 'gpt-5',
        session: `c-${ago}`,
        tokens: { input: 1_200_000, output: 160_000 },
        latencyMs: 4000,
      });
      add({
        at: start + n * 80_000,
        agent: 'summarizer',
        model: 'claude-haiku-4-5',
        requests: 40,
        tokens: { input: 300_000 + (70 - ago) * 900, output: 20_000 },
      });
    }
  }
  const thursday = today - 2 * day + 14 * 3_600_000;
  for (let n = 0; n < 30; n += 1)
    add({
      at: thursday + n * 60_000,
      agent: 'planner',
      session: '8f3c21aa-7a1e',
      tokens: { input: 40, output: 60_000, cacheRead: 2_000_000 },
    });
  add({ at: today, agent: 'tester', model: 'zeta-9', tokens: { input: 2_000_000, output: 100_000 } });
  add({ at: today, agent: '</td><script>alert(1)</script>|*_`', status: 'error', tokens: { input: 1000 } });
  return all;
}

const recommendations: readonly CostRecommendation[] = [
  {
    id: 'substitution/summarizer',
    title: 'summarizer: claude-haiku-4-5 → gpt-5-mini: quality 0.93 of floor 0.90 on 412 of your runs',
    saving: '12.3456',
    basis: 'the tokens of 1,040 requests, priced on both models; assumes as many tokens',
    how: ['agentops cost what-if --map claude-haiku-4-5=gpt-5-mini', 'Move a small share of it first.'],
    group: 'substitution/summarizer',
  },
  {
    id: 'batch/summarizer',
    title: 'summarizer: nobody waits for it → batch processing of claude-haiku-4-5',
    saving: '9.1',
    basis: '1,040 requests of 1 kind, named as not interactive in the configuration',
    how: [],
    group: 'substitution/summarizer',
  },
  {
    id: 'runaway-session/planner',
    title: 'planner: 1 session over $9.00',
    saving: null,
    basis: '7 sessions',
    how: ['Look at it.'],
    group: 'r',
  },
];

/** A report with something of everything in it. */
export function sampleCostReport(options: ReportOptions = {}): Promise<CostReport> {
  return reportOf(records(), {
    prices,
    by: ['model', 'agent'],
    monthlyBudget: 700_000_000_000_000n,
    recommendations,
    rejected: 3,
    lab: 'bad-rollout',
    notes: ['not read: litellm postgres://db/litellm: connection refused; its spend since the last reading is missing here'],
    ...options,
  });
}
