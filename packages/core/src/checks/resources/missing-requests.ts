import { defineCheck } from '../check.ts';
import { missingResources, missingSettings } from './missing-resources.ts';

export const missingRequests = defineCheck({
  meta: {
    id: 'resources/missing-requests',
    category: 'resources',
    title: 'resource requests',
    why: 'Without requests the scheduler packs the pod anywhere, it is evicted first, and an autoscaler on CPU cannot work.',
    remedy: [
      'Look at what it uses over a busy day: kubectl top pod --containers.',
      'Set requests to about that, in the workload or as a LimitRange default of the namespace.',
    ],
    source: 'requests of the newest pod of each workload, as admitted',
  },
  needs: ['kubernetes.pods'],
  uses: [],
  settings: missingSettings('request', ['cpu', 'memory'], []),
  evaluate: (input, settings, context) => missingResources('requests', input['kubernetes.pods'], settings, context),
});
