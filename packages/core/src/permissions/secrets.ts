import type { Config } from '../config/schema.ts';
import { fillNames } from '../config/secret-names.ts';
import type { ConsumerConfig, SecretEntry } from '../config/secrets.ts';
import { type Kind, kinds } from '../secrets/kubernetes/kinds.ts';
import type { Grant } from './manifests.ts';

/** A grant, and the kubeconfig context of the cluster that it is needed in; undefined: the one that commands use by themselves. */
export interface ClusterGrant {
  readonly context: string | undefined;
  readonly grant: Grant;
}

type KubernetesConsumer = Extract<ConsumerConfig, { type: 'kubernetes' }>;

const versionedNames = 'Names end in a version (openai-key-v5) that nobody knows beforehand: these cannot be limited to names.';
const newestByLabel = 'Without a workload that names one, the newest version is found by its label: of Secrets only metadata are listed.';
const referencedTemplate = 'A Rollout with workloadRef needs get and patch on that Deployment besides.';
const hangingPod = 'On the way back a StatefulSet does not replace a pod that never became ready: it is deleted.';
const stillUsed = 'Before an old value is revoked, or its Secret removed: whatever still refers to it.';

/** What the rotation of the configured secrets asks the clusters of their consumers, and that of the lock, for. */
export function secretsGrants(config: Config): readonly ClusterGrant[] {
  const rotated = config.secrets.filter(({ issuer }) => issuer !== undefined);
  return [
    ...config.secrets.flatMap((entry) =>
      entry.consumers.flatMap((consumer) => {
        if (consumer.type !== 'kubernetes') return [];
        const { context } = consumer;
        return consumerGrants(consumer, entry).map((grant) => ({ context, grant }));
      }),
    ),
    ...(rotated.length === 0 ? [] : lockGrants(config, rotated)),
  ];
}

function consumerGrants(consumer: KubernetesConsumer, entry: SecretEntry): readonly Grant[] {
  const { namespace, mode, workloads } = consumer;
  const on = (kind: Kind, verbs: readonly string[], more: Pick<Grant, 'names' | 'why'> = {}): Grant[] =>
    verbs.map((verb) => ({ verb, group: kind.group, resource: kind.plural, namespace, ...more }));
  const name = filled(consumer.secret, entry);
  const secret =
    mode === 'versioned'
      ? [
          ...on(kinds.Secret, ['create', 'delete', 'get'], { why: versionedNames }),
          ...(workloads.length === 0 ? on(kinds.Secret, ['list'], { why: newestByLabel }) : []),
        ]
      : // Applied under its name, which is why even create can be limited to it.
        on(kinds.Secret, ['create', 'delete', 'get', 'patch'], name === undefined ? {} : { names: [name] });
  const changed = workloads.flatMap(({ kind, name: text }) => {
    const workload = filled(text, entry);
    const names = workload === undefined ? {} : { names: [workload] };
    return on(kinds[kind], ['get', 'patch'], { ...names, ...(kind === 'Rollout' ? { why: referencedTemplate } : {}) });
  });
  const hanging = workloads.some(({ kind }) => kind === 'StatefulSet') ? on(kinds.Pod, ['delete'], { why: hangingPod }) : [];
  const replicaSets = workloads.some(({ kind }) => kind === 'Deployment' || kind === 'Rollout') ? on(kinds.ReplicaSet, ['list']) : [];
  const users = [kinds.CronJob, kinds.DaemonSet, kinds.Deployment, kinds.Job, kinds.Rollout, kinds.StatefulSet];
  return [
    ...secret,
    ...changed,
    ...on(kinds.Pod, ['list']),
    ...hanging,
    ...replicaSets,
    ...(mode === 'versioned' ? users.flatMap((kind) => on(kind, ['list'], { why: stillUsed })) : []),
  ];
}

/** A name with its placeholders filled in; undefined: a pattern's entries are not known beforehand. */
function filled(text: string, { name, vault }: SecretEntry): string | undefined {
  if (!/\{(name|secret)\}/.test(text)) return text;
  if (vault?.path.endsWith('*')) return undefined;
  return fillNames(text, { name, secret: vault?.path.split('/').at(-1) ?? name });
}

/** `agentops-<secret>`, made when it is first taken. */
function lockGrants(config: Config, rotated: readonly SecretEntry[]): readonly ClusterGrant[] {
  const { lock } = config.rotation;
  if (lock.type !== 'lease') return [];
  const { namespace, context } = lock;
  const lease = { group: kinds.Lease.group, resource: kinds.Lease.plural, namespace };
  const known = rotated.every(({ vault }) => !vault?.path.endsWith('*'));
  const names = known ? { names: rotated.map(({ name }) => `agentops-${name}`) } : {};
  const grants: readonly Grant[] = [
    { ...lease, verb: 'create', why: 'What does not exist yet has no name that RBAC could see.' },
    { ...lease, verb: 'get', ...names },
    { ...lease, verb: 'patch', ...names },
  ];
  return grants.map((grant) => ({ context, grant }));
}
