import type { AnyCheck, CheckOutcome } from '../../../packages/core/src/checks/check.ts';
import type { Evidence, Unavailable } from '../../../packages/core/src/model/evidence.ts';
import type { EvidenceKey, EvidenceTypes } from '../../../packages/core/src/model/evidence-map.ts';
import type { Condition, Container, Node, Pod, Terminated, Workload } from '../../../packages/core/src/model/kubernetes.ts';
import { testNow } from '../../support/host.ts';

export const seconds = (n: number): number => n * 1000;
export const minutes = (n: number): number => n * 60_000;
export const hours = (n: number): number => n * 3_600_000;
export const MiB = 2 ** 20;

/** That long before the instant of the run. */
export const ago = (ms: number): number => testNow - ms;

export const forbidden: Unavailable = { ok: false, reason: 'forbidden', source: 'kubernetes prod', detail: 'answers 403: not allowed' };

type Given = { [K in EvidenceKey]?: EvidenceTypes[K] | Unavailable };

/** Runs a check as the runner does: settings parsed, needs as data, uses as evidence; uses not given are forbidden. */
export function run(check: AnyCheck, given: Given, settings: unknown = {}): CheckOutcome {
  const evidence = new Map<EvidenceKey, Evidence<unknown>>();
  for (const key of check.uses) evidence.set(key, forbidden);
  for (const [key, data] of Object.entries(given)) {
    const missing = data instanceof Object && 'ok' in data && data.ok === false;
    evidence.set(key as EvidenceKey, missing ? data : { ok: true, source: 'test', data });
  }
  for (const key of check.needs) if (!evidence.get(key)?.ok) throw new Error(`the test must give ${key}`);
  return check.run(evidence, settings, { now: testNow, context: 'prod' });
}

/** Severity and words of each finding, in order. */
export function told(outcome: CheckOutcome): string[] {
  return outcome.findings.map(({ severity, resource, seen }) => {
    const name = resource.namespace ? `${resource.namespace}/${resource.name}` : resource.name;
    return `${severity} ${resource.kind} ${name}: ${seen}`;
  });
}

export function condition(type: string, status: Condition['status'], more: Partial<Condition> = {}): Condition {
  return { type, status, reason: '', message: '', since: 0, ...more };
}

type Status = NonNullable<Container['status']>;

export function running(more: Partial<Status> = {}): Status {
  return { ready: true, restarts: 0, runningSince: ago(hours(1)), ...more };
}

export function waiting(reason: string, more: Partial<Status> = {}, message = ''): Status {
  return { ready: false, restarts: 0, waiting: { reason, message }, ...more };
}

export function ended(reason: string, exitCode: number, more: Partial<Terminated> = {}): Terminated {
  return { reason, exitCode, startedAt: ago(minutes(10)), finishedAt: ago(minutes(5)), ...more };
}

export function container(more: Partial<Container> = {}): Container {
  return {
    name: 'main',
    role: 'main',
    image: 'registry.example/agent:1',
    ports: [],
    requests: {},
    limits: {},
    probes: { liveness: false, readiness: false, startup: false },
    status: running(),
    ...more,
  };
}

/** A running pod of Deployment `code-gen` in namespace `agents`, an hour old. */
export function pod(more: Partial<Pod> = {}): Pod {
  const name = more.name ?? 'code-gen-1';
  return {
    uid: `uid-${name}`,
    namespace: 'agents',
    name,
    labels: { app: 'code-gen' },
    owner: { kind: 'ReplicaSet', name: 'code-gen-5d9' },
    workload: { kind: 'Deployment', name: 'code-gen' },
    node: 'node-a',
    phase: 'Running',
    reason: '',
    message: '',
    hostNetwork: false,
    createdAt: ago(hours(1)),
    conditions: [condition('Ready', 'True')],
    containers: [container()],
    secrets: [],
    ...more,
  };
}

/** A bare pod: its own workload. */
export function barePod(name: string, more: Partial<Pod> = {}): Pod {
  const { owner: _owner, ...rest } = pod({ name, workload: { kind: 'Pod', name }, ...more });
  return rest;
}

/** A Deployment with everything it wants, a day old. */
export function workload(more: Partial<Workload> = {}): Workload {
  return {
    kind: 'Deployment',
    namespace: 'agents',
    name: 'code-gen',
    labels: {},
    selector: { app: 'code-gen' },
    generation: 3,
    observedGeneration: 3,
    desired: 3,
    ready: 3,
    available: 3,
    updated: 3,
    paused: false,
    conditions: [],
    createdAt: ago(hours(24)),
    ...more,
  };
}

/** A ready node with 4 cores and 8 GiB to give. */
export function node(more: Partial<Node> = {}): Node {
  return {
    name: 'node-a',
    labels: {},
    unschedulable: false,
    conditions: [condition('Ready', 'True')],
    allocatable: { cpu: 4, memory: 8192 * MiB, pods: 110 },
    createdAt: ago(hours(24)),
    ...more,
  };
}
