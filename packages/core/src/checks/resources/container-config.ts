import { z } from 'zod';
import { type CheckContext, defineCheck } from '../check.ts';
import { kubectl } from '../kubectl.ts';
import { byWorkload } from './group.ts';
import { describePod, livePods } from './pods.ts';
import { startReasons, waitingFor, waitingTrouble } from './waiting.ts';

export const containerConfig = defineCheck({
  meta: {
    id: 'resources/container-config',
    category: 'resources',
    title: 'container configuration',
    why: 'The container cannot be created as its pod describes it, most often because a Secret or ConfigMap is missing.',
    remedy: [
      'The message names what is missing: a Secret, a ConfigMap, a key in one of them, a command, a user.',
      'Create it in the pod’s namespace, or correct the name in the workload. The kubelet tries again by itself.',
    ],
    source: 'waiting reasons of the kubelet’s container runtime manager',
  },
  needs: ['kubernetes.pods'],
  uses: [],
  settings: z.strictObject({}),
  evaluate(input, _settings, context) {
    const pods = livePods(input['kubernetes.pods']);
    const troubles = waitingFor(pods, startReasons).map((waiting) =>
      waitingTrouble(waiting, 'container created', waiting.message, [
        describePod(context, waiting.pod),
        ...lookAt(waiting.message, waiting.pod.namespace, context),
      ]),
    );
    return { findings: byWorkload(troubles), examined: { count: pods.length, noun: 'pod' } };
  },
});

/** `secret "x" not found`, `couldn't find key k in ConfigMap ns/x` → whether it is there (names only, no values). */
function lookAt(message: string, namespace: string, { context }: CheckContext): string[] {
  const match = /\b(secret|configmap)s? (?:"([^"]+)"|(?:[a-z0-9-]+\/)?([a-z0-9][a-z0-9.-]*))/i.exec(message);
  const [, kind, quoted, bare] = match ?? [];
  const name = quoted ?? bare;
  return kind === undefined || name === undefined ? [] : [kubectl(context, namespace, 'get', kind.toLowerCase(), name)];
}
