import type { Container } from '../../model/kubernetes.ts';
import { defineCheck } from '../check.ts';
import { normSettings, outliers } from './norm.ts';

export const runsAsRoot = defineCheck({
  meta: {
    id: 'resources/runs-as-root',
    category: 'resources',
    title: 'containers as root',
    why: 'Whoever breaks out of a container that runs as root is root on the node; the rest of the namespace does without.',
    remedy: [
      'Set securityContext.runAsNonRoot: true and a runAsUser other than 0, as the other workloads of the namespace do.',
      'If the image insists on root, build it with a USER line.',
    ],
    source: 'effective runAsUser and runAsNonRoot; only where most of the namespace’s other workloads are non-root',
  },
  needs: ['kubernetes.pods'],
  uses: [],
  settings: normSettings,
  evaluate: (input, settings, context) =>
    outliers({ lax: rootReason, seen: 'may run as root', strictly: 'run as non-root' }, input['kubernetes.pods'], settings, context),
});

/** With runAsNonRoot the kubelet refuses to start a container as root, whatever the image says. */
function rootReason({ runAsNonRoot, runAsUser }: Container): string | undefined {
  if (runAsNonRoot === true) return undefined;
  if (runAsUser === undefined) return 'the image decides (no runAsUser, no runAsNonRoot)';
  return runAsUser === 0 ? 'runAsUser 0' : undefined;
}
