import { expect, it, vi } from 'vitest';
import { deployment, namespace, statefulSet } from '../../../../packages/lab/src/kubernetes/objects.ts';
import { playRollouts } from '../../../../packages/lab/src/kubernetes/rollouts/index.ts';
import { ObjectStore } from '../../../../packages/lab/src/kubernetes/store.ts';
import type { KubeObject } from '../../../../packages/lab/src/kubernetes/types.ts';
import { now } from '../support.ts';

it('what nobody changed stays as it is, pods that do not run included', () => {
  vi.useFakeTimers({ now });
  try {
    const store = new ObjectStore(() => Date.now());
    const containers = [{ name: 'main', image: 'main:1' }];
    const input = { namespace: 'agents', at: now - 86_400_000, replicas: 2, containers };
    const sick = deployment({ ...input, name: 'sick', states: [{ state: 'not-ready' }] });
    store.load([namespace('agents', now), ...sick.objects, ...statefulSet({ ...input, name: 'queue' }).objects]);
    store.load(deployment({ ...input, name: 'changed' }).objects);
    const rollouts = playRollouts(store, { everyMs: 100, startMs: 100 });
    const before = store.version;
    vi.advanceTimersByTime(1000);
    expect(store.version).toBe(before);

    const live = store.lookup('apps/v1', 'Deployment', 'agents', 'changed') as KubeObject;
    const spec = JSON.parse(JSON.stringify(live.spec).replace('main:1', 'main:2')) as object;
    store.replace(store.resourceOf(live), { ...live, metadata: { ...live.metadata, generation: 2 }, spec });
    const written = store.version;
    const changes = new Set<string>();
    store.onChange(({ object }) => changes.add(object.metadata.name.replace(/^(changed|sick|queue).*/, '$1')));
    vi.advanceTimersByTime(2000);
    expect(store.lookup('apps/v1', 'Deployment', 'agents', 'changed')?.status).toMatchObject({ observedGeneration: 2, updatedReplicas: 2 });
    expect([...changes]).toEqual(['changed']);
    expect(store.version).toBeGreaterThan(written);

    rollouts.stop();
    const stopped = store.version;
    vi.advanceTimersByTime(1000);
    expect(store.version).toBe(stopped);
  } finally {
    vi.useRealTimers();
  }
});
