import { count, type Raw, raw } from '../../evidence/kubernetes/raw.ts';
import { annotations } from '../../model/rotation.ts';
import { failureKind, RotationFailure } from '../failure.ts';
import type { ConsumerView, RunContext } from '../ports.ts';
import type { Cluster } from './client.ts';
import { impossibleKey, type KubernetesConsumerConfig } from './keys.ts';
import { kinds, labelOf } from './kinds.ts';
import { managerOf } from './owners.ts';
import { isOver, ownerOf, secretsOf } from './pods.ts';
import { isOfFamily, namesOf, newestOf, templateReferences } from './references.ts';
import { annotationsOf, secretAt } from './secret.ts';
import { blockedBy } from './status/blocked.ts';
import { progressOf } from './status/index.ts';
import { readTarget, type Target, templateHolder } from './target.ts';

/** What a plan finds; filled piece by piece. */
interface Findings {
  readonly workloads: { label: string; pods: number | undefined }[];
  readonly warnings: string[];
  readonly blocked: string[];
  readonly notSeen: string[];
}

/** What changing this consumer would touch. Of Secrets the metadata alone are read. */
export async function viewConsumer(
  cluster: Cluster,
  config: KubernetesConsumerConfig,
  to: string,
  keys: ReadonlyMap<string, string>,
  context: RunContext,
): Promise<ConsumerView> {
  const { namespace, mode } = config;
  const findings: Findings = { workloads: [], warnings: [], blocked: [], notSeen: [] };
  const key = impossibleKey(keys);
  if (key !== undefined) findings.blocked.push(`a Secret cannot have the key "${key}"`);
  if (to.length > 253) findings.blocked.push(`the name ${to} is longer than 253 characters`);
  const targets = await Promise.all(config.workloads.map((workload) => lookAtWorkload(cluster, config, workload, findings, context)));
  await Promise.all([
    seeing(findings, () => lookAtSecret(cluster, config, to, findings, context)),
    seeing(findings, () => lookAtPods(cluster, config, findings, context)),
  ]);
  warnOfSpread(config, targets, findings);
  return {
    sync: `${labelOf(secretAt(namespace, to))} (${mode === 'versioned' ? 'immutable' : 'in place'})`,
    objects: [labelOf(secretAt(namespace, to)), ...targets.flatMap((target) => (target ? [labelOf(templateHolder(target).at)] : []))],
    workloads: findings.workloads,
    warnings: findings.warnings,
    blocked: findings.blocked[0],
    notSeen: findings.notSeen,
  };
}

/** What cannot be seen is said, not left out. */
async function seeing<T>(findings: Findings, look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof RotationFailure)) throw error;
    if (failureKind(error) === 'transient') findings.notSeen.push(error.oneLine());
    else findings.blocked.push(error.oneLine());
    return undefined;
  }
}

async function lookAtWorkload(
  cluster: Cluster,
  config: KubernetesConsumerConfig,
  { kind, name }: KubernetesConsumerConfig['workloads'][number],
  findings: Findings,
  context: RunContext,
): Promise<Target | undefined> {
  const { namespace, secret } = config;
  const label = labelOf({ kind: kinds[kind], namespace, name });
  const entry: { label: string; pods: number | undefined } = { label, pods: undefined };
  findings.workloads.push(entry);
  return seeing(findings, async () => {
    const target = await readTarget(cluster, { kind, namespace, name }, context);
    if (!target) {
      findings.blocked.push(`${label} does not exist`);
      return undefined;
    }
    entry.pods = podCount(target);
    const holder = templateHolder(target).object;
    if (templateReferences(holder, secret).length === 0) findings.blocked.push(`${label} does not refer to Secret ${namespace}/${secret}`);
    const blocked = blockedBy(kind, target.workload, label);
    if (blocked) findings.blocked.push(`${blocked.reason} (${blocked.hint})`);
    const manager = managerOf(holder);
    if (manager && config.mode === 'versioned') {
      findings.warnings.push(`${label} is kept by ${manager.name}, which may point it back to its own source`);
    }
    return target;
  });
}

function podCount({ kind, workload, referenced }: Target): number {
  return kind === 'DaemonSet' ? count(raw(workload.status).desiredNumberScheduled) : progressOf[kind](workload, referenced?.object).desired;
}

async function lookAtSecret(
  cluster: Cluster,
  config: KubernetesConsumerConfig,
  to: string,
  findings: Findings,
  context: RunContext,
): Promise<void> {
  const { namespace, mode } = config;
  const present = await cluster.get(secretAt(namespace, to), context, { metadataOnly: true });
  if (!present) return;
  const label = labelOf(secretAt(namespace, to));
  if (mode === 'versioned') {
    const marked = annotationsOf(present);
    if (marked[annotations.family] !== config.secret)
      findings.warnings.push(`${label} exists already and was not made by agentops: its value must be the same`);
    return;
  }
  const manager = managerOf(present);
  if (manager?.reconciles) findings.blocked.push(`${label} is kept by ${manager.name}, which would overwrite the new value`);
  else if (manager) findings.warnings.push(`${label} is kept by ${manager.name}, which may overwrite the new value`);
}

/** Pods of workloads that are not configured stay on the old value. */
async function lookAtPods(cluster: Cluster, config: KubernetesConsumerConfig, findings: Findings, context: RunContext): Promise<void> {
  const { namespace, secret, workloads } = config;
  const configured = new Set(workloads.map(({ kind, name }) => `${kind} ${name}`));
  const pods = (await cluster.list(kinds.Pod, namespace, context)).filter((pod) => !isOver(pod) && namesFamily(pod, secret));
  // A Rollout's pods belong to a ReplicaSet whose name begins with the Rollout's.
  const rollouts = workloads.flatMap(({ kind, name }) => (kind === 'Rollout' ? [name] : []));
  const others = pods.map(ownerOf).filter((owner) => {
    const isOfRollout = owner.startsWith('ReplicaSet ') && rollouts.some((name) => owner.startsWith(`ReplicaSet ${name}-`));
    return !configured.has(owner) && !isOfRollout;
  });
  const names = [...new Set(others)].sort();
  if (names.length === 0) {
    if (workloads.length === 0 && config.mode === 'versioned') {
      findings.warnings.push(`no workload is configured: nothing will refer to the new Secret of ${namespace}/${secret} by itself`);
    }
    return;
  }
  const shown = `${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`;
  findings.warnings.push(`also used by ${shown} in namespace ${namespace}: not configured, so they stay on the old value`);
}

function namesFamily(pod: Raw, family: string): boolean {
  return [...secretsOf(pod)].some((name) => isOfFamily(name, family));
}

function warnOfSpread(config: KubernetesConsumerConfig, targets: readonly (Target | undefined)[], findings: Findings): void {
  const names = new Set(
    targets.flatMap((target) => (target ? namesOf(templateReferences(templateHolder(target).object, config.secret)) : [])),
  );
  if (names.size < 2) return;
  const newest = newestOf(names, config.secret);
  findings.warnings.push(`the workloads refer to ${[...names].sort().join(' and ')}: ${newest} counts as the present one`);
}
