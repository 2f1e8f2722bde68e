import { count, optionalText, type Raw, raw, raws, text, time } from '../../evidence/kubernetes/raw.ts';
import { secretReferences } from './references.ts';

/** What a pod tells of its health, of which a rollout has to know. */
export interface PodHealth {
  readonly name: string;
  readonly uid: string;
  readonly ready: boolean;
  /** It is being deleted: how its containers end says nothing any more. */
  readonly leaving: boolean;
  /** Restarts of its containers, those that only initialise left out. */
  readonly restarts: number;
  /** Why it will not come up by itself: `container main: CrashLoopBackOff`. */
  readonly broken: string | undefined;
  /** Why it is not ready, in the API's own words; empty where it is ready or nobody says. */
  readonly waiting: string;
}

/** Reasons for which a kubelet keeps a container from running that only a change ends. */
const hopeless = new Set([
  'CrashLoopBackOff',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'InvalidImageName',
]);

export function healthOf(pod: Raw): PodHealth {
  const [metadata, status] = [raw(pod.metadata), raw(pod.status)];
  const conditions = raws(status.conditions);
  const main = raws(status.containerStatuses);
  const all = [...raws(status.initContainerStatuses), ...main];
  const waitingFor = all.map((container) => wordOf(raw(raw(container.state).waiting).reason)).find((reason) => reason !== '');
  const unscheduled = conditions.find(({ type, status: value }) => type === 'PodScheduled' && value === 'False');
  return {
    name: text(metadata.name),
    uid: text(metadata.uid),
    ready: conditions.some(({ type, status: value }) => type === 'Ready' && value === 'True'),
    leaving: metadata.deletionTimestamp !== undefined,
    restarts: main.reduce((sum, container) => sum + count(container.restartCount), 0),
    broken: all.map(hopelessReason).find((reason) => reason !== undefined) ?? main.map(exitReason).find((reason) => reason !== undefined),
    waiting: (unscheduled && wordOf(unscheduled.reason)) ?? waitingFor ?? '',
  };
}

function hopelessReason(container: Raw): string | undefined {
  const reason = text(raw(raw(container.state).waiting).reason);
  return hopeless.has(reason) ? `container ${text(container.name)}: ${reason}` : undefined;
}

/** A container that should go on running and has ended with an error. */
function exitReason(container: Raw): string | undefined {
  const ended = raw(raw(container.state).terminated);
  const exitCode = count(ended.exitCode);
  if (exitCode === 0) return undefined;
  const reason = wordOf(ended.reason);
  return `container ${text(container.name)}: ended with ${exitCode}${reason === '' ? '' : ` (${reason})`}`;
}

/** A reason as the API writes it; anything else may be an application's own text. */
function wordOf(value: unknown): string {
  const word = optionalText(value) ?? '';
  return /^[A-Za-z]{1,40}$/.test(word) ? word : '';
}

/** It ended, and its containers hold nothing any more. */
export function isOver(pod: Raw): boolean {
  const { phase } = raw(pod.status);
  return phase === 'Succeeded' || phase === 'Failed';
}

/** The Secrets that a pod names. */
export function secretsOf(pod: Raw): ReadonlySet<string> {
  return new Set(secretReferences(pod.spec).map(({ name }) => name));
}

/**
 * When what a pod holds of a Secret was read: the starts of its running containers, ms since the epoch, by the
 * cluster's clock; of one that has none yet its creation.
 */
export function readTimes(pod: Raw): readonly number[] {
  const status = raw(pod.status);
  const started = [...raws(status.initContainerStatuses), ...raws(status.containerStatuses)]
    .map((container) => time(raw(raw(container.state).running).startedAt))
    .filter((at) => at > 0);
  return started.length > 0 ? started : [time(raw(pod.metadata).creationTimestamp)];
}

/** `Deployment code-gen` for pods of ReplicaSets, else `Kind name` of the controller; the pod itself where it has none. */
export function ownerOf(pod: Raw): string {
  const metadata = raw(pod.metadata);
  const owner = raws(metadata.ownerReferences).find(({ controller }) => controller === true);
  if (!owner) return `Pod ${text(metadata.name)}`;
  const hash = optionalText(raw(metadata.labels)['pod-template-hash']);
  const name = text(owner.name);
  if (owner.kind === 'ReplicaSet' && hash !== undefined && name.endsWith(`-${hash}`)) {
    return `Deployment ${name.slice(0, -hash.length - 1)}`;
  }
  return `${text(owner.kind)} ${name}`;
}
