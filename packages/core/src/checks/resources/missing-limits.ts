import { defineCheck } from '../check.ts';
import { missingResources, missingSettings } from './missing-resources.ts';

export const missingLimits = defineCheck({
  meta: {
    id: 'resources/missing-limits',
    category: 'resources',
    title: 'resource limits',
    why: 'A container without a memory limit can take its whole node down with it; without a CPU limit it can slow its neighbours.',
    remedy: [
      'Set a memory limit with room above the usual peak; the container is killed there instead of the node.',
      'A CPU limit throttles; many leave it out where requests are right. That is why its absence is only mentioned.',
    ],
    source: 'limits of the newest pod of each workload, as admitted',
  },
  needs: ['kubernetes.pods'],
  uses: [],
  settings: missingSettings('limit', ['memory'], ['cpu']),
  evaluate: (input, settings, context) => missingResources('limits', input['kubernetes.pods'], settings, context),
});
