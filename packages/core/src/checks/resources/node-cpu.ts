import { defineCheck } from '../check.ts';
import { nodeUsage } from './usage.ts';
import { usageSettings } from './usage-settings.ts';

export const nodeCpu = defineCheck({
  meta: {
    id: 'resources/node-cpu',
    category: 'resources',
    title: 'CPU of nodes',
    why: 'On a node without spare CPU every pod slows down, those without requests first.',
    remedy: [
      'See who uses it: kubectl top pod -A --sort-by=cpu.',
      'Set requests that match the real usage, so that the scheduler spreads the load, or add nodes.',
    ],
    source: 'metrics.k8s.io usage over the node’s allocatable',
  },
  needs: ['kubernetes.nodes', 'kubernetes.nodeusage'],
  uses: [],
  settings: usageSettings('the allocatable CPU', 0.8, null),
  evaluate: (input, settings, context) => nodeUsage('cpu', input['kubernetes.nodes'], input['kubernetes.nodeusage'], settings, context),
});
