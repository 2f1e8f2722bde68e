import { optionalText, type Raw, raw, raws, text } from '../../evidence/kubernetes/raw.ts';
import { RotationFailure } from '../failure.ts';
import type { RunContext } from '../ports.ts';
import type { Cluster } from './client.ts';
import { reasonOf } from './cluster-failure.ts';
import { kinds, labelOf, type ObjectPath, type WorkloadKind } from './kinds.ts';
import { selectorText } from './label-selector.ts';

/** A workload with the object that holds its pod template. */
export interface Target {
  readonly kind: WorkloadKind;
  readonly at: ObjectPath;
  /** `Deployment agents/code-gen` */
  readonly label: string;
  readonly workload: Raw;
  /** The Deployment that an Argo Rollout takes its template from. */
  readonly referenced?: { readonly at: ObjectPath; readonly object: Raw };
}

/** Undefined: it is not there. Throws where a Rollout takes its template from what we cannot patch. */
export async function readTarget(
  cluster: Cluster,
  { kind, namespace, name }: { readonly kind: WorkloadKind; readonly namespace: string; readonly name: string },
  context: RunContext,
): Promise<Target | undefined> {
  const at: ObjectPath = { kind: kinds[kind], namespace, name };
  const label = labelOf(at);
  const workload = await cluster.get(at, context);
  if (!workload) return undefined;
  const reference = kind === 'Rollout' ? raw(raw(workload.spec).workloadRef) : {};
  if (reference.name === undefined) return { kind, at, label, workload };
  const from: ObjectPath = { kind: kinds.Deployment, namespace, name: text(reference.name) };
  if (reference.kind !== 'Deployment') {
    throw new RotationFailure('operator', `${label} takes its pod template from a ${wordOf(reference.kind)}`, {
      hint: 'only workloadRef to a Deployment is supported',
    });
  }
  const object = await cluster.get(from, context);
  if (!object) throw new RotationFailure('conflict', `${label} takes its pod template from ${labelOf(from)}, which is not there`);
  return { kind, at, label, workload, referenced: { at: from, object } };
}

/** The object whose pod template is patched. */
export function templateHolder(target: Target): { readonly at: ObjectPath; readonly object: Raw } {
  return target.referenced ?? { at: target.at, object: target.workload };
}

/** The pods that a workload owns, those of its old templates included; over and leaving ones too. */
export async function podsOf(cluster: Cluster, target: Target, context: RunContext): Promise<readonly Raw[]> {
  const { namespace } = target.at;
  const selector = raw(target.workload.spec).selector ?? raw(target.referenced?.object.spec).selector;
  const options = { labelSelector: selectorText(selector) };
  const uids = new Set([target.workload, target.referenced?.object].flatMap((object) => optionalText(raw(object?.metadata).uid) ?? []));
  if (target.kind === 'StatefulSet' || target.kind === 'DaemonSet') {
    return (await cluster.list(kinds.Pod, namespace, context, options)).filter((pod) => isOwned(pod, uids));
  }
  const [pods, sets] = await Promise.all([
    cluster.list(kinds.Pod, namespace, context, options),
    replicaSets(cluster, namespace, options.labelSelector, context),
  ]);
  if (!sets) return pods;
  const owners = new Set(sets.filter((set) => isOwned(set, uids)).flatMap((set) => optionalText(raw(set.metadata).uid) ?? []));
  return pods.filter((pod) => isOwned(pod, owners));
}

/** Undefined where they may not be listed: then every pod that the selector finds counts as the workload's, which is the safe side. */
async function replicaSets(
  cluster: Cluster,
  namespace: string,
  labelSelector: string,
  context: RunContext,
): Promise<readonly Raw[] | undefined> {
  try {
    return await cluster.list(kinds.ReplicaSet, namespace, context, { labelSelector, metadataOnly: true });
  } catch (error) {
    if (reasonOf(error) === 'Forbidden') return undefined;
    throw error;
  }
}

function isOwned(object: Raw, uids: ReadonlySet<string>): boolean {
  return raws(raw(object.metadata).ownerReferences).some(({ uid }) => typeof uid === 'string' && uids.has(uid));
}

function wordOf(value: unknown): string {
  return typeof value === 'string' && /^[A-Za-z]{1,63}$/.test(value) ? value : 'thing of unknown kind';
}
