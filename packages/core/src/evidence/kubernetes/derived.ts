import type { Evidence } from '../../model/evidence.ts';
import type { Job, NodeUsage, Pod, PodUsage } from '../../model/kubernetes.ts';
import type { Failure } from '../failure.ts';
import { type Reader, read } from './reader.ts';
import { reduceNodeUsage, reducePodUsage } from './reduce/cluster.ts';
import { reducePod, withCronJobs } from './reduce/pod.ts';
import { reduceJob } from './reduce/workload.ts';
import { resources } from './resources.ts';

export function readJobs(reader: Reader): Promise<Evidence<readonly Job[]>> {
  return read(reader, resources['kubernetes.jobs'][0], { reduce: reduceJob });
}

/** Pods, named after the CronJob behind their Job where Jobs may be read. */
export async function readPods(reader: Reader, jobs: Promise<Evidence<readonly Job[]>>): Promise<Evidence<readonly Pod[]>> {
  const [pods, owners] = await Promise.all([read(reader, resources['kubernetes.pods'][0], { reduce: reducePod }), jobs]);
  return pods.ok && owners.ok ? { ...pods, data: withCronJobs(pods.data, owners.data) } : pods;
}

export function readPodUsage(reader: Reader): Promise<Evidence<readonly PodUsage[]>> {
  return read(reader, resources['kubernetes.podusage'][0], { reduce: reducePodUsage, explain: explainMetrics });
}

/** Every node has usage: an empty list means that nothing was measured yet. */
export async function readNodeUsage(reader: Reader): Promise<Evidence<readonly NodeUsage[]>> {
  const usage = await read(reader, resources['kubernetes.nodeusage'][0], { reduce: reduceNodeUsage, explain: explainMetrics });
  if (!usage.ok || usage.data.length > 0) return usage;
  return { ok: false, reason: 'absent', source: usage.source, detail: 'metrics.k8s.io has no usage of any node yet' };
}

/** 404: nobody registered metrics.k8s.io; 503: it is registered and nothing answers. */
function explainMetrics(status: number | undefined): Failure | undefined {
  if (status !== 404 && status !== 503) return undefined;
  return { reason: 'absent', detail: `metrics.k8s.io answers ${status}: metrics-server is not there`, phase: 'http' };
}
