import { dollars } from '../../model/format.ts';
import { defineCheck } from '../check.ts';
import { thresholdSettings } from '../threshold.ts';
import { agentSubjects, judgeSubjects } from './by-agent.ts';

const id = 'performance/cost-per-task';

export const costPerTask = defineCheck({
  meta: {
    id,
    category: 'performance',
    title: 'cost per task',
    why: 'A task this dear is rarely worth it; a loop or a model too large for it is the usual reason.',
    remedy: ['Compare models and steps per task of this agent with others.', 'Set a budget per task or session in the gateway.'],
  },
  needs: ['prometheus.performance'],
  uses: [],
  settings: thresholdSettings({ warn: 1, fail: null }, 'US dollars'),
  evaluate: ({ 'prometheus.performance': metrics }, thresholds) =>
    judgeSubjects(
      metrics,
      agentSubjects(metrics, (row) => row.costPerTask),
      {
        id,
        label: 'cost per task',
        unit: '$',
        format: dollars,
        direction: 'above',
        thresholds,
        pieces: ['cost', 'requests'],
        essential: false,
        events: 'requests',
      },
    ),
});
