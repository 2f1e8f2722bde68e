import { count } from '../../model/format.ts';
import { defineCheck } from '../check.ts';
import { thresholdSettings } from '../threshold.ts';
import { agentSubjects, judgeSubjects } from './by-agent.ts';

const id = 'performance/tokens-per-task';

export const tokensPerTask = defineCheck({
  meta: {
    id,
    category: 'performance',
    title: 'tokens per task',
    why: 'Long contexts cost money and time on every turn of a task.',
    remedy: ['See whether the context grows with every step: summarise or prune it.', 'Use prompt caching for the part that stays.'],
  },
  needs: ['prometheus.performance'],
  uses: [],
  settings: thresholdSettings({ warn: 50_000, fail: null }, 'tokens'),
  evaluate: ({ 'prometheus.performance': metrics }, thresholds) =>
    judgeSubjects(
      metrics,
      agentSubjects(metrics, (row) => row.tokensPerTask),
      {
        id,
        label: 'tokens per task',
        unit: 'tokens',
        format: count,
        direction: 'above',
        thresholds,
        pieces: ['tokens', 'requests'],
        essential: false,
        events: 'requests',
      },
    ),
});
