import { setTimeout as sleep } from 'node:timers/promises';
import { kubernetesKeys, type Resource, resources } from '../../packages/core/src/evidence/kubernetes/resources.ts';
import type { KubernetesApi } from '../../scripts/servers/kubernetes-api.ts';

const builtIn = /^$|^(apps|batch|autoscaling)$|\.k8s\.io$/;

/** What agentops reads that a bare cluster does not serve: Istio, cert-manager, other policy engines. */
export const customResources: readonly Resource[] = kubernetesKeys
  .flatMap((key): readonly Resource[] => resources[key])
  .filter(({ group }) => !builtIn.test(group) || group === 'policy.networking.k8s.io');

/** Installs definitions that accept anything, and waits until the API server lists their groups. */
export async function installCustomResources(api: KubernetesApi, wanted: readonly Resource[]): Promise<void> {
  for (const { group, versions, name, namespaced } of wanted) {
    const singular = name.replace(/ies$/, 'y').replace(/s$/, '');
    const [version = 'v1'] = versions;
    await api.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: {
        name: `${name}.${group}`,
        // Kubernetes protects its own group names.
        annotations: { 'api-approved.kubernetes.io': 'https://github.com/kubernetes-sigs/network-policy-api' },
      },
      spec: {
        group,
        scope: namespaced ? 'Namespaced' : 'Cluster',
        names: { plural: name, singular, kind: singular, listKind: `${singular}List` },
        versions: [
          {
            name: version,
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        ],
      },
    });
  }
  const paths = wanted.map(({ group, versions, name }) => `/apis/${group}/${versions[0]}/${name}`);
  for (let tries = 0; tries < 200; tries++) {
    const answers = await Promise.all(paths.map((path) => api.request('GET', path)));
    const groups = (await api.request('GET', '/apis')).text;
    if (answers.every(({ status }) => status === 200) && wanted.every(({ group }) => groups.includes(`"${group}"`))) return;
    await sleep(100);
  }
  throw new Error(`custom resources were not served: ${paths.join(', ')}`);
}
