import { describe, expect, it } from 'vitest';
import { collectionPath, kinds, labelOf, workloadKind } from '../../../packages/core/src/secrets/kubernetes/kinds.ts';

describe('paths and names', () => {
  it('are those of the API', () => {
    expect(collectionPath(kinds.Secret, 'agents')).toBe('/api/v1/namespaces/agents/secrets');
    expect(collectionPath(kinds.Rollout, 'a/../b')).toBe('/apis/argoproj.io/v1alpha1/namespaces/a%2F..%2Fb/rollouts');
    expect(labelOf({ kind: kinds.Lease, namespace: 'agents', name: 'x' })).toBe('Lease agents/x');
    expect([workloadKind('StatefulSet'), workloadKind('CronJob'), workloadKind('constructor')]).toEqual([
      'StatefulSet',
      undefined,
      undefined,
    ]);
  });
});
