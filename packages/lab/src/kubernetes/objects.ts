/** Builders for the objects of a scenario: explicit times, deterministic uids, statuses as the real components write them. */
export {
  type EventInput,
  event,
  type NodeInput,
  namespace,
  node,
  type QuotaInput,
  quota,
  type SecretInput,
  type SecretManager,
  secret,
} from './objects/cluster.ts';
export { type DeploymentInput, type DeploymentObjects, deployment, type Previous } from './objects/deployment.ts';
export { type NetworkPolicyInput, networkPolicy, type ServiceInput, service } from './objects/network.ts';
export { type ContainerInput, type PodInput, type PodSpecInput, pod, type Resources } from './objects/pod.ts';
export type { PodState, Termination } from './objects/pod-state.ts';
export { nodeUsage, podUsage, type Usage } from './objects/usage.ts';
export {
  type AutoscalerInput,
  type CronJobInput,
  cronJob,
  hpa,
  type JobInput,
  job,
  type StatefulSetInput,
  statefulSet,
} from './objects/workload.ts';
