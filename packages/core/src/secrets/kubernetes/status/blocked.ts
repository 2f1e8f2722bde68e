import { count, type Raw, raw, text } from '../../../evidence/kubernetes/raw.ts';
import type { WorkloadKind } from '../kinds.ts';

/**
 * Why a changed template would not reach every pod of a workload; undefined: it would. `label`: as people know it.
 * `hint`: what to do about it.
 */
export function blockedBy(
  kind: WorkloadKind,
  workload: Raw,
  label: string,
): { readonly reason: string; readonly hint: string } | undefined {
  const spec = raw(workload.spec);
  const [resource, name] = [kind.toLowerCase(), text(raw(workload.metadata).name)];
  if (kind === 'Deployment' && spec.paused === true) {
    return { reason: `${label} is paused`, hint: `kubectl rollout resume ${resource}/${name}` };
  }
  if (kind === 'Rollout') {
    return spec.paused === true ? { reason: `${label} is paused`, hint: `kubectl argo rollouts promote ${name}` } : undefined;
  }
  const strategy = raw(spec.updateStrategy);
  if (strategy.type === 'OnDelete') {
    return {
      reason: `${label} has the update strategy OnDelete: its pods stay on the old value until somebody deletes them`,
      hint: `set spec.updateStrategy.type of ${label} to RollingUpdate`,
    };
  }
  const partition = count(raw(strategy.rollingUpdate).partition);
  if (kind === 'StatefulSet' && partition > 0) {
    return {
      reason: `${label} has a partition of ${partition}: pods below ${name}-${partition} stay on the old value`,
      hint: `set spec.updateStrategy.rollingUpdate.partition of ${label} to 0`,
    };
  }
  return undefined;
}
