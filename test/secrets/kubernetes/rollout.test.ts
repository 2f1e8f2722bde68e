import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ClusterFailure } from '../../../packages/core/src/secrets/kubernetes/cluster-failure.ts';
import { rolloutOf } from '../../../packages/core/src/secrets/kubernetes/rollout.ts';
import type { RolloutOptions } from '../../../packages/core/src/secrets/kubernetes/rollout-options.ts';
import type { RunContext } from '../../../packages/core/src/secrets/ports.ts';
import { testHost } from '../../support/host.ts';
import { FakeCluster, unreachable } from './fake-cluster.ts';

type Dict = Record<string, unknown>;

let cluster: FakeCluster;
let context: RunContext;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  cluster = new FakeCluster();
  const host = testHost({ clock: { now: () => Date.now(), monotonic: () => Date.now(), timeZone: 'UTC' } });
  context = { host, signal: new AbortController().signal, deadline: host.clock.monotonic() + 3_600_000 };
});
afterEach(() => {
  vi.useRealTimers();
});

const rotation = 'openai/1';
const well = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };

function web(secret: string, status: Dict = well, spec: Dict = {}): void {
  cluster.put('Deployment', 'web', {
    metadata: { uid: 'd', generation: 2, resourceVersion: '5' },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { annotations: { 'agentops.dev/rotation': rotation } }, spec: { imagePullSecrets: [{ name: secret }] } },
      ...spec,
    },
    status,
  });
  cluster.put('ReplicaSet', 'web-1', { metadata: { uid: 'rs', ownerReferences: [{ uid: 'd' }] } });
}

function pod(name: string, secret: string, more: { status?: Dict; metadata?: Dict; owner?: string } = {}): void {
  cluster.put('Pod', name, {
    metadata: { uid: name, ownerReferences: [{ uid: more.owner ?? 'rs' }], ...more.metadata },
    spec: { imagePullSecrets: [{ name: secret }] },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }], ...more.status },
  });
}

const notReady = { conditions: [{ type: 'Ready', status: 'False' }] };
const restarted = (restartCount: number) => ({ containerStatuses: [{ name: 'main', restartCount, state: { running: {} } }] });

function workload(overrides: Partial<RolloutOptions> = {}) {
  return rolloutOf({
    cluster: async () => cluster,
    kind: overrides.kind ?? 'Deployment',
    record: {
      kind: overrides.kind ?? 'Deployment',
      namespace: 'agents',
      name: 'web',
      references: [{ pointer: '/spec/template/spec/imagePullSecrets/0/name', name: 'key' }],
    },
    family: 'key',
    to: 'key-v5',
    rotation,
    inPlace: false,
    settle: 3000,
    timeout: 60_000,
    context,
    ...overrides,
  });
}

/** Waits for the workload while the clock runs, a second at a time; `then` is done after so many seconds. */
async function ending(
  waiting: Promise<void>,
  then: Readonly<Record<number, () => void>> = {},
  seconds = 200,
): Promise<{ after: number; failure: unknown }> {
  let ended: { failure: unknown } | undefined;
  waiting.then(
    () => {
      ended = { failure: undefined };
    },
    (failure: unknown) => {
      ended = { failure };
    },
  );
  for (let second = 0; second <= seconds; second++) {
    await vi.advanceTimersByTimeAsync(0);
    if (ended) return { after: second, failure: ended.failure };
    then[second]?.();
    await vi.advanceTimersByTimeAsync(1000);
  }
  throw new Error('it did not end');
}

describe('waiting for a workload', () => {
  it('takes the settle time, and all of it again where a pod was not ready', async () => {
    web('key-v5');
    pod('a', 'key-v5');
    pod('b', 'key-v5');
    expect((await ending(workload().finished(() => undefined))).after).toBe(3);
    const reports: string[] = [];
    const { after, failure } = await ending(
      workload().finished((detail) => reports.push(detail)),
      { 1: () => pod('b', 'key-v5', { status: notReady }), 3: () => pod('b', 'key-v5') },
    );
    expect(failure).toBeUndefined();
    expect(after).toBe(7);
    expect(reports).toContain('1 of 2 pods ready');
    expect(reports).toContain('2 of 2 pods ready, watching that they stay so');
  });

  it('ends at once where there is no pod to wait for', async () => {
    web('key-v5', { observedGeneration: 2 }, { replicas: 0 });
    expect((await ending(workload().finished(() => undefined))).after).toBe(0);
  });

  it('counts pods of its own alone, and old ones until they are gone', async () => {
    web('key-v5');
    pod('a', 'key-v5');
    pod('b', 'key-v5');
    pod('someone-else', 'key', { owner: 'other', status: notReady });
    pod('old', 'key', { metadata: { deletionTimestamp: 'now' } });
    const reports: string[] = [];
    const { after } = await ending(
      workload().finished((detail) => reports.push(detail)),
      { 5: () => cluster.objects.delete('Pod old') },
    );
    expect(after).toBe(9);
    expect(reports[0]).toBe('2 of 2 pods ready, 1 old pod left');
  });

  it('where ReplicaSets may not be seen counts every pod that the selector finds', async () => {
    web('key-v5');
    cluster.forbidden = 'ReplicaSet';
    pod('a', 'key-v5');
    pod('b', 'key-v5');
    pod('of-an-unknown-owner', 'key', { owner: 'other' });
    const { failure } = await ending(workload({ timeout: 5000 }).finished(() => undefined));
    expect(failure).toMatchObject({
      kind: 'refused',
      message: 'Deployment agents/web was not done within 5 s: 2 of 2 pods ready, 1 old pod left',
    });
  });

  it('does not fail for an old pod that takes its time to end', async () => {
    web('key-v5');
    pod('a', 'key-v5');
    pod('b', 'key-v5');
    pod('old', 'key', { metadata: { deletionTimestamp: 'now' } });
    expect(await ending(workload({ timeout: 10_000 }).finished(() => undefined))).toEqual({ after: 10, failure: undefined });
  });

  it('is refused when the time is over, with the reason that a pod gives', async () => {
    web('key-v5', { ...well, availableReplicas: 1 });
    pod('a', 'key-v5');
    pod('b', 'key-v5', { status: { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }] } });
    const { failure } = await ending(workload({ timeout: 4000 }).finished(() => undefined));
    expect(failure).toMatchObject({
      kind: 'refused',
      message: 'Deployment agents/web was not done within 4 s: 1 of 2 pods ready, 1 of 2 pods available, pod b: Unschedulable',
    });
  });

  it('is refused where a container of a new pod restarts or ends, not where one of an old pod does', async () => {
    web('key-v5');
    pod('a', 'key-v5', { status: restarted(1) });
    pod('b', 'key-v5');
    pod('old', 'key', { status: restarted(7) });
    const { failure, after } = await ending(
      workload().finished(() => undefined),
      {
        // What had restarted before the waiting began is no news; the old pod is not judged.
        2: () => pod('old', 'key', { status: restarted(8) }),
        4: () => pod('a', 'key-v5', { status: restarted(2) }),
      },
    );
    expect(after).toBe(5);
    expect(failure).toMatchObject({ kind: 'refused', message: 'Deployment agents/web: pod a restarted with the new value' });
    const ended = { containerStatuses: [{ name: 'main', state: { terminated: { exitCode: 1, reason: 'Error' } } }] };
    pod('a', 'key-v5', { status: ended });
    expect((await ending(workload().finished(() => undefined))).failure).toMatchObject({
      kind: 'refused',
      message: 'Deployment agents/web: pod a, container main: ended with 1 (Error)',
    });
    // The scaler removes it: how it ends says nothing.
    pod('a', 'key-v5', { status: ended, metadata: { deletionTimestamp: 'now' } });
    cluster.objects.delete('Pod old');
    pod('c', 'key-v5');
    expect((await ending(workload().finished(() => undefined))).failure).toBeUndefined();
  });

  it('a pod that appears later with a restart is refused', async () => {
    web('key-v5');
    pod('a', 'key-v5');
    const { failure } = await ending(
      workload().finished(() => undefined),
      { 1: () => pod('b', 'key-v5', { status: restarted(1) }) },
    );
    expect(failure).toMatchObject({ kind: 'refused', message: 'Deployment agents/web: pod b restarted with the new value' });
  });

  it('is refused when the controller gives up, but not by a verdict of before the change', async () => {
    const gaveUp = (at: string) => [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', lastTransitionTime: at }];
    web('key', { ...well, conditions: gaveUp('t1') });
    const its = workload();
    await its.start();
    expect(cluster.writes.length).toBe(1);
    web('key-v5', { ...well, conditions: gaveUp('t1'), availableReplicas: 0 });
    const { failure, after } = await ending(
      its.finished(() => undefined),
      {
        5: () => web('key-v5', { ...well, conditions: gaveUp('t2') }),
      },
    );
    expect(after).toBe(6);
    expect(failure).toMatchObject({ kind: 'refused', message: 'Deployment agents/web: ProgressDeadlineExceeded' });
  });

  it('goes on while the server cannot be reached, and then says that nothing was seen', async () => {
    web('key-v5');
    pod('a', 'key-v5');
    pod('b', 'key-v5');
    cluster.failing = unreachable;
    const reports: string[] = [];
    const back = await ending(
      workload().finished((detail) => reports.push(detail)),
      {
        10: () => {
          cluster.failing = undefined;
        },
      },
    );
    expect(back).toEqual({ after: 14, failure: undefined });
    expect(reports[0]).toBe('cannot be seen at the moment: get Deployment agents/web: connection refused');
    cluster.failing = unreachable;
    expect((await ending(workload({ timeout: 7000 }).finished(() => undefined))).failure).toMatchObject({
      kind: 'transient',
      message: 'Deployment agents/web: get Deployment agents/web: connection refused',
    });
  });

  it('does not wait for a permission', async () => {
    cluster.failing = new ClusterFailure('transient', 'Forbidden', 'not allowed to get Deployment agents/web', { hint: 'needs get' });
    expect(await ending(workload().finished(() => undefined))).toMatchObject({
      after: 0,
      failure: { kind: 'transient', hint: 'needs get' },
    });
  });

  it('ends with the run', async () => {
    web('key-v5', { ...well, availableReplicas: 1 });
    const stop = new AbortController();
    const { failure, after } = await ending(
      workload({ context: { ...context, signal: stop.signal } }).finished(() => undefined),
      {
        3: () => stop.abort(),
      },
    );
    expect(after).toBe(4);
    expect(failure).toMatchObject({ kind: 'transient', message: expect.stringContaining('the run ended while it was waited for') });
  });

  it('is a conflict where it is deleted or pointed elsewhere meanwhile', async () => {
    web('key-v5');
    const elsewhere = await ending(
      workload().finished(() => undefined),
      { 2: () => web('key-v4') },
    );
    expect(elsewhere.failure).toMatchObject({
      kind: 'conflict',
      message: 'Deployment agents/web was pointed to Secret key-v4 by somebody else',
    });
    web('key-v5');
    const gone = await ending(
      workload().finished(() => undefined),
      { 2: () => cluster.objects.delete('Deployment web') },
    );
    expect(gone.failure).toMatchObject({ kind: 'conflict', message: 'Deployment agents/web is gone' });
  });

  it('in place judges pods by their rotation', async () => {
    web('key');
    pod('a', 'key', { metadata: { annotations: { 'agentops.dev/rotation': rotation } } });
    pod('b', 'key', { metadata: { annotations: { 'agentops.dev/rotation': 'openai/0' } } });
    const { after, failure } = await ending(
      workload({ inPlace: true, to: 'key' }).finished(() => undefined),
      {
        3: () => pod('b', 'key', { metadata: { annotations: { 'agentops.dev/rotation': rotation } } }),
      },
    );
    expect({ after, failure }).toEqual({ after: 7, failure: undefined });
  });
});

describe('a patch that somebody was faster than', () => {
  it('is made anew from what is there, a few times', async () => {
    web('key');
    let tries = 0;
    vi.spyOn(cluster, 'jsonPatch').mockImplementation(async () => {
      tries += 1;
      throw new ClusterFailure('refused', 'Invalid', 'the API server refuses');
    });
    await expect(workload().start()).rejects.toMatchObject({ kind: 'refused' });
    expect(tries).toBe(5);
    tries = 0;
    vi.spyOn(cluster, 'jsonPatch').mockImplementation(async () => {
      tries += 1;
      web('key-v5');
      throw new ClusterFailure('conflict', 'Conflict', 'was changed');
    });
    // Another process of the same rotation did it.
    await workload().start();
    expect(tries).toBe(1);
  });

  it('is not repeated where the server does not answer', async () => {
    web('key');
    const patch = vi.spyOn(cluster, 'jsonPatch').mockRejectedValue(unreachable);
    await expect(workload().start()).rejects.toBe(unreachable);
    expect(patch).toHaveBeenCalledTimes(1);
  });
});

describe('the way back', () => {
  it('where nothing was changed is there at once, whatever state the pods are in', async () => {
    web('key', { ...well, availableReplicas: 0 });
    cluster.put('Deployment', 'web', {
      metadata: { uid: 'd' },
      spec: { template: { metadata: {}, spec: { imagePullSecrets: [{ name: 'key' }] } } },
    });
    pod('a', 'key', { status: { ...notReady, containerStatuses: [{ name: 'main', state: { waiting: { reason: 'CrashLoopBackOff' } } }] } });
    const its = workload();
    await its.restore();
    expect(cluster.writes).toEqual([]);
    expect(await ending(its.finished(() => undefined))).toEqual({ after: 0, failure: undefined });
  });

  it('of a workload that is gone has nothing to do', async () => {
    const its = workload();
    await its.restore();
    expect(await ending(its.finished(() => undefined))).toEqual({ after: 0, failure: undefined });
  });

  it('waits until no pod has the new value', async () => {
    web('key-v5');
    const its = workload();
    await its.restore();
    expect(cluster.writes).toEqual([
      [
        'jsonPatch',
        'Deployment web',
        [
          { op: 'test', path: '/spec/template/spec/imagePullSecrets/0/name', value: 'key-v5' },
          { op: 'replace', path: '/spec/template/spec/imagePullSecrets/0/name', value: 'key' },
          { op: 'test', path: '/spec/template/metadata/annotations/agentops.dev~1rotation', value: rotation },
          { op: 'remove', path: '/spec/template/metadata/annotations/agentops.dev~1rotation' },
        ],
      ],
    ]);
    web('key');
    pod('a', 'key');
    pod('b', 'key');
    pod('new', 'key-v5', { status: notReady });
    const { after } = await ending(
      its.finished(() => undefined),
      { 4: () => cluster.objects.delete('Pod new') },
    );
    expect(after).toBe(8);
  });

  it('of a StatefulSet removes a pod of the new template that hangs, and that one alone', async () => {
    const set = (secret: string) =>
      cluster.put('StatefulSet', 'web', {
        metadata: { uid: 's', generation: 1 },
        spec: { replicas: 1, template: { metadata: {}, spec: { imagePullSecrets: [{ name: secret }] } } },
        status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1, updateRevision: 'a', currentRevision: 'a' },
      });
    set('key-v5');
    const its = workload({ kind: 'StatefulSet' });
    await its.restore();
    cluster.writes.length = 0;
    set('key');
    pod('web-0', 'key', { owner: 's' });
    pod('web-1', 'key-v5', { owner: 's', status: notReady });
    pod('web-2', 'key-v5', { owner: 's' });
    const { failure } = await ending(
      its.finished(() => undefined),
      { 3: () => cluster.objects.delete('Pod web-2') },
    );
    expect(failure).toBeUndefined();
    expect(cluster.writes).toEqual([['delete', 'Pod web-1', { uid: 'web-1' }]]);
  });

  it('of a StatefulSet says which pod a person must remove, where we may not', async () => {
    const set = (secret: string) =>
      cluster.put('StatefulSet', 'web', {
        metadata: { uid: 's', generation: 1 },
        spec: { replicas: 1, template: { metadata: {}, spec: { imagePullSecrets: [{ name: secret }] } } },
        status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1, updateRevision: 'a', currentRevision: 'a' },
      });
    set('key-v5');
    const its = workload({ kind: 'StatefulSet', timeout: 5000 });
    await its.restore();
    set('key');
    pod('web-0', 'key-v5', { owner: 's', status: notReady });
    vi.spyOn(cluster, 'delete').mockRejectedValue(new ClusterFailure('transient', 'Forbidden', 'not allowed to delete Pod agents/web-0'));
    const reports: string[] = [];
    const { failure } = await ending(its.finished((detail) => reports.push(detail)));
    expect(reports[0]).toBe('0 of 1 pods ready, 1 old pod left: kubectl -n agents delete pod web-0');
    expect(failure).toMatchObject({ kind: 'refused', hint: 'kubectl -n agents delete pod web-0' });
  });
});
