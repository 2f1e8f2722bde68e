import { describe, expect, it } from 'vitest';
import { healthOf, isOver, ownerOf, readTimes, secretsOf } from '../../../packages/core/src/secrets/kubernetes/pods.ts';

type Dict = Record<string, unknown>;
const pod = (status: Dict, metadata: Dict = {}) => ({ metadata: { name: 'p', uid: 'u', ...metadata }, status });
const container = (state: Dict, more: Dict = {}) => ({ name: 'main', restartCount: 0, state, ...more });
const waiting = (reason: string) => ({ waiting: { reason } });

describe('the health of a pod', () => {
  it('that is well', () => {
    const status = { conditions: [{ type: 'Ready', status: 'True' }], containerStatuses: [container({ running: {} })] };
    expect(healthOf(pod(status))).toEqual({
      name: 'p',
      uid: 'u',
      ready: true,
      leaving: false,
      restarts: 0,
      broken: undefined,
      waiting: '',
    });
  });

  it.each(['CrashLoopBackOff', 'CreateContainerConfigError', 'ImagePullBackOff', 'RunContainerError'])(
    'that hangs in %s is broken',
    (reason) => {
      expect(healthOf(pod({ containerStatuses: [container(waiting(reason))] })).broken).toBe(`container main: ${reason}`);
      expect(healthOf(pod({ initContainerStatuses: [container(waiting(reason))] })).broken).toBe(`container main: ${reason}`);
    },
  );

  it.each(['ContainerCreating', 'PodInitializing', 'ErrImagePull'])('that is in %s may yet come up', (reason) => {
    expect(healthOf(pod({ containerStatuses: [container(waiting(reason))] }))).toMatchObject({ broken: undefined, waiting: reason });
  });

  it('whose container ended with an error is broken; one that ended well, or only initialised, is not', () => {
    const ended = (exitCode: number) => container({ terminated: { exitCode, reason: 'Error', message: 'cnry' } });
    expect(healthOf(pod({ containerStatuses: [ended(1)] })).broken).toBe('container main: ended with 1 (Error)');
    expect(healthOf(pod({ containerStatuses: [ended(0)] })).broken).toBeUndefined();
    expect(healthOf(pod({ initContainerStatuses: [ended(1)] })).broken).toBeUndefined();
  });

  it('counts restarts of what should go on running', () => {
    const status = {
      initContainerStatuses: [container({}, { restartCount: 5 })],
      containerStatuses: [container({}, { restartCount: 1 }), container({}, { restartCount: 2 })],
    };
    expect(healthOf(pod(status)).restarts).toBe(3);
  });

  it('says why it is not scheduled, in words of the API alone', () => {
    const unscheduled = (reason: string) => pod({ conditions: [{ type: 'PodScheduled', status: 'False', reason, message: 'cnry' }] });
    expect(healthOf(unscheduled('Unschedulable')).waiting).toBe('Unschedulable');
    expect(healthOf(unscheduled('the password is cnry')).waiting).toBe('');
  });

  it('that is being deleted is leaving', () => {
    expect(healthOf(pod({}, { deletionTimestamp: '2026-11-21T13:00:00Z' })).leaving).toBe(true);
  });
});

describe('a pod', () => {
  it('is over when it succeeded or failed', () => {
    expect(['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'].map((phase) => isOver(pod({ phase })))).toEqual([
      false,
      false,
      true,
      true,
      false,
    ]);
  });

  it('names Secrets', () => {
    const spec = { imagePullSecrets: [{ name: 'a' }], containers: [{ envFrom: [{ secretRef: { name: 'b' } }] }] };
    expect([...secretsOf({ spec })]).toEqual(['b', 'a']);
  });

  it('read its values when its containers began, else when it was made', () => {
    const metadata = { creationTimestamp: '2026-11-21T13:00:00Z' };
    const running = (startedAt: string) => container({ running: { startedAt } });
    expect(readTimes(pod({ containerStatuses: [running('2026-11-21T13:00:05Z'), running('2026-11-21T14:00:00Z')] }, metadata))).toEqual([
      Date.parse('2026-11-21T13:00:05Z'),
      Date.parse('2026-11-21T14:00:00Z'),
    ]);
    expect(readTimes(pod({ containerStatuses: [container(waiting('ContainerCreating'))] }, metadata))).toEqual([
      Date.parse('2026-11-21T13:00:00Z'),
    ]);
  });

  it('belongs to a workload', () => {
    const owned = (kind: string, name: string, labels: Dict = {}) =>
      ownerOf({ metadata: { name: 'p', labels, ownerReferences: [{ kind, name, controller: true }] } });
    expect(owned('ReplicaSet', 'web-7d4b', { 'pod-template-hash': '7d4b' })).toBe('Deployment web');
    expect(owned('ReplicaSet', 'alone')).toBe('ReplicaSet alone');
    expect(owned('StatefulSet', 'db')).toBe('StatefulSet db');
    expect(ownerOf({ metadata: { name: 'p' } })).toBe('Pod p');
  });
});
