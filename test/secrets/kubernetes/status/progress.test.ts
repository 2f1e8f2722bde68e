import { describe, expect, it } from 'vitest';
import { argoProgress } from '../../../../packages/core/src/secrets/kubernetes/status/argo-rollout.ts';
import { blockedBy } from '../../../../packages/core/src/secrets/kubernetes/status/blocked.ts';
import { daemonSetProgress } from '../../../../packages/core/src/secrets/kubernetes/status/daemon-set.ts';
import { deploymentProgress } from '../../../../packages/core/src/secrets/kubernetes/status/deployment.ts';
import { statefulSetProgress } from '../../../../packages/core/src/secrets/kubernetes/status/stateful-set.ts';

type Dict = Record<string, unknown>;
const object = (spec: Dict, status: Dict, generation = 2) => ({ metadata: { name: 'a', generation }, spec, status });
const notSeen = 'waiting for the controller to see the change';

describe('a Deployment', () => {
  const well = { observedGeneration: 2, replicas: 3, updatedReplicas: 3, availableReplicas: 3 };
  it.each<[string, Dict, Dict, boolean, string]>([
    ['done', { replicas: 3 }, well, true, ''],
    ['of an earlier generation', { replicas: 3 }, { ...well, observedGeneration: 1 }, false, notSeen],
    ['never seen', { replicas: 3 }, {}, false, notSeen],
    ['half replaced', { replicas: 3 }, { ...well, updatedReplicas: 1 }, false, '1 of 3 pods replaced'],
    ['with an old pod', { replicas: 3 }, { ...well, replicas: 4 }, false, '1 old pod left'],
    ['with old pods', { replicas: 3 }, { ...well, replicas: 5 }, false, '2 old pods left'],
    ['not available', { replicas: 3 }, { ...well, availableReplicas: 2 }, false, '2 of 3 pods available'],
    ['scaled up meanwhile', { replicas: 5 }, well, false, '3 of 5 pods replaced'],
    ['without pods', { replicas: 0 }, { observedGeneration: 2 }, true, ''],
    ['without replicas in its spec, of which it has one', {}, { observedGeneration: 2 }, false, '0 of 1 pods replaced'],
  ])('%s', (_, spec, status, done, detail) => {
    expect(deploymentProgress(object(spec, status))).toMatchObject({ done, detail });
  });

  it('whose deadline passed has failed, but for one of before the change', () => {
    const conditions = [
      { type: 'Available', status: 'False', reason: 'ProgressDeadlineExceeded' },
      { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', lastTransitionTime: 't1', lastUpdateTime: 'u1' },
    ];
    const status = { ...well, conditions };
    expect(deploymentProgress(object({ replicas: 3 }, status))).toMatchObject({
      done: false,
      failed: { reason: 'ProgressDeadlineExceeded', stamp: 't1 u1' },
    });
    expect(deploymentProgress(object({ replicas: 3 }, { ...status, observedGeneration: 1 })).failed).toBeUndefined();
  });
});

describe('a StatefulSet', () => {
  const well = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2, updateRevision: 'b', currentRevision: 'b' };
  it.each<[string, Dict, boolean, string]>([
    ['done', well, true, ''],
    ['unseen', { ...well, observedGeneration: 1 }, false, notSeen],
    ['half replaced', { ...well, updatedReplicas: 1, currentRevision: 'a' }, false, '1 of 2 pods replaced'],
    ['with a pod that is not available', { ...well, availableReplicas: 1 }, false, '1 of 2 pods available'],
    ['with pods too many', { ...well, replicas: 3 }, false, 'pods too many are being removed'],
    ['whose revision is not current', { ...well, currentRevision: 'a' }, false, 'the new revision is not the current one yet'],
    ['of a server that counts no available ones', { ...well, availableReplicas: undefined, readyReplicas: 2 }, true, ''],
  ])('%s', (_, status, done, detail) => {
    expect(statefulSetProgress(object({ replicas: 2 }, status))).toMatchObject({ done, detail });
  });
});

describe('a DaemonSet', () => {
  const well = { observedGeneration: 2, desiredNumberScheduled: 4, updatedNumberScheduled: 4, numberAvailable: 4 };
  it.each<[string, Dict, boolean, string]>([
    ['done', well, true, ''],
    ['unseen', { ...well, observedGeneration: 1 }, false, notSeen],
    ['half replaced', { ...well, updatedNumberScheduled: 2 }, false, '2 of 4 pods replaced'],
    ['not available', { ...well, numberAvailable: 3 }, false, '3 of 4 pods available'],
    ['on no node', { observedGeneration: 2, desiredNumberScheduled: 0 }, true, ''],
  ])('%s', (_, status, done, detail) => {
    expect(daemonSetProgress(object({}, status))).toMatchObject({ done, detail });
  });
});

describe('an Argo Rollout', () => {
  const well = { observedGeneration: '2', phase: 'Healthy', updatedReplicas: 2, availableReplicas: 2, currentPodHash: 'b', stableRS: 'b' };
  const spec = { replicas: 2 };
  it.each<[string, Dict, Dict, boolean, string]>([
    ['done', spec, well, true, ''],
    ['unseen', spec, { ...well, observedGeneration: '1' }, false, notSeen],
    ['progressing', spec, { ...well, phase: 'Progressing' }, false, 'phase Progressing'],
    ['without a phase', spec, { ...well, phase: undefined }, false, 'phase not known yet'],
    ['not stable yet', spec, { ...well, stableRS: 'a' }, false, 'the new pods are not the stable ones yet'],
    [
      'paused',
      spec,
      { ...well, phase: 'Paused', updatedReplicas: 1 },
      false,
      'paused by its strategy (1 of 2 pods replaced): kubectl argo rollouts promote a',
    ],
    [
      'paused by hand',
      { ...spec, paused: true },
      well,
      false,
      'paused by its strategy (2 of 2 pods replaced): kubectl argo rollouts promote a',
    ],
    ['with an observed hash, as before 0.10', spec, { ...well, observedGeneration: '6b58d9c8f' }, true, ''],
  ])('%s', (_, itsSpec, status, done, detail) => {
    expect(argoProgress(object(itsSpec, status))).toMatchObject({ done, detail });
  });

  it('waits until the template that it refers to was seen', () => {
    const referenced = { metadata: { generation: 7 } };
    const status = { ...well, workloadObservedGeneration: '6' };
    expect(argoProgress(object(spec, status), referenced)).toMatchObject({ done: false, detail: notSeen });
    expect(argoProgress(object(spec, { ...status, workloadObservedGeneration: '7' }), referenced).done).toBe(true);
  });

  it('fails when degraded or aborted, once that is about the change', () => {
    expect(argoProgress(object(spec, { ...well, phase: 'Degraded' })).failed?.reason).toBe('Degraded');
    expect(argoProgress(object(spec, { ...well, abort: true, phase: 'Degraded' })).failed?.reason).toBe('Aborted');
    expect(argoProgress(object(spec, { ...well, phase: 'Degraded', observedGeneration: '1' })).failed).toBeUndefined();
  });
});

describe('what keeps a change from the pods', () => {
  const of = (kind: 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'Rollout', spec: Dict) =>
    blockedBy(kind, { metadata: { name: 'a' }, spec }, `${kind} agents/a`)?.reason;
  it('is said', () => {
    expect(of('Deployment', { paused: true })).toBe('Deployment agents/a is paused');
    expect(of('Rollout', { paused: true })).toBe('Rollout agents/a is paused');
    expect(of('StatefulSet', { updateStrategy: { type: 'OnDelete' } })).toMatch(/OnDelete/);
    expect(of('DaemonSet', { updateStrategy: { type: 'OnDelete' } })).toMatch(/OnDelete/);
    expect(of('StatefulSet', { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 3 } } })).toBe(
      'StatefulSet agents/a has a partition of 3: pods below a-3 stay on the old value',
    );
  });
  it('is not there usually', () => {
    expect(of('Deployment', { paused: false, strategy: { type: 'Recreate' } })).toBeUndefined();
    expect(of('StatefulSet', { updateStrategy: { rollingUpdate: { partition: 0 } } })).toBeUndefined();
    expect(of('DaemonSet', { updateStrategy: { type: 'RollingUpdate' } })).toBeUndefined();
    expect(of('Rollout', {})).toBeUndefined();
  });
});
