import { percent } from '../../model/format.ts';
import { defineCheck } from '../check.ts';
import { thresholdSettings } from '../threshold.ts';
import { judgeSubjects } from './by-agent.ts';

const id = 'performance/tool-error-ratio';

export const toolErrorRatio = defineCheck({
  meta: {
    id,
    category: 'performance',
    title: 'tool error ratio',
    why: 'An agent whose tool fails tries again, in other words: more steps, more tokens, and often a wrong answer.',
    remedy: [
      'Call the tool by hand with the arguments of a failed call.',
      'See whether its endpoint, its credentials or its schema changed.',
    ],
  },
  needs: ['prometheus.performance'],
  uses: [],
  settings: thresholdSettings({ warn: 0.05, fail: null }, 'a ratio (0.05 is 5 %)'),
  evaluate: ({ 'prometheus.performance': metrics }, thresholds) =>
    judgeSubjects(
      metrics,
      metrics.tools.map(({ tool, profile, errorRatio }) => ({ kind: 'Tool', name: tool, profile, reading: errorRatio })),
      {
        id,
        label: 'tool error ratio',
        unit: 'ratio',
        format: percent,
        direction: 'above',
        thresholds,
        pieces: ['tools'],
        essential: false,
        events: 'calls',
      },
    ),
});
