import type { Raw } from '../../evidence/kubernetes/raw.ts';
import { failureKind, RotationFailure } from '../failure.ts';
import type { RunContext } from '../ports.ts';
import { reasonOf } from './cluster-failure.ts';
import { judge, type Look, type Verdict } from './judge.ts';
import { kinds } from './kinds.ts';
import { pause } from './pause.ts';
import type { Wait } from './rollout-options.ts';
import { progressOf } from './status/index.ts';
import { podsOf, readTarget, templateHolder } from './target.ts';

/** ms between two looks; more where a look itself takes long. */
const pollMs = 1000;

/**
 * Looks about every second until every pod is of the present template, ready for the settle time, and none of the
 * other is left. Throws `refused` where pods cannot come up or the time is over, `conflict` where somebody points the
 * workload elsewhere meanwhile, `transient` where nothing could be seen until the end.
 */
export async function waitForPods(wait: Wait, report: (detail: string) => void): Promise<void> {
  const { context, label, settle, timeout } = wait;
  const { clock } = context.host;
  const end = clock.monotonic() + timeout;
  const restartsBefore = new Map<string, number>();
  let first = true;
  let readySince: number | undefined;
  let unseen: RotationFailure | undefined;
  let last: Verdict | undefined;
  let byHand: string | undefined;
  for (;;) {
    const began = clock.monotonic();
    const look = await tryLook(wait);
    if (look instanceof RotationFailure) {
      unseen = look;
      readySince = undefined;
      report(`cannot be seen at the moment: ${look.message}`);
    } else {
      unseen = undefined;
      last = judge(look, wait, restartsBefore, first);
      first = false;
      byHand = last.stuck.length > 0 ? await removeStuck(wait, last.stuck) : undefined;
      if (last.atOnce) return;
      readySince = last.done ? (readySince ?? clock.monotonic()) : undefined;
      if (readySince !== undefined && clock.monotonic() - readySince >= settle) return;
      report(last.done ? `${last.detail}, watching that they stay so` : byHand === undefined ? last.detail : `${last.detail}: ${byHand}`);
    }
    const now = clock.monotonic();
    if (now >= end) {
      if (unseen)
        throw new RotationFailure('transient', `${label}: ${unseen.message}`, unseen.hint === undefined ? {} : { hint: unseen.hint });
      // What is only on its way out may take as long as it was given; it is looked for again before anything is revoked.
      if (last?.leavingOnly) return;
      const message = `${label} was not done within ${Math.round(timeout / 1000)} s: ${last?.detail ?? ''}`;
      throw new RotationFailure('refused', message, byHand === undefined ? {} : { hint: byHand });
    }
    if (context.signal.aborted || now >= context.deadline) {
      throw new RotationFailure('transient', `${label}: the run ended while it was waited for${last ? `: ${last.detail}` : ''}`);
    }
    const settled = readySince === undefined ? Number.POSITIVE_INFINITY : readySince + settle - now;
    const interval = Math.max(pollMs, 3 * (now - began));
    await pause(Math.max(10, Math.min(interval, end - now, context.deadline - now, settled)), context.signal);
  }
}

/** A failure that may pass is answered, any other thrown. */
async function tryLook(wait: Wait): Promise<Look | RotationFailure> {
  try {
    return await lookAt(wait, wait.context);
  } catch (error) {
    if (error instanceof RotationFailure && failureKind(error) === 'transient' && reasonOf(error) !== 'Forbidden') return error;
    throw error;
  }
}

async function lookAt({ cluster, where, label }: Wait, context: RunContext): Promise<Look> {
  const api = await cluster();
  const target = await readTarget(api, where, context);
  if (!target) throw new RotationFailure('conflict', `${label} is gone`);
  const holder: Raw = templateHolder(target).object;
  return {
    holder,
    progress: progressOf[where.kind](target.workload, target.referenced?.object),
    pods: await podsOf(api, target, context),
  };
}

/**
 * A StatefulSet waits for a pod that never comes up before it replaces it, even by the old template:
 * https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback
 * Answers what a person has to do where we may not.
 */
async function removeStuck(
  { cluster, where, context }: Wait,
  stuck: readonly { readonly name: string; readonly uid: string }[],
): Promise<string | undefined> {
  const api = await cluster();
  const left: string[] = [];
  for (const { name, uid } of stuck) {
    try {
      await api.delete({ kind: kinds.Pod, namespace: where.namespace, name }, context, { uid });
    } catch (error) {
      if (reasonOf(error) === 'Forbidden') left.push(name);
      // `Conflict`: another pod of that name is there by now, which is what was wanted. What may pass is tried again at the next look.
      else if (reasonOf(error) !== 'Conflict' && failureKind(error) !== 'transient') throw error;
    }
  }
  return left.length === 0 ? undefined : `kubectl -n ${where.namespace} delete pod ${left.join(' ')}`;
}
