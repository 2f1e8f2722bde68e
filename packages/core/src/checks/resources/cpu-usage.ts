import { defineCheck } from '../check.ts';
import { containerUsage } from './usage.ts';
import { usageSettings } from './usage-settings.ts';

export const cpuUsage = defineCheck({
  meta: {
    id: 'resources/cpu-usage',
    category: 'resources',
    title: 'CPU of containers',
    why: 'A container near its CPU limit is throttled: it answers late long before anything fails.',
    remedy: [
      'See which container it is: kubectl top pod --containers.',
      'If the load is real, add replicas or raise the CPU limit; if it is not, look for a busy loop in the container.',
      'Throttling shows in container_cpu_cfs_throttled_periods_total.',
    ],
    source: 'metrics.k8s.io usage over the container’s limit',
  },
  needs: ['kubernetes.pods', 'kubernetes.podusage'],
  uses: [],
  settings: usageSettings('the CPU limit', 0.8, null),
  evaluate: (input, settings, context) => containerUsage('cpu', input['kubernetes.pods'], input['kubernetes.podusage'], settings, context),
});
