import { stableUid } from '../identity.ts';
import { type Dict, rfc3339 } from '../types.ts';

/** What a pod of a scenario is going through. The state is that of its first container; the others run. Times are milliseconds since the epoch. */
export type PodState =
  | { readonly state: 'running'; readonly restarts?: number; readonly lastTermination?: Termination }
  /** Runs, but its readiness probe fails. */
  | { readonly state: 'not-ready' }
  | { readonly state: 'crash-loop'; readonly restarts: number; readonly lastAt: number; readonly exitCode?: number }
  /** Was killed for memory; runs again unless it is looping. */
  | { readonly state: 'oom-killed'; readonly restarts: number; readonly lastAt: number; readonly looping?: boolean }
  | { readonly state: 'image-pull'; readonly message?: string; readonly pulling?: boolean }
  /** No node takes it; the message is the scheduler's. */
  | { readonly state: 'pending'; readonly message: string }
  | { readonly state: 'creating' }
  | { readonly state: 'completed'; readonly finishedAt: number }
  | { readonly state: 'failed'; readonly finishedAt: number; readonly exitCode?: number }
  | { readonly state: 'evicted'; readonly message: string };

export interface Termination {
  /** `Error`, `OOMKilled`, `Completed`. */
  readonly reason: string;
  readonly exitCode: number;
  readonly at: number;
}

export interface StatusInput {
  readonly namespace: string;
  readonly name: string;
  readonly at: number;
  /** When its containers were started; a few seconds after `at` unless given. */
  readonly startedAt?: number;
  readonly containers: readonly { readonly name: string; readonly image: string }[];
  readonly node?: string | undefined;
  readonly podIP?: string | undefined;
  readonly hostIP?: string | undefined;
  readonly state: PodState;
  readonly qosClass: string;
}

/** Seconds that the kubelet takes from scheduling to a running container. */
const startDelay = 4_000;
/** How long a container lived that then ended. */
const lifetime = 47_000;

const startOf = (input: StatusInput) => input.startedAt ?? input.at + startDelay;

const containerId = (input: StatusInput, container: string, attempt: number) =>
  `containerd://${stableUid(input.namespace, input.name, container, String(attempt)).replaceAll('-', '')}${stableUid(container, String(attempt)).replaceAll('-', '')}`;

function terminated(input: StatusInput, container: string, attempt: number, { reason, exitCode, at }: Termination): Dict {
  return {
    terminated: {
      exitCode,
      reason,
      startedAt: rfc3339(Math.max(startOf(input), at - lifetime)),
      finishedAt: rfc3339(at),
      containerID: containerId(input, container, attempt),
    },
  };
}

interface ContainerState {
  readonly ready: boolean;
  readonly started: boolean;
  readonly restarts: number;
  readonly state: Dict;
  readonly last?: Termination;
}

const running = (at: number) => ({ running: { startedAt: rfc3339(at) } });

function backOff(input: StatusInput, container: string): Dict {
  const message = `back-off 5m0s restarting failed container=${container} pod=${input.name}_${input.namespace}(${stableUid('pods', input.namespace, input.name)})`;
  return { waiting: { reason: 'CrashLoopBackOff', message } };
}

/** The first container's part of the state. */
function firstContainer(input: StatusInput, container: { name: string; image: string }): ContainerState {
  const { state } = input;
  const start = startOf(input);
  switch (state.state) {
    case 'running': {
      const restarts = state.restarts ?? 0;
      const last = state.lastTermination;
      return { ready: true, started: true, restarts, state: running(last ? last.at + 1_000 : start), ...(last ? { last } : {}) };
    }
    case 'not-ready':
      return { ready: false, started: true, restarts: 0, state: running(start) };
    case 'crash-loop': {
      const last = { reason: 'Error', exitCode: state.exitCode ?? 1, at: state.lastAt };
      return { ready: false, started: false, restarts: state.restarts, state: backOff(input, container.name), last };
    }
    case 'oom-killed': {
      const last = { reason: 'OOMKilled', exitCode: 137, at: state.lastAt };
      if (state.looping) return { ready: false, started: false, restarts: state.restarts, state: backOff(input, container.name), last };
      return { ready: true, started: true, restarts: state.restarts, state: running(state.lastAt + 1_000), last };
    }
    case 'image-pull': {
      const message =
        state.message ??
        `Back-off pulling image "${container.image}": ErrImagePull: rpc error: code = NotFound desc = ${container.image}: not found`;
      const reason = state.pulling ? 'ErrImagePull' : 'ImagePullBackOff';
      return { ready: false, started: false, restarts: 0, state: { waiting: { reason, message } } };
    }
    case 'completed':
      return {
        ready: false,
        started: false,
        restarts: 0,
        state: terminated(input, container.name, 0, { reason: 'Completed', exitCode: 0, at: state.finishedAt }),
      };
    case 'failed': {
      const end = { reason: 'Error', exitCode: state.exitCode ?? 1, at: state.finishedAt };
      return { ready: false, started: false, restarts: 0, state: terminated(input, container.name, 0, end) };
    }
    default:
      return { ready: false, started: false, restarts: 0, state: { waiting: { reason: 'ContainerCreating' } } };
  }
}

const phases: Readonly<Record<PodState['state'], string>> = {
  running: 'Running',
  'not-ready': 'Running',
  'crash-loop': 'Running',
  'oom-killed': 'Running',
  'image-pull': 'Pending',
  pending: 'Pending',
  creating: 'Pending',
  completed: 'Succeeded',
  failed: 'Failed',
  evicted: 'Failed',
};

function containerStatuses(input: StatusInput): ContainerState[] {
  return input.containers.map((container, index) => {
    if (index === 0 || input.state.state === 'creating') return firstContainer(input, container);
    if (input.state.state === 'completed' || input.state.state === 'failed') {
      const state = terminated(input, container.name, 0, { reason: 'Completed', exitCode: 0, at: input.state.finishedAt });
      return { ready: false, started: false, restarts: 0, state };
    }
    return { ready: true, started: true, restarts: 0, state: running(startOf(input)) };
  });
}

function conditions(input: StatusInput, states: readonly ContainerState[]): Dict[] {
  const { state, at } = input;
  const since = (ms: number) => ({ lastProbeTime: null, lastTransitionTime: rfc3339(ms) });
  if (state.state === 'pending') {
    return [{ type: 'PodScheduled', status: 'False', ...since(at), reason: 'Unschedulable', message: state.message }];
  }
  const unready = states.flatMap(({ ready }, index) => (ready ? [] : (input.containers[index]?.name ?? [])));
  const done = state.state === 'completed';
  const readyAt = 'lastAt' in state ? state.lastAt : 'finishedAt' in state ? state.finishedAt : startOf(input);
  const why = done
    ? { reason: 'PodCompleted' }
    : { reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` };
  const ready = unready.length === 0 ? { status: 'True' } : { status: 'False', ...why };
  return [
    { type: 'PodReadyToStartContainers', status: done ? 'False' : 'True', ...since(Math.min(at + 2_000, startOf(input))) },
    { type: 'Initialized', status: 'True', ...since(Math.min(at + 1_000, startOf(input))), ...(done ? { reason: 'PodCompleted' } : {}) },
    { type: 'Ready', ...ready, ...since(readyAt) },
    { type: 'ContainersReady', ...ready, ...since(readyAt) },
    { type: 'PodScheduled', status: 'True', ...since(at) },
  ];
}

/** `status` of a pod in the given state, as a kubelet reports it. */
export function podStatus(input: StatusInput): Dict {
  const { state, at, qosClass } = input;
  const phase = phases[state.state];
  if (state.state === 'pending') return { phase, conditions: conditions(input, []), qosClass };
  if (state.state === 'evicted') {
    return { phase, reason: 'Evicted', message: state.message, startTime: rfc3339(at), qosClass };
  }
  const states = containerStatuses(input);
  return {
    phase,
    conditions: conditions(input, states),
    ...(input.hostIP === undefined ? {} : { hostIP: input.hostIP, hostIPs: [{ ip: input.hostIP }] }),
    ...(input.podIP === undefined ? {} : { podIP: input.podIP, podIPs: [{ ip: input.podIP }] }),
    startTime: rfc3339(at),
    containerStatuses: input.containers.map((container, index) => {
      const own = states[index];
      const restarts = own?.restarts ?? 0;
      const live = own?.state ?? {};
      return {
        name: container.name,
        state: live,
        lastState: own?.last ? terminated(input, container.name, restarts - 1, own.last) : {},
        ready: own?.ready ?? false,
        restartCount: restarts,
        image: container.image,
        imageID:
          'waiting' in live && restarts === 0
            ? ''
            : `${container.image.split(':')[0]}@sha256:${stableUid(container.image).replaceAll('-', '').repeat(2)}`,
        ...('waiting' in live && restarts === 0 ? {} : { containerID: containerId(input, container.name, restarts) }),
        started: own?.started ?? false,
      };
    }),
    qosClass,
  };
}

/** Whether a pod in this state counts as ready. */
export function isReady(state: PodState): boolean {
  return state.state === 'running' || (state.state === 'oom-killed' && !state.looping);
}
