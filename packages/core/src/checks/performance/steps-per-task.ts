import { count } from '../../model/format.ts';
import { defineCheck } from '../check.ts';
import { thresholdSettings } from '../threshold.ts';
import { agentSubjects, judgeSubjects } from './by-agent.ts';

const id = 'performance/steps-per-task';

export const stepsPerTask = defineCheck({
  meta: {
    id,
    category: 'performance',
    title: 'steps per task',
    why: 'An agent that needs this many steps is likely going in circles, and pays for every turn.',
    remedy: ['Look at the traces of long tasks for repeated tool calls.', 'Set a step limit in the agent.'],
  },
  needs: ['prometheus.performance'],
  uses: [],
  settings: thresholdSettings({ warn: 15, fail: null }, 'steps'),
  evaluate: ({ 'prometheus.performance': metrics }, thresholds) =>
    judgeSubjects(
      metrics,
      agentSubjects(metrics, (row) => row.stepsPerTask),
      {
        id,
        label: 'steps per task',
        unit: 'count',
        format: count,
        direction: 'above',
        thresholds,
        pieces: ['steps', 'requests'],
        essential: false,
        events: 'requests',
      },
    ),
});
