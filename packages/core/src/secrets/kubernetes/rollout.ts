import { failureKind, RotationFailure } from '../failure.ts';
import type { Workload } from '../ports.ts';
import type { Cluster, JsonPatchOperation } from './client.ts';
import { reasonOf } from './cluster-failure.ts';
import { kinds, labelOf, type WorkloadKind } from './kinds.ts';
import type { Direction, RolloutOptions } from './rollout-options.ts';
import { blockedBy } from './status/blocked.ts';
import { progressOf } from './status/index.ts';
import { podsOf, readTarget, type Target, templateHolder } from './target.ts';
import { backOf, patchBack, patchForward, rotationOf, type TemplateChange, templateOf } from './template-patch.ts';
import { mayHoldRestored } from './usage.ts';
import { waitForPods } from './wait.ts';

/** Somebody else may write between a read and its patch this often. */
const patchTries = 5;

/** One workload's way to the new Secret, and back. */
export function rolloutOf(options: RolloutOptions): Workload {
  const { cluster, kind, record, family, to, rotation, inPlace, context } = options;
  const where = { kind, namespace: record.namespace, name: record.name };
  const label = labelOf({ ...where, kind: kinds[kind] });
  const change: TemplateChange = { family, to, rotation, record, label };
  /** What is waited for; a way on unless `restore` was called. */
  let direction: Direction = { to: 'new' };

  const patch = async (
    operationsFor: (target: Target, api: Cluster) => Promise<readonly JsonPatchOperation[]>,
  ): Promise<Target | undefined> => {
    const api = await cluster();
    for (let tried = 1; ; tried++) {
      const target = await readTarget(api, where, context);
      if (!target) throw new RotationFailure('conflict', `${label} is gone`);
      const operations = await operationsFor(target, api);
      if (operations.length === 0) return undefined;
      try {
        await api.jsonPatch(templateHolder(target).at, operations, context);
        return target;
      } catch (error) {
        // A test failed, or somebody wrote at the same time: what is there now decides.
        const reason = reasonOf(error);
        if (tried >= patchTries || (reason !== 'Invalid' && reason !== 'Conflict')) throw error;
      }
    }
  };

  return {
    label,
    async start() {
      const patched = await patch(async (target) => {
        const operations = patchForward(templateHolder(target).object, change);
        const blocked = operations.length === 0 ? undefined : blockedBy(kind, target.workload, label);
        if (blocked) throw new RotationFailure('transient', blocked.reason, { hint: blocked.hint });
        return operations;
      });
      direction = { to: 'new', ...staleOf(kind, patched) };
    },
    async finished(report) {
      if (direction.gone) return;
      await waitForPods({ ...options, label, where, direction, change }, report);
    },
    async restore() {
      try {
        const patched = await patch(async (target, api) => {
          const restart = inPlace && (await needsRestart(api, target));
          return patchBack(templateHolder(target).object, change, restart);
        });
        direction = { to: 'old', untouched: patched === undefined, ...staleOf(kind, patched) };
      } catch (error) {
        if (failureKind(error) !== 'conflict' || (await isThere())) throw error;
        direction = { to: 'old', gone: true };
      }
    },
  };

  async function isThere(): Promise<boolean> {
    return (await (await cluster()).get({ ...where, kind: kinds[kind] }, context)) !== undefined;
  }

  /** Pods of a template that was changed hold the new value; others may, where a container began anew meanwhile. */
  async function needsRestart(api: Cluster, target: Target): Promise<boolean> {
    const operations = patchBack(templateHolder(target).object, change, false);
    if (operations.length > 0) return true;
    if (rotationOf(templateOf(templateHolder(target).object)) === backOf(rotation)) return true;
    return mayHoldRestored(api, record.namespace, to, rotation, await podsOf(api, target, context), context);
  }
}

/** A verdict of the controller that is older than our change says nothing about it. */
function staleOf(kind: WorkloadKind, patched: Target | undefined): { readonly stale?: string } {
  const failed = patched && progressOf[kind](patched.workload, patched.referenced?.object).failed;
  return failed ? { stale: failed.stamp } : {};
}
