import { count, type Raw, text } from '../../../evidence/kubernetes/raw.ts';
import { notObserved, observed, type Progress, progress } from './progress.ts';

/** As `kubectl rollout status` judges a StatefulSet; a partition leaves old pods and so is never done. */
export function statefulSetProgress(workload: Raw): Progress {
  const { status, current, desired } = observed(workload);
  const updated = count(status.updatedReplicas);
  // Servers before 1.22 do not count what is available.
  const available = count(status.availableReplicas ?? status.readyReplicas);
  const sameRevision = text(status.updateRevision) === text(status.currentRevision);
  return progress(desired, available, [
    [current, notObserved],
    [updated >= desired, `${updated} of ${desired} pods replaced`],
    [available >= desired, `${available} of ${desired} pods available`],
    [count(status.replicas) <= desired, 'pods too many are being removed'],
    [sameRevision || desired === 0, 'the new revision is not the current one yet'],
  ]);
}
