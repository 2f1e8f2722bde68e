import { count, type Raw, raw, raws, text } from '../../../evidence/kubernetes/raw.ts';

/** How far a workload's controller is with the present template, by the object alone. */
export interface Progress {
  /** As many pods as there shall be. */
  readonly desired: number;
  readonly available: number;
  /** Every pod is of the present template and available, by the controller's own counts. */
  readonly done: boolean;
  /** What is being waited for; empty where it is done. */
  readonly detail: string;
  /** The controller gave up, and why; `stamp` tells this verdict from one of an earlier template. */
  readonly failed?: { readonly reason: string; readonly stamp: string };
}

export type ProgressOf = (workload: Raw, referenced?: Raw) => Progress;

/** The fields that all kinds share. */
export interface Observed {
  readonly spec: Raw;
  readonly status: Raw;
  /** The status is of the present spec. */
  readonly current: boolean;
  readonly desired: number;
}

/** Replicas that are left out of a spec are 1. */
export function observed(workload: Raw): Observed {
  const [spec, status] = [raw(workload.spec), raw(workload.status)];
  return {
    spec,
    status,
    current: count(status.observedGeneration) >= count(raw(workload.metadata).generation),
    desired: count(spec.replicas, 1),
  };
}

export function conditionOf(
  status: Raw,
  type: string,
): { readonly status: string; readonly reason: string; readonly stamp: string } | undefined {
  const condition = raws(status.conditions).find((entry) => entry.type === type);
  if (!condition) return undefined;
  return {
    status: text(condition.status),
    reason: text(condition.reason),
    stamp: `${text(condition.lastTransitionTime)} ${text(condition.lastUpdateTime)}`,
  };
}

export const notObserved = 'waiting for the controller to see the change';

/** The first of some conditions that does not hold says what is being waited for. */
export function progress(desired: number, available: number, steps: readonly (readonly [boolean, string])[]): Progress {
  const open = steps.find(([holds]) => !holds);
  return { desired, available, done: open === undefined, detail: open?.[1] ?? '' };
}
