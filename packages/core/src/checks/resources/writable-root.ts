import { defineCheck } from '../check.ts';
import { normSettings, outliers } from './norm.ts';

export const writableRoot = defineCheck({
  meta: {
    id: 'resources/writable-root',
    category: 'resources',
    title: 'writable root file systems',
    why: 'An attacker, or an agent that runs tools, can change the program it runs in; the rest of the namespace does without.',
    remedy: [
      'Set securityContext.readOnlyRootFilesystem: true, as the other workloads of the namespace do.',
      'Mount an emptyDir where it must write, such as /tmp.',
    ],
    source: 'readOnlyRootFilesystem; only where most of the namespace’s other workloads set it',
  },
  needs: ['kubernetes.pods'],
  uses: [],
  settings: normSettings,
  evaluate: (input, settings, context) =>
    outliers(
      {
        lax: (container) => (container.readOnlyRootFilesystem === true ? undefined : 'readOnlyRootFilesystem is not true'),
        seen: 'writable root file system',
        strictly: 'keep it read-only',
      },
      input['kubernetes.pods'],
      settings,
      context,
    ),
});
