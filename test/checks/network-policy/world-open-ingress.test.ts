import { describe, expect, it } from 'vitest';
import { worldOpenIngress } from '../../../packages/core/src/checks/network-policy/world-open-ingress.ts';
import type { NetworkPolicy, PolicyRule } from '../../../packages/core/src/model/kubernetes.ts';
import { forbidden, type Given, lines, pod, policy, run, service, tcp } from './builders.ts';

const check = (rules: PolicyRule[], more: Partial<NetworkPolicy> = {}, given: Given = {}, settings: unknown = {}) =>
  run(
    worldOpenIngress,
    {
      'kubernetes.networkpolicies': [policy('in', { ingress: rules, ...more })],
      'kubernetes.pods': [],
      'kubernetes.services': [],
      ...given,
    },
    settings,
  );

const world = { ipBlock: { cidr: '0.0.0.0/0', except: [] } };
const line = (severity: string, text: string) => `${severity} agents/NetworkPolicy/in: ingress from ${text} | named sources`;

describe('world-open ingress', () => {
  it.each<[string, PolicyRule[], string[]]>([
    ['ingress: [{}]', [{}], [line('warning', 'any source, any port')]],
    ['from: []', [{ peers: [] }], [line('warning', 'any source, any port')]],
    ['from missing, a port: a note', [{ ports: [tcp(8080)] }], [line('info', 'any source on TCP 8080')]],
    ['0.0.0.0/0 on a port', [{ peers: [world], ports: [tcp(8080)] }], [line('warning', '0.0.0.0/0 on TCP 8080')]],
    [
      'every pod of every namespace, any port: a note',
      [{ peers: [{ namespaceSelector: {} }] }],
      [line('info', 'every pod of every namespace, any port')],
    ],
    ['every pod of every namespace, a port', [{ peers: [{ namespaceSelector: {} }], ports: [tcp(80)] }], []],
    ['named sources', [{ peers: [{ podSelector: {} }] }], []],
    ['a default deny', [], []],
  ])('%s', (_name, rules, expected) => {
    expect(lines(check(rules))).toEqual(expected);
  });

  it('ingress rules that are not in force do not count', () => {
    expect(check([{}], { policyTypes: ['Egress'] }).findings).toEqual([]);
  });

  const web = { podSelector: { matchLabels: { app: 'web' } } };
  const pods = [pod('web', { app: 'web', tier: 'front' })];

  it.each(['LoadBalancer', 'NodePort'])('pods behind a %s are public on purpose: a note', (type) => {
    const services = [service('web', { type, selector: { app: 'web' } })];
    const result = check([{}], web, { 'kubernetes.pods': pods, 'kubernetes.services': services });
    expect(lines(result)).toEqual([line('info', 'any source, any port')]);
    expect(result.findings[0]?.detail).toBe(`1 open rule: any source, any port. Public through ${type} web`);
    expect(result.status).toBe('pass');
  });

  it.each([
    ['a ClusterIP is not public', service('web', { selector: { app: 'web' } })],
    ['a service of other pods', service('api', { type: 'LoadBalancer', selector: { app: 'api' } })],
    ['a service of another namespace', service('web', { namespace: 'other', type: 'LoadBalancer', selector: { app: 'web' } })],
    ['a service without a selector', service('web', { type: 'LoadBalancer' })],
  ])('%s', (_name, one) => {
    expect(check([{}], web, { 'kubernetes.pods': pods, 'kubernetes.services': [one] }).findings[0]?.severity).toBe('warning');
  });

  it('one public pod among those that the policy opens excuses nothing', () => {
    const services = [service('web', { type: 'LoadBalancer', selector: { app: 'web' } })];
    const both = [...pods, pod('db', { app: 'db' })];
    expect(check([{}], {}, { 'kubernetes.pods': both, 'kubernetes.services': services }).findings[0]?.severity).toBe('warning');
  });

  it('services that could not be read: the rule is open, whether on purpose is unknown', () => {
    const result = check([{}], web, { 'kubernetes.pods': pods, 'kubernetes.services': forbidden('services') });
    expect(result.status).toBe('unknown');
    expect(lines(result)).toEqual([line('warning', 'any source, any port')]);
  });

  it('the severity is a setting', () => {
    expect(check([{}], {}, {}, { severity: 'critical' }).findings[0]?.severity).toBe('critical');
    expect(check([{}], {}, {}, { severity: 'off' }).findings).toEqual([]);
  });
});
