import { expect, it } from 'vitest';
import { namespace, statefulSet } from '../../../../packages/lab/src/kubernetes/objects.ts';
import { Pods } from '../../../../packages/lab/src/kubernetes/rollouts/pods.ts';
import { Revisions, stepStatefulSet } from '../../../../packages/lab/src/kubernetes/rollouts/sets.ts';
import { ObjectStore } from '../../../../packages/lab/src/kubernetes/store.ts';
import type { Dict, KubeObject } from '../../../../packages/lab/src/kubernetes/types.ts';
import { now } from '../support.ts';

it('a StatefulSet is rolled out from its last pod on, and back to the revision that it came with', () => {
  const store = new ObjectStore(() => now);
  const containers = [{ name: 'queue', image: 'queue:1' }];
  store.load([
    namespace('agents', now),
    ...statefulSet({ namespace: 'agents', name: 'queue', at: now - 86_400_000, replicas: 2, containers }).objects,
  ]);
  const pods = new Pods(store, { startMs: 0, crashes: () => false });
  const set = (): KubeObject & { status: Dict } => pods.all('apps/v1', 'StatefulSet')[0] as KubeObject & { status: Dict };
  const revisions = new Revisions([set()]);
  const first = set().status.currentRevision;
  const image = (name: string): void => {
    const live = set();
    const spec = JSON.parse(JSON.stringify(live.spec).replace(/queue:\d/, name)) as Dict;
    pods.write({ ...live, metadata: { ...live.metadata, generation: (live.metadata.generation ?? 1) + 1 }, spec });
  };
  const run = (): string[] => {
    const seen: string[] = [];
    for (let step = 0; step < 8; step++) {
      pods.look();
      stepStatefulSet(pods, set(), revisions);
      const images = pods
        .all('v1', 'Pod')
        .map(({ metadata, spec }) => `${metadata.name} ${(spec as { containers: { image: string }[] }).containers[0]?.image}`);
      seen.push(images.join(', '));
    }
    return seen.filter((each, index) => each !== seen[index - 1]);
  };

  image('queue:2');
  expect(run()).toEqual(['queue-0 queue:1', 'queue-0 queue:1, queue-1 queue:2', 'queue-1 queue:2', 'queue-0 queue:2, queue-1 queue:2']);
  expect(set().status).toMatchObject({ observedGeneration: 2, replicas: 2, readyReplicas: 2, updatedReplicas: 2 });
  expect(set().status.currentRevision).not.toBe(first);

  image('queue:1');
  expect(run()).toHaveLength(4);
  expect(set().status).toMatchObject({ observedGeneration: 3, updatedReplicas: 2, currentRevision: first, updateRevision: first });
});
