import { count } from '../access.ts';
import { ApiError } from '../status.ts';
import type { ObjectStore } from '../store.ts';
import type { KubeObject } from '../types.ts';
import { stepDeployment } from './deployment.ts';
import { type PodOptions, Pods } from './pods.ts';
import { Revisions, stepDaemonSet, stepStatefulSet } from './sets.ts';

export interface RolloutOptions extends Partial<PodOptions> {
  /** ms between two looks at the cluster. */
  readonly everyMs?: number;
}

/**
 * Plays the controllers and kubelets of Deployments, StatefulSets and DaemonSets that somebody changed (their
 * generation is not the one their status speaks of), from then on; whatever nobody changed stays as it is. Pods end at
 * once, and a rollout has no deadline of its own.
 */
export function playRollouts(store: ObjectStore, options: RolloutOptions = {}): { stop(): void } {
  const { everyMs = 250, startMs = 1000, crashes = () => false } = options;
  const pods = new Pods(store, { startMs, crashes });
  const revisions = new Revisions(pods.all('apps/v1', 'StatefulSet'));
  const steps: Readonly<Record<string, (workload: KubeObject) => void>> = {
    Deployment: (workload) => stepDeployment(pods, workload),
    StatefulSet: (workload) => stepStatefulSet(pods, workload, revisions),
    DaemonSet: (workload) => stepDaemonSet(pods, workload),
  };
  const changed = new Set<string>();
  const look = (): void => {
    pods.look();
    for (const [kind, step] of Object.entries(steps)) {
      for (const workload of pods.all('apps/v1', kind)) {
        const { uid = '', generation = 1 } = workload.metadata;
        if (generation > count(workload.status, 'observedGeneration')) changed.add(uid);
        if (changed.has(uid)) attempt(() => step(workload));
      }
    }
  };
  const timer = setInterval(look, everyMs).unref();
  return { stop: () => clearInterval(timer) };
}

/** What the API refuses is tried again at the next look, as controllers do. */
function attempt(step: () => void): void {
  try {
    step();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}
