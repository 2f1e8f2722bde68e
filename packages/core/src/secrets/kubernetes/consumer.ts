import type { SecretEntry } from '../../config/secrets.ts';
import { optionalText, raw } from '../../evidence/kubernetes/raw.ts';
import type { WorkloadRecord } from '../../model/rotation.ts';
import { annotations } from '../../model/rotation.ts';
import { RotationFailure } from '../failure.ts';
import type { Consumer, RunContext } from '../ports.ts';
import type { SecretFields } from '../value.ts';
import type { Cluster } from './client.ts';
import { dataOf, type KubernetesConsumerConfig, keysOf } from './keys.ts';
import { kinds, labelOf, workloadKind } from './kinds.ts';
import { namesOf, newestOf, templateReferences, versionIn } from './references.ts';
import { rolloutOf } from './rollout.ts';
import { annotationsOf, applyInPlace, createVersion, holdsData, managedBy, restoreInPlace, secretAt } from './secret.ts';
import { readTarget, templateHolder } from './target.ts';
import { rotationOf, templateOf } from './template-patch.ts';
import { holdersInPlace, removeOurs, usersOf } from './usage.ts';
import { viewConsumer } from './view.ts';

export interface KubernetesConsumerOptions {
  readonly config: KubernetesConsumerConfig;
  readonly entry: SecretEntry;
  readonly cluster: () => Promise<Cluster>;
}

/** A Secret of a cluster and the workloads that use it. */
export function kubernetesConsumer({ config, entry, cluster }: KubernetesConsumerOptions): Consumer {
  const { namespace, secret: family, context: contextName } = config;
  const inPlace = config.mode === 'in-place';
  const keys = keysOf(config.keys, entry);
  const place = { namespace, family, keys };
  const nameOf = (version: number): string => (inPlace ? family : `${family}-v${version}`);

  const id = `kubernetes ${contextName === undefined ? '' : `${contextName} `}${namespace}/${family}`;
  return {
    id,
    type: 'kubernetes',
    inPlace,
    async view(version, context) {
      return viewConsumer(await cluster(), config, nameOf(version), keys, context);
    },
    async record(version, context) {
      const api = await cluster();
      const workloads = await Promise.all(config.workloads.map((workload) => recordWorkload(api, config, workload, context)));
      const from = await presentName(api, config, workloads, context);
      const mark = inPlace ? annotationsOf(await metadata(api, family, context))[annotations.rotation] : undefined;
      return { id, from, to: nameOf(version), ...(mark === undefined ? {} : { mark }), workloads };
    },
    async sync(record, change, context) {
      const api = await cluster();
      if (inPlace) await applyInPlace(api, place, change, context);
      else await createVersion(api, place, record, change, context);
    },
    workloads(record, { rotation }, context) {
      return record.workloads.map((workload) => {
        const kind = workloadKind(workload.kind);
        if (!kind) throw new RotationFailure('operator', `a ${workload.kind} cannot be restarted by this version of agentops`);
        const { settle, timeout } = config;
        return rolloutOf({ cluster, kind, record: workload, family, to: record.to, rotation, inPlace, settle, timeout, context });
      });
    },
    async unsync(record, change, context) {
      // A version of its own is harmless until it is removed, and so is one where there was nothing before.
      if (inPlace && record.from !== null) await restoreInPlace(await cluster(), place, record, change, context);
    },
    async holds(fields, context) {
      return holdsNow(await cluster(), config, keys, fields, context);
    },
    async stillOn(record, side, context) {
      const name = record[side];
      if (name === null) return [];
      const api = await cluster();
      return inPlace ? holdersInPlace(api, namespace, record, side, context) : usersOf(api, namespace, name, context);
    },
    async cleanUp(record, side, context) {
      const name = record[side];
      if (name === null || (side === 'from' && name === record.to)) return;
      const ours = inPlace ? side === 'to' && record.from === null : versionIn(name, family) !== undefined;
      if (ours) await removeOurs(await cluster(), namespace, name, family, context);
    },
  };

  function metadata(api: Cluster, name: string, context: RunContext): ReturnType<Cluster['get']> {
    return api.get(secretAt(namespace, name), context, { metadataOnly: true });
  }
}

async function recordWorkload(
  cluster: Cluster,
  { namespace, secret }: KubernetesConsumerConfig,
  { kind, name }: KubernetesConsumerConfig['workloads'][number],
  context: RunContext,
): Promise<WorkloadRecord> {
  const target = await readTarget(cluster, { kind, namespace, name }, context);
  const label = labelOf({ kind: kinds[kind], namespace, name });
  if (!target) throw new RotationFailure('operator', `${label} does not exist`, { hint: 'correct the consumer in agentops.yaml' });
  const holder = templateHolder(target).object;
  const references = templateReferences(holder, secret);
  if (references.length === 0) throw new RotationFailure('operator', `${label} does not refer to Secret ${namespace}/${secret}`);
  const annotation = rotationOf(templateOf(holder));
  return { kind, namespace, name, references: [...references], ...(annotation === undefined ? {} : { annotation }) };
}

/** The Secret that serves now: what workloads refer to, else the newest version, else the plain one; null: there is none. */
async function presentName(
  cluster: Cluster,
  config: KubernetesConsumerConfig,
  workloads: readonly WorkloadRecord[],
  context: RunContext,
): Promise<string | null> {
  const { namespace, secret: family, mode } = config;
  const referenced = newestOf(
    workloads.flatMap(({ references }) => namesOf(references)),
    family,
  );
  const name = mode === 'in-place' ? family : (referenced ?? (await newestVersion(cluster, namespace, family, context)) ?? family);
  return (await cluster.get(secretAt(namespace, name), context, { metadataOnly: true })) ? name : null;
}

async function newestVersion(cluster: Cluster, namespace: string, family: string, context: RunContext): Promise<string | undefined> {
  const labelSelector = `${managedBy.key}=${managedBy.value}`;
  const ours = await cluster.list(kinds.Secret, namespace, context, { labelSelector, metadataOnly: true });
  const names = ours.flatMap((secret) => {
    const name = optionalText(raw(secret.metadata).name);
    return name !== undefined && annotationsOf(secret)[annotations.family] === family ? [name] : [];
  });
  return newestOf(names, family);
}

async function holdsNow(
  cluster: Cluster,
  config: KubernetesConsumerConfig,
  keys: ReadonlyMap<string, string>,
  fields: SecretFields,
  context: RunContext,
): Promise<Awaited<ReturnType<Consumer['holds']>>> {
  const { namespace, secret: family, mode } = config;
  const wanted = dataOf(fields, keys);
  const workloads = await Promise.all(config.workloads.map((workload) => recordWorkload(cluster, config, workload, context)));
  const referenced = mode === 'in-place' ? [] : [...new Set(workloads.flatMap(({ references }) => namesOf(references)))];
  const present = referenced.length > 0 ? referenced : [await presentName(cluster, config, workloads, context)];
  for (const name of present) {
    const secret = name === null ? undefined : await cluster.get(secretAt(namespace, name), context);
    const label = `Secret ${namespace}/${name ?? family}`;
    if (!secret) return { holds: 'no', detail: `${label} does not exist` };
    if (!holdsData(secret, wanted)) return { holds: 'no', detail: `${label} has another value` };
  }
  return { holds: 'yes', detail: `Secret ${namespace}/${present.join(', ')}` };
}
