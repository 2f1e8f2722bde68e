import { describe, expect, it } from 'vitest';
import { worldOpenEgress } from '../../../packages/core/src/checks/network-policy/world-open-egress.ts';
import type { NetworkPolicy, PolicyRule } from '../../../packages/core/src/model/kubernetes.ts';
import { forbidden, lines, policy, run, tcp, udp } from './builders.ts';

const check = (rules: PolicyRule[], more: Partial<NetworkPolicy> = {}, settings: unknown = {}) =>
  run(worldOpenEgress, { 'kubernetes.networkpolicies': [policy('out', { egress: rules, ...more })] }, settings);

const world = { ipBlock: { cidr: '0.0.0.0/0', except: [] } };
const everyPod = { namespaceSelector: {} };
const db = { podSelector: { matchLabels: { app: 'db' } } };
const line = (severity: string, text: string) => `${severity} agents/NetworkPolicy/out: egress to ${text}`;

describe('world-open egress', () => {
  it.each<[string, PolicyRule[], string[]]>([
    ['egress: [{}]', [{}], [line('warning', 'any destination, any port | named destinations and ports')]],
    ['to missing, a port', [{ ports: [tcp(5432)] }], [line('warning', 'any destination on TCP 5432 | named destinations and ports')]],
    ['to: []', [{ peers: [] }], [line('warning', 'any destination, any port | named destinations and ports')]],
    ['0.0.0.0/0', [{ peers: [world] }], [line('warning', '0.0.0.0/0, any port | named destinations and ports')]],
    ['::/0', [{ peers: [{ ipBlock: { cidr: '::/0', except: [] } }] }], [line('warning', '::/0, any port | named destinations and ports')]],
    [
      '0.0.0.0/0 without the private ranges',
      [{ peers: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] } }], ports: [tcp(80)] }],
      [line('warning', '0.0.0.0/0 except 10.0.0.0/8 on TCP 80 | named destinations and ports')],
    ],
    [
      '443 only: a note',
      [{ peers: [world], ports: [tcp(443)] }],
      [line('info', '0.0.0.0/0 on TCP 443 | named destinations, where they are known')],
    ],
    [
      'DNS to anyone: a note',
      [{ ports: [udp(53), tcp(53)] }],
      [line('info', 'any destination on UDP 53, TCP 53 | named destinations, where they are known')],
    ],
    [
      '443 and another',
      [{ peers: [world], ports: [tcp(443), tcp(22)] }],
      [line('warning', '0.0.0.0/0 on TCP 443, TCP 22 | named destinations and ports')],
    ],
    [
      'a wide range',
      [{ peers: [world], ports: [tcp(443, 65535)] }],
      [line('warning', '0.0.0.0/0 on TCP 443–65535 | named destinations and ports')],
    ],
    [
      'a range of one',
      [{ peers: [world], ports: [tcp(443, 443)] }],
      [line('info', '0.0.0.0/0 on TCP 443 | named destinations, where they are known')],
    ],
    [
      'all ports of a protocol',
      [{ peers: [world], ports: [{ protocol: 'TCP' }] }],
      [line('warning', '0.0.0.0/0 on any TCP port | named destinations and ports')],
    ],
    [
      'a name is not a number',
      [{ peers: [world], ports: [tcp('https')] }],
      [line('warning', '0.0.0.0/0 on TCP https | named destinations and ports')],
    ],
    ['named destinations', [{ peers: [db] }], []],
    ['a private range', [{ peers: [{ ipBlock: { cidr: '10.0.0.0/8', except: [] } }] }], []],
    [
      '0.0.0.0/0 beside a named destination is still open',
      [{ peers: [db, world], ports: [tcp(80)] }],
      [line('warning', '0.0.0.0/0 on TCP 80 | named destinations and ports')],
    ],
    ['to: [{}]', [{ peers: [{}] }], [line('warning', 'an empty destination {}, any port | named destinations and ports')]],
    [
      'every pod of every namespace',
      [{ peers: [everyPod] }],
      [line('info', 'every pod of every namespace, any port | named destinations and ports')],
    ],
    [
      'the same, with an empty podSelector',
      [{ peers: [{ ...everyPod, podSelector: {} }] }],
      [line('info', 'every pod of every namespace, any port | named destinations and ports')],
    ],
    ['DNS in the whole cluster is fine', [{ peers: [everyPod], ports: [udp(53)] }], []],
    ['every namespace, some pods', [{ peers: [{ ...everyPod, ...db }] }], []],
    ['no rules', [], []],
  ])('%s', (_name, rules, expected) => {
    expect(lines(check(rules, { policyTypes: ['Egress'] }))).toEqual(expected);
  });

  it('egress rules count where policyTypes is omitted', () => {
    expect(check([{}]).findings).toHaveLength(1);
  });

  it('egress rules that are not in force do not', () => {
    expect(check([{}], { policyTypes: ['Ingress'] }).findings).toEqual([]);
  });

  it('ingress rules are another check’s', () => {
    expect(run(worldOpenEgress, { 'kubernetes.networkpolicies': [policy('in', { ingress: [{}] })] }).findings).toEqual([]);
  });

  it('one finding a policy: the worst rule, all rules in the detail', () => {
    const result = check([{ peers: [world], ports: [tcp(443)] }, { peers: [db] }, { peers: [world] }]);
    expect(lines(result)).toEqual([line('warning', '0.0.0.0/0, any port | named destinations and ports')]);
    expect(result.findings[0]).toMatchObject({
      measured: { value: 2, unit: 'count' },
      detail:
        '2 open rules: 0.0.0.0/0 on TCP 443; 0.0.0.0/0, any port. The cloud metadata address 169.254.169.254 is among the destinations',
      next: ['kubectl --context prod -n agents get networkpolicy out -o yaml'],
    });
  });

  it('says that an empty peer names no one', () => {
    expect(check([{ peers: [{}] }]).findings[0]?.detail).toBe(
      '1 open rule: an empty destination {}, any port. An empty peer names no one: the API server refuses it, say what is meant',
    );
  });

  it('leaves the metadata address out where it is excepted', () => {
    const rule = { peers: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.0.0/16'] } }] };
    expect(check([rule]).findings[0]?.detail).toBe('1 open rule: 0.0.0.0/0 except 169.254.0.0/16, any port');
  });

  it('the expected ports are a setting', () => {
    expect(check([{ peers: [world], ports: [tcp(443)] }], {}, { expectedPorts: [] }).findings[0]?.severity).toBe('warning');
    expect(check([{ peers: [world], ports: [tcp(8443)] }], {}, { expectedPorts: [8443] }).findings[0]?.severity).toBe('info');
  });

  it('no policies: pass with a note', () => {
    expect(run(worldOpenEgress, { 'kubernetes.networkpolicies': [] })).toMatchObject({
      status: 'pass',
      note: 'no NetworkPolicy',
      findings: [],
    });
  });

  it('policies that could not be read: unknown', () => {
    expect(run(worldOpenEgress, { 'kubernetes.networkpolicies': forbidden('networkpolicies') })).toMatchObject({
      status: 'unknown',
      findings: [],
    });
  });
});
