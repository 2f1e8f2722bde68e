import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  directions,
  effectivePolicyTypes,
  governable,
  isAllowAll,
  isDefaultDeny,
  isolatesNamespace,
  labelSetKey,
  policySet,
  rulesOf,
} from '../../../packages/core/src/checks/network-policy/coverage.ts';
import type { NetworkPolicy } from '../../../packages/core/src/model/kubernetes.ts';
import { pod, policy } from './builders.ts';

describe('podSelector', () => {
  it('an empty podSelector selects all pods of the policy’s namespace', () => {
    const set = policySet([policy('all')]);
    expect(set.governing(pod('web'), 'ingress')).toHaveLength(1);
    expect(set.governing(pod('web', { app: 'web' }), 'ingress')).toHaveLength(1);
  });

  it('a policy selects no pod of another namespace', () => {
    expect(policySet([policy('all')]).selecting(pod('web', {}, { namespace: 'other' }))).toEqual([]);
  });

  it('being named as a peer does not make a pod covered', () => {
    const set = policySet([
      policy('api', {
        podSelector: { matchLabels: { app: 'api' } },
        ingress: [{ peers: [{ podSelector: { matchLabels: { app: 'web' } } }] }],
      }),
    ]);
    expect(set.governing(pod('web', { app: 'web' }), 'ingress')).toEqual([]);
    expect(set.governing(pod('web', { app: 'web' }), 'egress')).toEqual([]);
  });
});

describe('policyTypes', () => {
  it.each<[string, Partial<NetworkPolicy>, readonly string[]]>([
    ['omitted, no rules at all: Ingress', {}, ['Ingress']],
    ['omitted, ingress rules: Ingress', { ingress: [{}] }, ['Ingress']],
    ['omitted, egress rules: Ingress and Egress', { egress: [{}] }, ['Ingress', 'Egress']],
    ['omitted, an empty egress list: Ingress only', { egress: [] }, ['Ingress']],
    ['an empty list is as good as omitted', { policyTypes: [], egress: [{}] }, ['Ingress', 'Egress']],
    ['Egress said: not Ingress, though there are ingress rules', { policyTypes: ['Egress'], ingress: [{}] }, ['Egress']],
    ['Ingress said: not Egress, though there are egress rules', { policyTypes: ['Ingress'], egress: [{}] }, ['Ingress']],
  ])('%s', (_name, more, expected) => {
    expect(effectivePolicyTypes(policy('p', more))).toEqual(expected);
  });

  it('rules of a direction that the policy does not govern are not in force', () => {
    expect(rulesOf(policy('p', { policyTypes: ['Ingress'], egress: [{}] }), 'egress')).toEqual([]);
  });

  it('an egress-only policy does not cover ingress', () => {
    const set = policySet([policy('p', { policyTypes: ['Egress'] })]);
    expect(set.governing(pod('web'), 'ingress')).toEqual([]);
    expect(set.governing(pod('web'), 'egress').map((each) => each.name)).toEqual(['p']);
    expect(set.selecting(pod('web')).map((each) => each.name)).toEqual(['p']);
  });
});

describe('default deny', () => {
  it.each<[string, Partial<NetworkPolicy>, 'ingress' | 'egress', boolean, boolean, boolean]>([
    ['no rule list is deny all', { policyTypes: ['Ingress'] }, 'ingress', true, false, true],
    ['an empty rule list is deny all', { ingress: [] }, 'ingress', true, false, true],
    ['an empty egress list denies egress where Egress is said', { policyTypes: ['Egress'], egress: [] }, 'egress', true, false, true],
    ['an empty egress list denies nothing where policyTypes is omitted', { egress: [] }, 'egress', false, false, false],
    ['one empty rule allows all', { ingress: [{}] }, 'ingress', false, true, false],
    ['an empty from in a rule is any peer', { ingress: [{ peers: [] }] }, 'ingress', false, true, false],
    [
      'an empty from on one port is not all',
      { ingress: [{ peers: [], ports: [{ protocol: 'TCP', port: 80 }] }] },
      'ingress',
      false,
      false,
      true,
    ],
    [
      'a rule for the namespace’s own pods still denies the rest',
      { ingress: [{ peers: [{ podSelector: {} }] }] },
      'ingress',
      false,
      false,
      true,
    ],
    ['some pods are not all', { podSelector: { matchLabels: { app: 'web' } } }, 'ingress', false, false, false],
    [
      'all pods of today by NotIn are not all of tomorrow',
      { podSelector: { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['x'] }] } },
      'ingress',
      false,
      false,
      false,
    ],
  ])('%s', (_name, more, direction, deny, allow, isolates) => {
    const one = policy('p', more);
    expect({ deny: isDefaultDeny(one, direction), allow: isAllowAll(one, direction), isolates: isolatesNamespace(one, direction) }).toEqual(
      {
        deny,
        allow,
        isolates,
      },
    );
  });
});

describe('governable', () => {
  it.each([
    ['running', {}, true],
    ['pending', { phase: 'Pending' }, true],
    ['hostNetwork pods are outside NetworkPolicy', { hostNetwork: true }, false],
    ['succeeded', { phase: 'Succeeded' }, false],
    ['failed', { phase: 'Failed' }, false],
    ['unknown: may still run', { phase: 'Unknown' }, true],
  ] as const)('%s', (_name, more, expected) => {
    expect(governable(pod('web', {}, more))).toBe(expected);
  });
});

const key = fc.constantFrom('app', 'tier');
const value = fc.constantFrom('a', 'b');
const labels = fc.dictionary(key, value);
const anyPolicy: fc.Arbitrary<NetworkPolicy> = fc
  .record({
    name: fc.string({ minLength: 1, maxLength: 4 }),
    namespace: fc.constantFrom('agents', 'other'),
    podSelector: fc.record({ matchLabels: labels }),
    policyTypes: fc.option(fc.uniqueArray(fc.constantFrom('Ingress' as const, 'Egress' as const)), { nil: undefined }),
    egress: fc.option(fc.constantFrom([], [{}]), { nil: undefined }),
  })
  .map(({ policyTypes, egress, ...rest }) => ({ ...rest, ...(policyTypes ? { policyTypes } : {}), ...(egress ? { egress } : {}) }));
const anyPod = fc.record({ namespace: fc.constantFrom('agents', 'other'), labels });

describe('properties', () => {
  it('the order of policies does not matter', () => {
    fc.assert(
      fc.property(fc.array(anyPolicy), fc.array(anyPod), fc.constantFrom(...directions), (policies, pods, direction) => {
        const forwards = policySet(policies);
        const backwards = policySet(policies.toReversed());
        for (const one of pods) expect(new Set(backwards.governing(one, direction))).toEqual(new Set(forwards.governing(one, direction)));
      }),
    );
  });

  it('adding a policy never makes a pod uncovered', () => {
    fc.assert(
      fc.property(fc.array(anyPolicy), anyPolicy, anyPod, fc.constantFrom(...directions), (policies, added, one, direction) => {
        const before = policySet(policies).governing(one, direction);
        expect(policySet([...policies, added]).governing(one, direction)).toEqual(expect.arrayContaining([...before]));
      }),
    );
  });

  it('remembering label sets changes no answer', () => {
    fc.assert(
      fc.property(fc.array(anyPolicy), fc.array(anyPod, { minLength: 2 }), (policies, pods) => {
        const shared = policySet(policies);
        for (const one of pods) expect(shared.selecting(one)).toEqual(policySet(policies).selecting(one));
      }),
    );
  });

  it('the key of a label set does not depend on the order of labels, and tells all others apart', () => {
    expect(labelSetKey('n', { a: '1', b: '2' })).toBe(labelSetKey('n', { b: '2', a: '1' }));
    fc.assert(
      fc.property(labels, labels, (a, b) => {
        expect(labelSetKey('n', a) === labelSetKey('n', b)).toBe(
          JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort()),
        );
      }),
    );
  });
});
