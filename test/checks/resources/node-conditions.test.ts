import { expect, test } from 'vitest';
import { nodeConditions } from '../../../packages/core/src/checks/resources/node-conditions.ts';
import type { Node } from '../../../packages/core/src/model/kubernetes.ts';
import { ago, condition, minutes, node, run, seconds, told } from './objects.ts';

const evaluate = (...nodes: Node[]) => run(nodeConditions, { 'kubernetes.nodes': nodes });
const ready = condition('Ready', 'True');

test('a node that is not ready is critical, with the kubelet’s words', () => {
  const lost = condition('Ready', 'Unknown', {
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
    since: ago(minutes(4)),
  });
  expect(evaluate(node({ conditions: [lost] })).findings).toEqual([
    {
      severity: 'critical',
      resource: { kind: 'Node', name: 'node-a' },
      seen: 'NotReady',
      expected: 'Ready',
      detail: 'NodeStatusUnknown: Kubelet stopped posting node status.',
      since: ago(minutes(4)),
      key: 'NotReady',
      next: ['kubectl --context prod describe node node-a', 'kubectl --context prod get pods -A --field-selector spec.nodeName=node-a'],
    },
  ]);
});

test.each<[string, Partial<Node>, string[]]>([
  ['ready', {}, []],
  ['Ready=False', { conditions: [condition('Ready', 'False')] }, ['critical Node node-a: NotReady']],
  ['just joined', { conditions: [condition('Ready', 'False')], createdAt: ago(seconds(90)) }, ['info Node node-a: NotReady']],
  ['memory pressure', { conditions: [ready, condition('MemoryPressure', 'True')] }, ['warning Node node-a: MemoryPressure']],
  ['disk pressure', { conditions: [ready, condition('DiskPressure', 'True')] }, ['warning Node node-a: DiskPressure']],
  ['process pressure', { conditions: [ready, condition('PIDPressure', 'True')] }, ['warning Node node-a: PIDPressure']],
  ['no network', { conditions: [ready, condition('NetworkUnavailable', 'True')] }, ['critical Node node-a: NetworkUnavailable']],
  ['no pressure', { conditions: [ready, condition('MemoryPressure', 'False'), condition('DiskPressure', 'Unknown')] }, []],
  ['cordoned', { unschedulable: true }, ['info Node node-a: SchedulingDisabled']],
])('%s', (_what, more, expected) => expect(told(evaluate(node(more)))).toEqual(expected));

test('condition types that we don’t know are ignored', () => {
  expect(evaluate(node({ conditions: [ready, condition('KernelDeadlock', 'True'), condition('EtcdIsVoter', 'True')] }))).toEqual({
    findings: [],
    gaps: [],
    examined: { count: 1, noun: 'node' },
  });
});

test('a node that does not say whether it is ready is unknown', () => {
  const mute = node({ conditions: [condition('MemoryPressure', 'False')] });
  expect(evaluate(mute).gaps).toEqual([
    { ok: false, reason: 'absent', source: 'kubernetes nodes', detail: 'no Ready condition on 1 node: node-a' },
  ]);
});

test('the worst node comes first', () => {
  const outcome = evaluate(node({ unschedulable: true }), node({ name: 'node-b', conditions: [condition('Ready', 'False')] }));
  expect(outcome.findings.map(({ resource }) => resource.name)).toEqual(['node-b', 'node-a']);
});
