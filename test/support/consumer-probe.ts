import type { KubernetesApi } from '../../scripts/servers/kubernetes-api.ts';
import type { SceneIssuer } from './http-issuer.ts';

interface Listed {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string };
    readonly data?: Readonly<Record<string, string>>;
    readonly spec?: unknown;
  }[];
}

export interface ConsumerProbe {
  /** Ends it and answers what it saw. */
  stop(): Promise<{ readonly asked: number; readonly refused: readonly string[] }>;
}

/**
 * Plays every pod of a namespace at 50 Hz: uses the value that the pod read
 * when it started against the issuer, over HTTP, as the pod itself would.
 */
export function startConsumerProbe(api: KubernetesApi, namespace: string, issuer: SceneIssuer, key = 'value'): ConsumerProbe {
  const held = new Map<string, { readonly name: string; readonly value: string }>();
  const refused: string[] = [];
  let asked = 0;
  let stopped = false;
  const look = async (): Promise<void> => {
    const [pods, secrets] = (await Promise.all([
      api.get(`/api/v1/namespaces/${namespace}/pods`),
      api.get(`/api/v1/namespaces/${namespace}/secrets`),
    ])) as [Listed, Listed];
    const values = new Map(secrets.items.map(({ metadata, data }) => [metadata.name, Buffer.from(data?.[key] ?? '', 'base64').toString()]));
    const living = new Set<string>();
    for (const { metadata, spec } of pods.items) {
      if (metadata.deletionTimestamp !== undefined) continue;
      living.add(metadata.uid);
      if (held.has(metadata.uid)) continue;
      const reference = /"secretKeyRef":\{"name":"([^"]+)"/.exec(JSON.stringify(spec))?.[1] ?? '';
      const value = values.get(reference);
      // Between the two lists the Secret may have come into being: the next look has it.
      if (value !== undefined) held.set(metadata.uid, { name: metadata.name, value });
    }
    for (const uid of held.keys()) if (!living.has(uid)) held.delete(uid);
  };
  const looking = (async () => {
    while (!stopped) {
      await look();
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
  })();
  const using = (async () => {
    while (!stopped) {
      const next = new Promise((resolve) => setTimeout(resolve, 20));
      const values = new Map([...held.values()].map(({ value, name }) => [value, name]));
      await Promise.all(
        [...values].map(async ([value, pod]) => {
          asked += 1;
          const answer = await fetch(issuer.checkUrl, { headers: { authorization: `Bearer ${value}` } });
          await answer.arrayBuffer();
          if (answer.status !== 200) refused.push(`${pod}: ${answer.status}`);
        }),
      );
      await next;
    }
  })();
  return {
    async stop() {
      stopped = true;
      await Promise.all([looking, using]);
      return { asked, refused };
    },
  };
}
