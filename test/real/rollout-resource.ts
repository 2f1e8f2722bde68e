import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesApi } from '../../scripts/servers/kubernetes-api.ts';

/** Installs Argo's Rollout with a schema that accepts anything, and waits until it is served; fine where it is there. */
export async function installRollouts(api: KubernetesApi): Promise<void> {
  await api.request('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'rollouts.argoproj.io' },
    spec: {
      group: 'argoproj.io',
      scope: 'Namespaced',
      names: { plural: 'rollouts', singular: 'rollout', kind: 'Rollout', listKind: 'RolloutList' },
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  });
  for (let tries = 0; tries < 200; tries++) {
    const { status } = await api.request('GET', '/apis/argoproj.io/v1alpha1/rollouts');
    if (status === 200) return;
    await sleep(100);
  }
  throw new Error('rollouts.argoproj.io is not served');
}
