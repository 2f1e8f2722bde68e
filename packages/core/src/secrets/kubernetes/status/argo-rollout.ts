import { count, type Raw, raw, raws, text } from '../../../evidence/kubernetes/raw.ts';
import { notObserved, observed, type Progress, progress } from './progress.ts';

/**
 * An Argo Rollout, by the controller's own phase (since 1.0; GetRolloutPhase in argo-rollouts' utils/rollout).
 * `referenced`: the Deployment that `spec.workloadRef` names.
 */
export function argoProgress(workload: Raw, referenced?: Raw): Progress {
  const { status, spec, desired } = observed(workload);
  const metadata = raw(workload.metadata);
  const [updated, available] = [count(status.updatedReplicas), count(status.availableReplicas)];
  const [phase, current, stable] = [text(status.phase), text(status.currentPodHash), text(status.stableRS)];
  const seen =
    isSeen(status.observedGeneration, metadata.generation) &&
    (!referenced || isSeen(status.workloadObservedGeneration, raw(referenced.metadata).generation));
  const paused = phase === 'Paused' || spec.paused === true || raws(status.pauseConditions).length > 0;
  const result = progress(desired, available, [
    [seen, notObserved],
    [!paused, `paused by its strategy (${updated} of ${desired} pods replaced): kubectl argo rollouts promote ${text(metadata.name)}`],
    [updated >= desired, `${updated} of ${desired} pods replaced`],
    [available >= desired, `${available} of ${desired} pods available`],
    [phase === 'Healthy', `phase ${phase === '' ? 'not known yet' : word(phase)}`],
    [current === stable, 'the new pods are not the stable ones yet'],
  ]);
  if (!seen || (phase !== 'Degraded' && status.abort !== true)) return result;
  const reason = status.abort === true ? 'Aborted' : 'Degraded';
  return { ...result, done: false, failed: { reason, stamp: `${current} ${text(status.abortedAt)}` } };
}

/** Generations are numbers as text. Up to 0.9 they were hashes, which tell nothing: the pods decide then. */
function isSeen(value: unknown, generation: unknown): boolean {
  const seen = typeof value === 'number' ? String(value) : text(value);
  return !/^\d+$/.test(seen) || Number(seen) >= count(generation);
}

function word(phase: string): string {
  return /^[A-Za-z]{1,30}$/.test(phase) ? phase : 'unknown';
}
