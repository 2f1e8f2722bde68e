import { z } from 'zod';
import type { Severity } from '../../model/finding.ts';
import { shorten } from '../../model/format.ts';
import type { Condition, Node } from '../../model/kubernetes.ts';
import { duration as durationSetting } from '../../model/setting.ts';
import { type CheckContext, defineCheck, type FindingDraft } from '../check.ts';
import { kubectl } from '../kubectl.ts';
import { bySeverity } from './group.ts';
import { conditionOf, unseen } from './pods.ts';

/** Types that Kubernetes itself defines, besides Ready. Others mean what their makers say, and are left alone. */
const troubles: Readonly<Record<string, Severity>> = {
  MemoryPressure: 'warning',
  DiskPressure: 'warning',
  PIDPressure: 'warning',
  NetworkUnavailable: 'critical',
};

export const nodeConditions = defineCheck({
  meta: {
    id: 'resources/node-conditions',
    category: 'resources',
    title: 'node conditions',
    why: 'Pods on a node that is not ready are cut off and moved after five minutes; a node under pressure evicts them.',
    remedy: [
      'kubectl describe node shows the condition’s message and when it changed.',
      'NotReady with “Kubelet stopped posting node status”: the machine, its network or the kubelet is down.',
      'DiskPressure: images and logs fill the disk. MemoryPressure: look at who uses it with kubectl top pod.',
    ],
    source: 'node conditions Ready, MemoryPressure, DiskPressure, PIDPressure, NetworkUnavailable',
  },
  needs: ['kubernetes.nodes'],
  uses: [],
  settings: z.strictObject({
    joinGrace: durationSetting.prefault('2m').describe('how long a new node may take to become ready'),
  }),
  evaluate(input, settings, context) {
    const nodes = input['kubernetes.nodes'];
    const mute = nodes.filter((node) => !conditionOf(node.conditions, 'Ready') && context.now - node.createdAt > settings.joinGrace);
    const findings = nodes.flatMap((node) => findingsOf(node, settings.joinGrace, context)).sort(bySeverity);
    return {
      findings,
      gaps: unseen(
        'kubernetes nodes',
        'no Ready condition on',
        'node',
        mute.map((node) => node.name),
      ),
      examined: { count: nodes.length, noun: 'node' },
    };
  },
});

function findingsOf(node: Node, joinGrace: number, context: CheckContext): FindingDraft[] {
  const found: FindingDraft[] = [];
  const ready = conditionOf(node.conditions, 'Ready');
  if (ready && ready.status !== 'True') {
    const joining = context.now - node.createdAt <= joinGrace;
    found.push(draft(node, joining ? 'info' : 'critical', 'NotReady', 'Ready', ready, context));
  }
  for (const condition of node.conditions) {
    const severity = troubles[condition.type];
    if (severity && condition.status === 'True') {
      found.push(draft(node, severity, condition.type, `no ${condition.type}`, condition, context));
    }
  }
  if (node.unschedulable) {
    found.push(draft(node, 'info', 'SchedulingDisabled', 'cordoned on purpose: takes no new pods', undefined, context));
  }
  return found;
}

function draft(
  node: Node,
  severity: Severity,
  seen: string,
  expected: string,
  condition: Condition | undefined,
  context: CheckContext,
): FindingDraft {
  const detail = condition ? [condition.reason, condition.message].filter((part) => part !== '').join(': ') : '';
  return {
    severity,
    resource: { kind: 'Node', name: node.name },
    seen,
    expected,
    ...(detail === '' ? {} : { detail: shorten(detail, 400) }),
    ...(condition && condition.since > 0 ? { since: condition.since } : {}),
    key: seen,
    next: [
      kubectl(context.context, undefined, 'describe', 'node', node.name),
      kubectl(context.context, undefined, 'get', 'pods', '-A', '--field-selector', `spec.nodeName=${node.name}`),
    ],
  };
}
