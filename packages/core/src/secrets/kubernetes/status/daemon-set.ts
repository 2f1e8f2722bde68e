import { count, type Raw } from '../../../evidence/kubernetes/raw.ts';
import { notObserved, observed, type Progress, progress } from './progress.ts';

/** As `kubectl rollout status` judges a DaemonSet. */
export function daemonSetProgress(workload: Raw): Progress {
  const { status, current } = observed(workload);
  const desired = count(status.desiredNumberScheduled);
  const [updated, available] = [count(status.updatedNumberScheduled), count(status.numberAvailable)];
  return progress(desired, available, [
    [current, notObserved],
    [updated >= desired, `${updated} of ${desired} pods replaced`],
    [available >= desired, `${available} of ${desired} pods available`],
  ]);
}
