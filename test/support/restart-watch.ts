import type { KubernetesApi } from '../../scripts/servers/kubernetes-api.ts';

interface Deployments {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly generation: number };
    readonly spec: { readonly replicas: number };
    readonly status: {
      readonly observedGeneration?: number;
      readonly replicas?: number;
      readonly updatedReplicas?: number;
      readonly availableReplicas?: number;
    };
  }[];
}

/** Watches how many deployments of a namespace are in the middle of a rollout at once. */
export function watchRestarts(
  api: KubernetesApi,
  namespace: string,
): { stop(): Promise<{ readonly most: number; readonly names: readonly string[] }> } {
  let stopped = false;
  let most: readonly string[] = [];
  const looking = (async () => {
    while (!stopped) {
      const { items } = (await api.get(`/apis/apps/v1/namespaces/${namespace}/deployments`)) as Deployments;
      const restarting = items.filter(({ metadata, spec, status }) => {
        if ((status.observedGeneration ?? 0) < metadata.generation) return true;
        return status.updatedReplicas !== spec.replicas || status.replicas !== spec.replicas || status.availableReplicas !== spec.replicas;
      });
      if (restarting.length > most.length) most = restarting.map(({ metadata }) => metadata.name);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  return {
    async stop() {
      stopped = true;
      await looking;
      return { most: most.length, names: most };
    },
  };
}

/** Resolves once every deployment of a namespace stands still. */
export async function untilSettled(api: KubernetesApi, namespace: string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const { items } = (await api.get(`/apis/apps/v1/namespaces/${namespace}/deployments`)) as Deployments;
    if (items.every(({ spec, status }) => status.availableReplicas === spec.replicas && status.replicas === spec.replicas)) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`the deployments of ${namespace} do not settle`);
}
