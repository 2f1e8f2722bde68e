import { describe, expect, it } from 'vitest';
import type { ConsumerRecord } from '../../../packages/core/src/model/rotation.ts';
import { holdersInPlace, mayHoldRestored, removeOurs, usersOf } from '../../../packages/core/src/secrets/kubernetes/usage.ts';
import { testGatherContext } from '../../support/host.ts';
import { FakeCluster, unreachable } from './fake-cluster.ts';

type Dict = Record<string, unknown>;
const context = testGatherContext();
const spec = { containers: [{ envFrom: [{ secretRef: { name: 'key' } }] }] };
const record = (mark?: string): ConsumerRecord => ({
  id: 'x',
  from: 'key',
  to: 'key',
  workloads: [],
  ...(mark === undefined ? {} : { mark }),
});

function cluster(annotations: Dict = {}, managedFields: readonly Dict[] = []): FakeCluster {
  return new FakeCluster().put('Secret', 'key', { metadata: { annotations, managedFields } });
}

function pod(into: FakeCluster, name: string, startedAt: string, rotation?: string): void {
  into.put('Pod', name, {
    metadata: rotation === undefined ? {} : { annotations: { 'agentops.dev/rotation': rotation } },
    spec,
    status: { phase: 'Running', containerStatuses: [{ name: 'main', state: { running: { startedAt: `2026-11-21T${startedAt}Z` } } }] },
  });
}

const synced = { 'agentops.dev/rotation': 'r/2', 'agentops.dev/rotated-at': '2026-11-21T12:00:00.000Z' };
const restored = { ...synced, 'agentops.dev/rotation': 'r/2/back', 'agentops.dev/restored-at': '2026-11-21T13:00:00.000Z' };

/** Pods that began before, between and after the new value was there, and two of a changed template. */
function withPods(into: FakeCluster): FakeCluster {
  pod(into, 'before', '11:00:00');
  pod(into, 'between', '12:30:00');
  pod(into, 'after', '13:30:00');
  pod(into, 'changed', '12:30:00', 'r/2');
  pod(into, 'changed-back', '13:00:01', 'r/2/back');
  return into;
}

describe('who holds what of a Secret in place', () => {
  it('after the new value came: who began before it has the old one', async () => {
    const its = withPods(cluster(synced));
    expect(await holdersInPlace(its, 'n', record(), 'from', context)).toEqual(['Pod before']);
    expect((await holdersInPlace(its, 'n', record(), 'to', context)).length).toBe(5);
  });

  it('after the old value came back: who began between has the new one', async () => {
    const its = withPods(cluster(restored));
    expect(await holdersInPlace(its, 'n', record(), 'to', context)).toEqual(['Pod between', 'Pod changed']);
    expect((await holdersInPlace(its, 'n', record(), 'from', context)).length).toBe(5);
  });

  it('in the seconds around a change may hold either', async () => {
    const its = cluster(synced);
    pod(its, 'at-once', '12:00:01');
    expect(await holdersInPlace(its, 'n', record(), 'from', context)).toEqual(['Pod at-once']);
  });

  it('where the new value never came everybody has the old one', async () => {
    for (const [annotations, mark] of [
      [{}, undefined],
      [synced, 'r/2'],
    ] as const) {
      const its = withPods(cluster(annotations));
      expect((await holdersInPlace(its, 'n', record(mark), 'from', context)).length).toBe(5);
      expect(await holdersInPlace(its, 'n', record(mark), 'to', context)).toEqual([]);
    }
  });

  it('where the mark was taken away anybody may hold either', async () => {
    const applied = [{ manager: 'agentops', operation: 'Apply' }];
    for (const [its, mark] of [
      [cluster({}, applied), undefined],
      [cluster({}), 'r/1'],
    ] as const) {
      withPods(its);
      expect((await holdersInPlace(its, 'n', record(mark), 'from', context)).length).toBe(5);
      expect((await holdersInPlace(its, 'n', record(mark), 'to', context)).length).toBe(5);
    }
  });

  it('needs a restart after the way back where a container began anew with the new value', async () => {
    const its = withPods(cluster(restored));
    const pods = await its.list({ kind: 'Pod', group: '', version: 'v1', plural: 'pods' });
    expect(await mayHoldRestored(its, 'n', 'key', 'r/2', pods, context)).toBe(true);
    expect(await mayHoldRestored(its, 'n', 'key', 'r/3', pods, context)).toBe(false);
    const only = pods.filter(({ metadata }) => (metadata as Dict).name === 'before');
    expect(await mayHoldRestored(its, 'n', 'key', 'r/2', only, context)).toBe(false);
  });
});

describe('who names a Secret', () => {
  it('is listed, each kind of workload by its template; Jobs and pods that are over are not', async () => {
    const its = new FakeCluster();
    for (const kind of ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'Rollout']) its.put(kind, 'it', { spec: { template: { spec } } });
    its.put('CronJob', 'it', { spec: { jobTemplate: { spec: { template: { spec } } } } });
    its.put('Job', 'done', { spec: { template: { spec } }, status: { conditions: [{ type: 'Complete', status: 'True' }] } });
    its.put('Job', 'failed', { spec: { template: { spec } }, status: { conditions: [{ type: 'Failed', status: 'True' }] } });
    its.put('Job', 'suspended', { spec: { template: { spec } }, status: { conditions: [{ type: 'Suspended', status: 'True' }] } });
    its.put('Pod', 'over', { spec, status: { phase: 'Failed' } });
    its.put('Pod', 'living', { spec, status: { phase: 'Pending' } });
    expect(await usersOf(its, 'n', 'key', context)).toEqual([
      'Deployment it',
      'StatefulSet it',
      'DaemonSet it',
      'CronJob it',
      'Job it',
      'Job suspended',
      'Rollout it',
      'Pod living',
    ]);
    expect(await usersOf(its, 'n', 'key-v1', context)).toEqual([]);
  });

  it('without Rollouts on the server, nothing is missing; without a permission for what is there, it is', async () => {
    const its = new FakeCluster();
    its.forbidden = 'Rollout';
    its.served = false;
    expect(await usersOf(its, 'n', 'key', context)).toEqual([]);
    its.served = true;
    await expect(usersOf(its, 'n', 'key', context)).rejects.toMatchObject({ kind: 'transient' });
    its.forbidden = 'CronJob';
    await expect(usersOf(its, 'n', 'key', context)).rejects.toMatchObject({ kind: 'transient' });
    its.failing = unreachable;
    await expect(usersOf(its, 'n', 'key', context)).rejects.toBe(unreachable);
  });
});

describe('removing a Secret', () => {
  it('takes ours alone, and the one that was looked at', async () => {
    const ours = { uid: 'u-1', annotations: { 'agentops.dev/secret': 'key' } };
    const its = new FakeCluster()
      .put('Secret', 'key-v1', { metadata: ours })
      .put('Secret', 'key-v2', { metadata: { uid: 'u-2', annotations: { 'agentops.dev/secret': 'other' } } })
      .put('Secret', 'key-v3', { metadata: { uid: 'u-3' } });
    for (const name of ['key-v1', 'key-v2', 'key-v3', 'key-v4']) await removeOurs(its, 'n', name, 'key', context);
    expect(its.writes).toEqual([['delete', 'Secret key-v1', { uid: 'u-1' }]]);
  });
});
