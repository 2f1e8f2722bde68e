import { shorten } from '../../model/format.ts';
import type { Container, Pod } from '../../model/kubernetes.ts';
import type { PodTrouble } from './group.ts';
import { conditionOf, livePods } from './pods.ts';

/** Waiting reasons of the kubelet about images. Source: kubernetes/pkg/kubelet/images/types.go. */
export const imageReasons: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
]);

/** Waiting reasons about creating and starting the container. Source: kubernetes/pkg/kubelet/kuberuntime. */
export const startReasons: ReadonlySet<string> = new Set([
  'CreateContainerConfigError',
  'PreCreateHookError',
  'CreateContainerError',
  'PreStartHookError',
  'PostStartHookError',
  'RunContainerError',
]);

interface Waiting {
  readonly pod: Pod;
  readonly container: Container;
  readonly reason: string;
  readonly message: string;
}

/** Containers of live pods that wait for one of these reasons. */
export function waitingFor(pods: readonly Pod[], reasons: ReadonlySet<string>): Waiting[] {
  return livePods(pods).flatMap((pod) =>
    pod.containers.flatMap((container) => {
      const waiting = container.status?.waiting;
      return waiting && reasons.has(waiting.reason) ? [{ pod, container, reason: waiting.reason, message: waiting.message }] : [];
    }),
  );
}

/** A waiting container as critical trouble; it began at the latest when the pod was last found not ready. */
export function waitingTrouble(
  { pod, container, reason, message }: Waiting,
  expected: string,
  subject: string,
  next: readonly string[],
): PodTrouble {
  const since = conditionOf(pod.conditions, 'ContainersReady')?.since ?? 0;
  return {
    pod,
    container: container.name,
    severity: 'critical',
    rank: 0,
    seen: shorten(subject === '' ? reason : `${reason}: ${subject}`, 100),
    expected,
    ...(message === '' ? {} : { detail: message }),
    ...(since > 0 ? { since } : {}),
    next,
  };
}
