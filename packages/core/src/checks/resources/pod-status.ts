import type { Container, Pod, Terminated } from '../../model/kubernetes.ts';

/**
 * The word in the STATUS column of `kubectl get pods`. Source: `printPod` in
 * kubernetes/pkg/printers/internalversion/printers.go, 1.36.
 */
export function podStatusWord(pod: Pod): string {
  const finished = pod.phase === 'Succeeded' || pod.phase === 'Failed';
  if (pod.deletedAt !== undefined && pod.reason === 'NodeLost') return 'Unknown';
  if (pod.deletedAt !== undefined && !finished) return 'Terminating';

  const gated = pod.conditions.some((entry) => entry.type === 'PodScheduled' && entry.reason === 'SchedulingGated');
  const ofPod = gated ? 'SchedulingGated' : pod.reason || pod.phase;
  const ofInit = initWord(pod);
  if (ofInit !== undefined && !isTrue(pod, 'Initialized')) return ofInit;
  return mainWord(pod, ofInit ?? ofPod);
}

/** The first init container that has not done its part; undefined where all have. */
function initWord(pod: Pod): string | undefined {
  const containers = pod.containers.filter((container) => container.role !== 'main');
  for (const [index, container] of containers.entries()) {
    const status = container.status;
    // kubectl walks the statuses: one that the kubelet has not reported yet is no obstacle.
    if (status === undefined || status.terminated?.exitCode === 0) continue;
    if (container.role === 'sidecar' && hasStarted(container)) continue;
    if (status.terminated) return `Init:${terminatedWord(status.terminated)}`;
    const waiting = status.waiting?.reason;
    return waiting && waiting !== 'PodInitializing' ? `Init:${waiting}` : `Init:${index}/${containers.length}`;
  }
  return undefined;
}

/** Where the kubelet does not say, a container has started when it runs and has no startup probe to pass. */
function hasStarted({ status, probes }: Container): boolean {
  return status?.started ?? (status?.runningSince !== undefined && (!probes.startup || status.ready));
}

function mainWord(pod: Pod, start: string): string {
  // The kubelet reports statuses sorted by name, and kubectl lets the first one win.
  const containers = pod.containers.filter((container) => container.role === 'main').sort((a, b) => (a.name < b.name ? 1 : -1));
  let word = start;
  let failure = '';
  let running = false;
  for (const { status } of containers) {
    if (status?.waiting?.reason) {
      word = status.waiting.reason;
    } else if (status?.terminated) {
      word = terminatedWord(status.terminated);
      if (status.terminated.exitCode !== 0) failure = word;
    } else if (status?.ready && status.runningSince !== undefined) {
      running = true;
    }
  }
  if (word !== 'Completed') return word;
  if (running && isTrue(pod, 'Ready')) return 'Running';
  if (failure) return failure;
  return running ? 'NotReady' : word;
}

function terminatedWord(terminated: Terminated): string {
  if (terminated.reason) return terminated.reason;
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`;
}

function isTrue(pod: Pod, type: string): boolean {
  return pod.conditions.find((entry) => entry.type === type)?.status === 'True';
}
