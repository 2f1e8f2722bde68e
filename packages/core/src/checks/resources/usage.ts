import type { Unavailable } from '../../model/evidence.ts';
import { bytes, cores, percent } from '../../model/format.ts';
import type { Container, Node, NodeUsage, Pod, PodUsage } from '../../model/kubernetes.ts';
import type { CheckContext, CheckOutcome, FindingDraft } from '../check.ts';
import { kubectl } from '../kubectl.ts';
import { bySeverity, byWorkload, type PodTrouble } from './group.ts';
import { describePod, livePods, unseen } from './pods.ts';

export type UsageKind = 'cpu' | 'memory';

export interface UsageSettings {
  readonly warn: number;
  readonly fail: number | null;
  /** ms */
  readonly sampleGrace: number;
}

const source = 'metrics.k8s.io';
const hint = 'metrics-server has no sample of them: see its log, and whether it reaches the kubelets';
const label = { cpu: 'CPU', memory: 'memory' } as const;
const amount = { cpu: cores, memory: bytes } as const;

/** Usage of running containers against their limits; containers without a limit are only counted. */
export function containerUsage(
  kind: UsageKind,
  pods: readonly Pod[],
  usage: readonly PodUsage[],
  settings: UsageSettings,
  context: CheckContext,
): CheckOutcome {
  const used = new Map(
    usage.map((pod) => [`${pod.namespace}/${pod.name}`, new Map(pod.containers.map((entry) => [entry.name, entry[kind]]))]),
  );
  const troubles: PodTrouble[] = [];
  const silent: string[] = [];
  let judged = 0;
  let unlimited = 0;
  for (const pod of livePods(pods)) {
    const samples = used.get(`${pod.namespace}/${pod.name}`);
    const { limited, unlimited: without } = subjectsOf(pod, kind);
    unlimited += without;
    for (const { container, running, limit } of limited) {
      const missing = running.filter((entry) => samples?.get(entry.name) === undefined);
      if (missing.length > 0) {
        const old = missing.filter((entry) => context.now - (entry.status?.runningSince ?? 0) > settings.sampleGrace);
        silent.push(...old.map((entry) => `${pod.namespace}/${pod.name} ${entry.name}`));
        continue;
      }
      judged += 1;
      const value = running.reduce((sum, entry) => sum + (samples?.get(entry.name) ?? 0), 0);
      const over = exceeded(value / limit, settings);
      if (over === undefined) continue;
      troubles.push({
        pod,
        ...(container === undefined ? {} : { container }),
        rank: value / limit,
        ...over,
        seen: `${label[kind]} ${percent(value / limit)} of ${container === undefined ? 'the pod’s limit' : 'limit'}`,
        detail: `${amount[kind](value)} of ${amount[kind](limit)}`,
        next: [kubectl(context.context, pod.namespace, 'top', 'pod', pod.name, '--containers'), describePod(context, pod)],
      });
    }
  }
  const gaps = unseen(source, 'no usage of', 'running container', [...new Set(silent)], hint);
  const note = unlimited === 0 ? {} : { note: `${unlimited} without ${label[kind]} limit not judged; see resources/missing-limits` };
  return { findings: byWorkload(troubles), gaps, examined: { count: judged, noun: 'container' }, ...note };
}

interface Subject {
  /** Undefined for the limit that a pod's containers share. */
  readonly container?: string;
  readonly running: readonly Container[];
  readonly limit: number;
}

/** What has a limit: running containers with their own, and the pod as a whole where it has one (Kubernetes 1.34+). */
function subjectsOf(pod: Pod, kind: UsageKind): { limited: Subject[]; unlimited: number } {
  const running = pod.containers.filter((container) => container.status?.runningSince !== undefined);
  const own = running.filter((container) => (container.limits[kind] ?? 0) > 0);
  const limited = own.map(
    (container): Subject => ({ container: container.name, running: [container], limit: container.limits[kind] ?? 0 }),
  );
  const shared = pod.resources?.limits[kind] ?? 0;
  if (shared <= 0) return { limited, unlimited: running.length - own.length };
  return { limited: running.length > 0 ? [...limited, { running, limit: shared }] : limited, unlimited: 0 };
}

/** Usage of nodes against what they can give to pods (allocatable). */
export function nodeUsage(
  kind: UsageKind,
  nodes: readonly Node[],
  usage: readonly NodeUsage[],
  settings: UsageSettings,
  context: CheckContext,
): CheckOutcome {
  const used = new Map(usage.map((node) => [node.name, node[kind]]));
  const findings: FindingDraft[] = [];
  const silent: string[] = [];
  const gaps: Unavailable[] = [];
  let judged = 0;
  for (const node of nodes) {
    const value = used.get(node.name);
    const allocatable = node.allocatable[kind] ?? 0;
    if (value === undefined) {
      if (context.now - node.createdAt > settings.sampleGrace) silent.push(node.name);
      continue;
    }
    if (allocatable <= 0) {
      gaps.push({ ok: false, reason: 'absent', source: `node ${node.name}`, detail: `says no allocatable ${label[kind]}` });
      continue;
    }
    judged += 1;
    const ratio = value / allocatable;
    const over = exceeded(ratio, settings);
    if (over === undefined) continue;
    findings.push({
      resource: { kind: 'Node', name: node.name },
      ...over,
      seen: `${label[kind]} ${percent(ratio)} of allocatable`,
      detail: `${amount[kind](value)} of ${amount[kind](allocatable)}`,
      next: [
        kubectl(context.context, undefined, 'top', 'node', node.name),
        kubectl(context.context, undefined, 'describe', 'node', node.name),
      ],
    });
  }
  findings.sort((a, b) => bySeverity(a, b) || (b.measured?.value ?? 0) - (a.measured?.value ?? 0));
  return { findings, gaps: [...gaps, ...unseen(source, 'no usage of', 'node', silent, hint)], examined: { count: judged, noun: 'node' } };
}

function exceeded(
  ratio: number,
  { warn, fail }: UsageSettings,
): Pick<PodTrouble, 'severity' | 'expected' | 'measured' | 'threshold'> | undefined {
  const critical = fail !== null && ratio > fail;
  if (!critical && ratio <= warn) return undefined;
  const limit = critical ? fail : warn;
  return {
    severity: critical ? 'critical' : 'warning',
    expected: `over ${percent(limit)}`,
    measured: { value: ratio, unit: 'ratio' },
    threshold: { value: limit, unit: 'ratio' },
  };
}
