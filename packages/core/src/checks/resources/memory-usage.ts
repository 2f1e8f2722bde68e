import { defineCheck } from '../check.ts';
import { containerUsage } from './usage.ts';
import { usageSettings } from './usage-settings.ts';

export const memoryUsage = defineCheck({
  meta: {
    id: 'resources/memory-usage',
    category: 'resources',
    title: 'memory of containers',
    why: 'A container that reaches its memory limit is killed at once, with whatever it was working on.',
    remedy: [
      'See whether it grows or is steady: kubectl top pod --containers, some minutes apart.',
      'Steady: raise the limit. Growing: look for a leak, or for contexts and caches without a bound.',
    ],
    source: 'metrics.k8s.io working set over the container’s limit',
  },
  needs: ['kubernetes.pods', 'kubernetes.podusage'],
  uses: [],
  settings: usageSettings('the memory limit', 0.85, 0.95),
  evaluate: (input, settings, context) =>
    containerUsage('memory', input['kubernetes.pods'], input['kubernetes.podusage'], settings, context),
});
