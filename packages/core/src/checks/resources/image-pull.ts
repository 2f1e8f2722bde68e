import { z } from 'zod';
import { defineCheck } from '../check.ts';
import { byWorkload } from './group.ts';
import { describePod, eventsOf, livePods } from './pods.ts';
import { imageReasons, waitingFor, waitingTrouble } from './waiting.ts';

export const imagePull = defineCheck({
  meta: {
    id: 'resources/image-pull',
    category: 'resources',
    title: 'image pulls',
    why: 'The container cannot start without its image; a rollout stops here.',
    remedy: [
      'Read the registry’s answer in kubectl describe pod: not found is a wrong name or tag, unauthorized a missing or expired pull secret.',
      'Check the tag in the registry, the pod’s imagePullSecrets, and whether the node reaches the registry.',
      'To get back to the version before: kubectl rollout undo.',
    ],
    source: 'waiting reasons of the kubelet’s image manager',
  },
  needs: ['kubernetes.pods'],
  uses: [],
  settings: z.strictObject({}),
  evaluate(input, _settings, context) {
    const pods = livePods(input['kubernetes.pods']);
    const troubles = waitingFor(pods, imageReasons).map((waiting) =>
      waitingTrouble(waiting, 'image pulled', waiting.container.image, [describePod(context, waiting.pod), eventsOf(context, waiting.pod)]),
    );
    return { findings: byWorkload(troubles), examined: { count: pods.length, noun: 'pod' } };
  },
});
