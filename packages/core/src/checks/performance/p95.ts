import { seconds } from '../../model/format.ts';
import { defineCheck } from '../check.ts';
import { thresholdSettings } from '../threshold.ts';
import { agentSubjects, judgeSubjects } from './by-agent.ts';

const id = 'performance/p95';

export const p95 = defineCheck({
  meta: {
    id,
    category: 'performance',
    title: 'p95 latency',
    why: 'One request in twenty is slower than this: users notice before the mean moves.',
    remedy: [
      'See whether the model, a tool or the queue in front is slow: compare the latency of the models with that of the agents.',
      'Compare with the time before the last rollout.',
    ],
  },
  needs: ['prometheus.performance'],
  uses: [],
  settings: thresholdSettings({ warn: 5, fail: null }, 'seconds'),
  evaluate: ({ 'prometheus.performance': metrics }, thresholds) =>
    judgeSubjects(
      metrics,
      agentSubjects(metrics, (row) => row.p95Seconds),
      {
        id,
        label: 'p95',
        unit: 's',
        format: seconds,
        direction: 'above',
        thresholds,
        pieces: ['latency'],
        essential: true,
        events: 'requests',
      },
    ),
});
