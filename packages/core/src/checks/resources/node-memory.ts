import { defineCheck } from '../check.ts';
import { nodeUsage } from './usage.ts';
import { usageSettings } from './usage-settings.ts';

export const nodeMemory = defineCheck({
  meta: {
    id: 'resources/node-memory',
    category: 'resources',
    title: 'memory of nodes',
    why: 'A node that runs out of memory evicts pods or lets the kernel kill them.',
    remedy: [
      'See who uses it: kubectl top pod -A --sort-by=memory.',
      'Set memory requests that match the real usage, so that the scheduler spreads the load, or add nodes.',
    ],
    source: 'metrics.k8s.io working set over the node’s allocatable',
  },
  needs: ['kubernetes.nodes', 'kubernetes.nodeusage'],
  uses: [],
  settings: usageSettings('the allocatable memory', 0.85, 0.95),
  evaluate: (input, settings, context) => nodeUsage('memory', input['kubernetes.nodes'], input['kubernetes.nodeusage'], settings, context),
});
