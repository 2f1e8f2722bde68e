import type { KubernetesApi } from '../../scripts/servers/kubernetes-api.ts';

interface Pods {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec?: unknown;
    readonly status?: { readonly phase?: string };
  }[];
}

/** Makes every pod (of such a name) that refers to such a Secret crash, as soon as it runs, until it is stopped. */
export function failPodsOf(api: KubernetesApi, namespace: string, secret: RegExp, pod = /./): { stop(): Promise<void> } {
  let stopped = false;
  const done = new Set<string>();
  const looking = (async () => {
    while (!stopped) {
      const { items } = (await api.get(`/api/v1/namespaces/${namespace}/pods`)) as Pods;
      for (const { metadata, spec, status } of items) {
        const reference = /"secretKeyRef":\{"name":"([^"]+)"/.exec(JSON.stringify(spec))?.[1] ?? '';
        if (!secret.test(reference) || !pod.test(metadata.name) || status?.phase !== 'Running' || done.has(metadata.name)) continue;
        const answer = await api.request(
          'PATCH',
          `/api/v1/namespaces/${namespace}/pods/${metadata.name}/status`,
          {
            status: {
              conditions: [
                { type: 'Ready', status: 'False', reason: 'ContainersNotReady' },
                { type: 'ContainersReady', status: 'False', reason: 'ContainersNotReady' },
              ],
              containerStatuses: [
                {
                  name: 'main',
                  ready: false,
                  restartCount: 3,
                  image: 'registry.example/agent:1.0',
                  imageID: '',
                  state: { waiting: { reason: 'CrashLoopBackOff' } },
                  lastState: { terminated: { exitCode: 1, reason: 'Error', startedAt: null, finishedAt: null } },
                },
              ],
            },
          },
          'application/strategic-merge-patch+json',
        );
        if (answer.status === 200) done.add(metadata.name);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  return {
    async stop() {
      stopped = true;
      await looking;
    },
  };
}
