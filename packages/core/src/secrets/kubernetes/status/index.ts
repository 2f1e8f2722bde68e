import type { WorkloadKind } from '../kinds.ts';
import { argoProgress } from './argo-rollout.ts';
import { daemonSetProgress } from './daemon-set.ts';
import { deploymentProgress } from './deployment.ts';
import type { ProgressOf } from './progress.ts';
import { statefulSetProgress } from './stateful-set.ts';

export const progressOf: Readonly<Record<WorkloadKind, ProgressOf>> = {
  Deployment: deploymentProgress,
  StatefulSet: statefulSetProgress,
  DaemonSet: daemonSetProgress,
  Rollout: argoProgress,
};
