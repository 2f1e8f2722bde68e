import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll } from 'vitest';
import type { KubernetesServer } from '../../scripts/servers/kubernetes.ts';
import { KubernetesApi } from '../../scripts/servers/kubernetes-api.ts';

/** Waits, after the tests of a file, until the namespaces that they made are gone: other suites count what is in the cluster. */
export function leaveClean(kubernetes: KubernetesServer): void {
  // Hooks run last in, first out: called first, it waits for what the others remove.
  afterAll(async () => {
    const api = new KubernetesApi({ url: kubernetes.url, caFile: kubernetes.caFile, token: kubernetes.tokens.admin });
    try {
      for (let tries = 0; tries < 200; tries++) {
        const { items } = (await api.get('/api/v1/namespaces')) as { items: readonly { metadata: { name: string } }[] };
        if (!items.some(({ metadata }) => /^(rotation|schedule)-/.test(metadata.name))) return;
        await sleep(500);
      }
    } finally {
      api.close();
    }
  }, 110_000);
}
