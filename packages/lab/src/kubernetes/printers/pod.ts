import { at, count, dicts, flag, text } from '../access.ts';
import type { Dict } from '../types.ts';
import { humanDuration } from './duration.ts';
import { age, nameOf, orNone, type Printer } from './table.ts';

interface Tally {
  reason: string;
  ready: number;
  restarts: number;
  lastRestart: number;
}

/** What a terminated state is called. */
function terminatedReason(state: unknown): string {
  const reason = text(state, 'reason');
  if (reason !== '') return reason;
  return count(state, 'signal') === 0 ? `ExitCode:${count(state, 'exitCode')}` : `Signal:${count(state, 'signal')}`;
}

const finished = (status: Dict) => Date.parse(text(status, 'lastState', 'terminated', 'finishedAt')) || 0;

const conditionTrue = (pod: Dict, type: string) =>
  dicts(pod, 'status', 'conditions').some((condition) => condition.type === type && condition.status === 'True');

/** The init containers' part; true while the pod is still initialising. */
function initContainers(pod: Dict, tally: Tally, sidecars: ReadonlySet<string>): { initializing: boolean; sidecar: Tally } {
  const sidecar: Tally = { reason: '', ready: 0, restarts: 0, lastRestart: 0 };
  const total = dicts(pod, 'spec', 'initContainers').length;
  for (const [index, status] of dicts(pod, 'status', 'initContainerStatuses').entries()) {
    const isSidecar = sidecars.has(text(status, 'name'));
    tally.restarts += count(status, 'restartCount');
    tally.lastRestart = Math.max(tally.lastRestart, finished(status));
    if (isSidecar) {
      sidecar.restarts += count(status, 'restartCount');
      sidecar.lastRestart = Math.max(sidecar.lastRestart, finished(status));
    }
    const terminated = at(status, 'state', 'terminated');
    if (terminated !== undefined && count(terminated, 'exitCode') === 0) continue;
    if (isSidecar && flag(status, 'started')) {
      if (flag(status, 'ready')) tally.ready += 1;
      continue;
    }
    const waiting = text(status, 'state', 'waiting', 'reason');
    if (terminated !== undefined) tally.reason = `Init:${terminatedReason(terminated)}`;
    else if (waiting !== '' && waiting !== 'PodInitializing') tally.reason = `Init:${waiting}`;
    else tally.reason = `Init:${index}/${total}`;
    return { initializing: true, sidecar };
  }
  return { initializing: false, sidecar };
}

/** The main containers' part; the first container has the last word. */
function mainContainers(pod: Dict, tally: Tally): void {
  let running = false;
  for (const status of dicts(pod, 'status', 'containerStatuses').toReversed()) {
    tally.restarts += count(status, 'restartCount');
    tally.lastRestart = Math.max(tally.lastRestart, finished(status));
    const waiting = text(status, 'state', 'waiting', 'reason');
    const terminated = at(status, 'state', 'terminated');
    if (waiting !== '') tally.reason = waiting;
    else if (terminated !== undefined) tally.reason = terminatedReason(terminated);
    else if (flag(status, 'ready') && at(status, 'state', 'running') !== undefined) {
      running = true;
      tally.ready += 1;
    }
  }
  if (tally.reason === 'Completed' && running) tally.reason = conditionTrue(pod, 'Ready') ? 'Running' : 'NotReady';
}

/** Ready, status and restarts of a pod, after kube-apiserver's `printPod`. */
export function podSummary(pod: Dict, now: number): { ready: string; status: string; restarts: string } {
  const phase = text(pod, 'status', 'phase');
  const sidecars = new Set(
    dicts(pod, 'spec', 'initContainers').flatMap((container) => (container.restartPolicy === 'Always' ? [text(container, 'name')] : [])),
  );
  const gated = dicts(pod, 'status', 'conditions').some(({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated');
  const tally: Tally = {
    reason: gated ? 'SchedulingGated' : text(pod, 'status', 'reason') || phase,
    ready: 0,
    restarts: 0,
    lastRestart: 0,
  };
  const { initializing, sidecar } = initContainers(pod, tally, sidecars);
  if (!initializing || conditionTrue(pod, 'Initialized')) {
    tally.restarts = sidecar.restarts;
    tally.lastRestart = sidecar.lastRestart;
    mainContainers(pod, tally);
  }
  if (text(pod, 'metadata', 'deletionTimestamp') !== '') {
    if (text(pod, 'status', 'reason') === 'NodeLost') tally.reason = 'Unknown';
    else if (phase !== 'Succeeded' && phase !== 'Failed') tally.reason = 'Terminating';
  }
  const total = dicts(pod, 'spec', 'containers').length + sidecars.size;
  const when = tally.restarts > 0 && tally.lastRestart > 0 ? ` (${humanDuration(now - tally.lastRestart)} ago)` : '';
  return { ready: `${tally.ready}/${total}`, status: tally.reason, restarts: `${tally.restarts}${when}` };
}

function readinessGates(pod: Dict): string {
  const gates = dicts(pod, 'spec', 'readinessGates');
  if (gates.length === 0) return '<none>';
  return `${gates.filter((gate) => conditionTrue(pod, text(gate, 'conditionType'))).length}/${gates.length}`;
}

export const pods: Printer = {
  columns: 'Name, Ready, Status, Restarts, Age, IP+, Node+, Nominated Node+, Readiness Gates+',
  row: (pod, now) => {
    const { ready, status, restarts } = podSummary(pod, now);
    const ip = text(dicts(pod, 'status', 'podIPs')[0], 'ip') || text(pod, 'status', 'podIP');
    const nominated = text(pod, 'status', 'nominatedNodeName');
    return [
      nameOf(pod),
      ready,
      status,
      restarts,
      age(pod, now),
      orNone(ip),
      orNone(text(pod, 'spec', 'nodeName')),
      orNone(nominated),
      readinessGates(pod),
    ];
  },
};
