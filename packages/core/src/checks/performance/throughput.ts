import { z } from 'zod';
import type { Unavailable } from '../../model/evidence.ts';
import type { Fact } from '../../model/finding.ts';
import { count, duration } from '../../model/format.ts';
import { defineCheck } from '../check.ts';
import { nounOf } from './by-agent.ts';

/** Shown, never judged: how much is too little, only the user knows. */
export const throughput = defineCheck({
  meta: {
    id: 'performance/throughput',
    category: 'performance',
    title: 'throughput and active agents',
    why: 'How much work there is, beside how well it goes: a good error ratio of no requests says nothing.',
    remedy: ['Nothing is judged here. Compare the numbers with a usual hour.'],
  },
  needs: ['prometheus.performance'],
  uses: [],
  settings: z.strictObject({}),
  evaluate: ({ 'prometheus.performance': metrics }) => {
    const source = `prometheus ${metrics.url}`;
    const gaps: Unavailable[] = metrics.gaps
      .filter(({ piece }) => piece === 'requests' || piece === 'active')
      .map(({ unavailable }) => unavailable);
    const facts: Fact[] = [];
    let seen = 0;
    for (const row of metrics.agents) {
      const resource = { kind: row.kind === 'agent' ? 'Agent' : 'Model', name: row.agent };
      const rate = row.throughput.value;
      if (rate !== null) {
        seen++;
        const text = rate === 0 ? `no requests in ${duration(metrics.windowSeconds * 1000)}` : `${count(rate)} requests/s`;
        facts.push({ label: 'throughput', resource, text, measured: { value: rate, unit: '1/s' } });
      } else if (gaps.length === 0)
        gaps.push({ ok: false, reason: 'absent', source, detail: `${row.agent}: ${row.throughput.why ?? 'no value'}` });
      const active = row.activeAgents.value;
      if (active !== null)
        facts.push({ label: 'active agents', resource, text: `${count(active)} active`, measured: { value: active, unit: 'count' } });
    }
    if (metrics.agents.length === 0 && gaps.length === 0) {
      gaps.push({ ok: false, reason: 'absent', source, detail: 'no agent or model has a sample' });
    }
    return {
      findings: [],
      gaps,
      facts,
      examined: { count: seen, noun: nounOf(metrics.agents.map(({ kind }) => (kind === 'agent' ? 'Agent' : 'Model'))) },
    };
  },
});
