import type { AnyCheck } from '../check.ts';
import { autoscalerLimited } from './autoscaler-limited.ts';
import { containerConfig } from './container-config.ts';
import { cpuUsage } from './cpu-usage.ts';
import { crashLoop } from './crash-loop.ts';
import { evicted } from './evicted.ts';
import { failedJobs } from './failed-jobs.ts';
import { imagePull } from './image-pull.ts';
import { memoryUsage } from './memory-usage.ts';
import { missingLimits } from './missing-limits.ts';
import { missingProbes } from './missing-probes.ts';
import { missingRequests } from './missing-requests.ts';
import { nodeConditions } from './node-conditions.ts';
import { nodeCpu } from './node-cpu.ts';
import { nodeMemory } from './node-memory.ts';
import { oomKilled } from './oom-killed.ts';
import { pending } from './pending.ts';
import { quota } from './quota.ts';
import { replicasShort } from './replicas-short.ts';
import { restarts } from './restarts.ts';
import { runsAsRoot } from './runs-as-root.ts';
import { serviceWithoutEndpoints } from './service-without-endpoints.ts';
import { stuckTerminating } from './stuck-terminating.ts';
import { writableRoot } from './writable-root.ts';

export const checks: readonly AnyCheck[] = [
  nodeConditions,
  replicasShort,
  serviceWithoutEndpoints,
  crashLoop,
  oomKilled,
  imagePull,
  containerConfig,
  pending,
  restarts,
  stuckTerminating,
  failedJobs,
  evicted,
  cpuUsage,
  memoryUsage,
  nodeCpu,
  nodeMemory,
  autoscalerLimited,
  quota,
  missingRequests,
  missingLimits,
  missingProbes,
  runsAsRoot,
  writableRoot,
];
