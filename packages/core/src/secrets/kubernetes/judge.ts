import type { Raw } from '../../evidence/kubernetes/raw.ts';
import { RotationFailure } from '../failure.ts';
import { healthOf, isOver, type PodHealth, secretsOf } from './pods.ts';
import { namesOf, templateReferences } from './references.ts';
import type { Wait } from './rollout-options.ts';
import type { Progress } from './status/progress.ts';
import { backOf, rotationOf, templateOf } from './template-patch.ts';

/** What one look at a workload saw. */
export interface Look {
  /** The object with the pod template. */
  readonly holder: Raw;
  readonly progress: Progress;
  /** The workload's own. */
  readonly pods: readonly Raw[];
}

export interface Verdict {
  /** Every pod is as it should be; it has to stay so. */
  readonly done: boolean;
  /** Done, with nothing to watch: there are no pods, or nothing was changed. */
  readonly atOnce: boolean;
  /** `4 of 6 pods ready, 2 old pods left` */
  readonly detail: string;
  /** All that is missing is that old pods, told to end, do. */
  readonly leavingOnly: boolean;
  /** Pods of the wrong template that keep the controller from going on. */
  readonly stuck: readonly PodHealth[];
}

/**
 * Judges a look. `restartsBefore` is filled with how often each pod had restarted when it was first seen. Throws
 * `conflict` where the template is not ours any more, `refused` where a pod of it cannot come up.
 */
export function judge(look: Look, wait: Wait, restartsBefore: Map<string, number>, first: boolean): Verdict {
  const { direction, label, where } = wait;
  const { progress } = look;
  mustBeOurs(look.holder, wait);
  const living = look.pods.filter((pod) => !isOver(pod));
  const [wrong, right]: [PodHealth[], PodHealth[]] = [[], []];
  for (const pod of living) (isWrong(pod, look.holder, wait) ? wrong : right).push(healthOf(pod));
  const current = right.filter(({ leaving }) => !leaving);
  const ready = current.filter((pod) => pod.ready).length;
  if (direction.to === 'old' && direction.untouched && wrong.length === 0) return verdict({ done: true, atOnce: true });

  for (const pod of current) mustBeWell(pod, wait, restartsBefore, first);
  const { failed } = progress;
  if (failed && failed.stamp !== direction.stale) {
    const unready = current.find((pod) => !pod.ready && pod.waiting !== '');
    throw new RotationFailure('refused', `${label}: ${failed.reason}${unready ? ` (pod ${unready.name}: ${unready.waiting})` : ''}`);
  }
  const enough = progress.done && ready === current.length && ready >= progress.desired;
  const remaining = wrong.filter(({ leaving }) => !leaving);
  const stuck = direction.to === 'old' && where.kind === 'StatefulSet' ? remaining.filter((pod) => !pod.ready) : [];
  return verdict({
    done: enough && wrong.length === 0,
    atOnce: enough && wrong.length === 0 && progress.desired === 0,
    leavingOnly: enough && wrong.length > 0 && remaining.length === 0,
    stuck,
  });

  function verdict(found: Partial<Verdict> & Pick<Verdict, 'done' | 'atOnce'>): Verdict {
    return { leavingOnly: false, stuck: [], detail: detailOf(progress, ready, current, wrong), ...found };
  }
}

function detailOf(progress: Progress, ready: number, current: readonly PodHealth[], wrong: readonly PodHealth[]): string {
  const unready = current.find((pod) => !pod.ready && pod.waiting !== '');
  return [
    `${ready} of ${progress.desired} pods ready`,
    ...(wrong.length > 0 ? [`${wrong.length} old ${wrong.length === 1 ? 'pod' : 'pods'} left`] : []),
    ...(progress.detail !== '' && wrong.length === 0 ? [progress.detail] : progress.detail.startsWith('paused') ? [progress.detail] : []),
    ...(unready ? [`pod ${unready.name}: ${unready.waiting}`] : []),
  ].join(', ');
}

/** Somebody else's deployment, or a tool that puts things back, may have pointed it elsewhere since. */
function mustBeOurs(holder: Raw, { change, direction, inPlace, label }: Wait): void {
  const names = namesOf(templateReferences(holder, change.family));
  const hint = 'a deployment or a tool such as Argo CD or Flux may have put it back to its own source';
  if (direction.to === 'old') {
    if (!inPlace && names.includes(change.to) && !isRecorded(change.to, change)) {
      throw new RotationFailure('conflict', `${label} was pointed to Secret ${change.to} again by somebody else`, { hint });
    }
    return;
  }
  const other = names.find((name) => name !== change.to);
  if (other !== undefined) throw new RotationFailure('conflict', `${label} was pointed to Secret ${other} by somebody else`, { hint });
  if (names.length === 0) throw new RotationFailure('conflict', `${label} does not refer to Secret ${change.to} any more`, { hint });
  if (inPlace && rotationOf(templateOf(holder)) !== change.rotation) {
    throw new RotationFailure('conflict', `the pod template of ${label} was replaced by somebody else`, { hint });
  }
}

function isRecorded(name: string, { record }: Wait['change']): boolean {
  return record.references.some((reference) => reference.name === name);
}

/** Whether a pod holds, or will hold, the value that the workload is leaving. */
function isWrong(pod: Raw, holder: Raw, { change, direction, inPlace }: Wait): boolean {
  if (inPlace) {
    if (direction.to === 'new') return rotationOf(pod) !== change.rotation;
    const back = backOf(change.rotation);
    return rotationOf(templateOf(holder)) === back ? rotationOf(pod) !== back : rotationOf(pod) === change.rotation;
  }
  const names = secretsOf(pod);
  if (direction.to === 'old') return names.has(change.to) && !isRecorded(change.to, change);
  return change.record.references.some(({ name }) => name !== change.to && names.has(name));
}

function mustBeWell(pod: PodHealth, { direction, label }: Wait, restartsBefore: Map<string, number>, first: boolean): void {
  // A pod that was there when the waiting began may have restarted long ago.
  const before = restartsBefore.get(pod.uid) ?? (first ? pod.restarts : 0);
  restartsBefore.set(pod.uid, before);
  if (pod.broken !== undefined) throw new RotationFailure('refused', `${label}: pod ${pod.name}, ${pod.broken}`);
  if (direction.to === 'new' && pod.restarts > before) {
    throw new RotationFailure('refused', `${label}: pod ${pod.name} restarted with the new value`);
  }
}
