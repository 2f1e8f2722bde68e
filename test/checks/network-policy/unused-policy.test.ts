import { describe, expect, it } from 'vitest';
import { unusedPolicy } from '../../../packages/core/src/checks/network-policy/unused-policy.ts';
import { available } from '../../../packages/core/src/model/evidence.ts';
import type { NetworkPolicy, Pod } from '../../../packages/core/src/model/kubernetes.ts';
import { forbidden, type Given, lines, pod, policy, run } from './builders.ts';

const app = (name: string) => ({ podSelector: { matchLabels: { app: name } } });
const check = (policies: readonly NetworkPolicy[], pods: readonly Pod[], more: Given = {}, settings: unknown = {}) =>
  run(unusedPolicy, { 'kubernetes.networkpolicies': policies, 'kubernetes.pods': pods, ...more }, settings);

describe('unused-policy', () => {
  it('a policy that selects no pod', () => {
    const result = check([policy('api', app('api'))], [pod('web', { app: 'web' })]);
    expect(lines(result)).toEqual(['info agents/NetworkPolicy/api: selects no pod | at least 1 pod']);
    expect(result.status).toBe('pass');
    expect(result.findings[0]?.next).toEqual([
      'kubectl --context prod -n agents describe networkpolicy api',
      'kubectl --context prod -n agents get pods --show-labels',
    ]);
  });

  it('a pod of another namespace is no use', () => {
    expect(check([policy('api', app('api'))], [pod('api', { app: 'api' }, { namespace: 'other' })]).findings).toHaveLength(1);
  });

  it.each([
    ['a running pod', pod('api', { app: 'api' })],
    ['a finished pod: a Job between two runs', pod('api', { app: 'api' }, { phase: 'Succeeded' })],
  ])('used by %s', (_name, one) => {
    expect(check([policy('api', app('api'))], [one]).findings).toEqual([]);
  });

  it('a default deny in an empty namespace waits for its first pod', () => {
    expect(check([policy('deny')], []).findings).toEqual([]);
  });

  it('a namespace whose pods could not be read is not judged', () => {
    const result = check([policy('api', app('api'))], [], {
      'kubernetes.pods': available('kubernetes prod', [], [forbidden('pods', 'agents')]),
    });
    expect(result).toMatchObject({ status: 'unknown', findings: [] });
  });

  it('without the pods it is unknown', () => {
    expect(check([policy('api', app('api'))], [], { 'kubernetes.pods': forbidden('pods') })).toMatchObject({
      status: 'unknown',
      findings: [],
    });
  });

  it('the severity is a setting', () => {
    expect(check([policy('api', app('api'))], [], {}, { severity: 'warning' }).status).toBe('warn');
    expect(check([policy('api', app('api'))], [], {}, { severity: 'off' }).findings).toEqual([]);
  });
});
