import { count, type Raw } from '../../../evidence/kubernetes/raw.ts';
import { conditionOf, notObserved, observed, type Progress, progress } from './progress.ts';

/**
 * As `kubectl rollout status` judges a Deployment, and besides: a deadline that passed fails it.
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status
 */
export function deploymentProgress(workload: Raw): Progress {
  const { status, current, desired } = observed(workload);
  const [updated, available, all] = [count(status.updatedReplicas), count(status.availableReplicas), count(status.replicas)];
  const result = progress(desired, available, [
    [current, notObserved],
    [updated >= desired, `${updated} of ${desired} pods replaced`],
    [all <= updated, `${all - updated} old ${all - updated === 1 ? 'pod' : 'pods'} left`],
    [available >= desired, `${available} of ${desired} pods available`],
  ]);
  const progressing = conditionOf(status, 'Progressing');
  return current && progressing?.status === 'False' && progressing.reason === 'ProgressDeadlineExceeded'
    ? { ...result, done: false, failed: { reason: 'ProgressDeadlineExceeded', stamp: progressing.stamp } }
    : result;
}
