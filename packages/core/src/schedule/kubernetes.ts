import { stringify } from 'yaml';
import { allChecks } from '../checks/registry.ts';
import type { Config } from '../config/schema.ts';
import { selectChecks, wantedEvidence } from '../diagnose/select.ts';
import { permissionsFor } from '../permissions/diagnose.ts';
import { type Grant, roleManifests, scalar } from '../permissions/manifests.ts';
import { secretsGrants } from '../permissions/secrets.ts';
import type { PublicConfig } from './config-text.ts';
import { cronJob } from './cron-job.ts';
import type { ScheduleFile } from './file.ts';
import { refuseWhatNoPodHas, type SecretMount } from './in-pod.ts';
import type { Job } from './jobs.ts';

export interface KubernetesOptions {
  readonly namespace: string;
  readonly image: string;
  /** Each job has an account of its own: `<this>-secrets`… */
  readonly serviceAccount: string;
  /** Secret that holds what `${env:…}` asks for, by that name. */
  readonly envSecret: string;
  readonly mounts: readonly SecretMount[];
  /** PersistentVolumeClaim that keeps the ledger between reports. */
  readonly stateClaim: string | undefined;
  /** Lines for the top. */
  readonly notes: readonly string[];
}

const configMapName = 'agentops-config';

/** Accounts and roles, the configuration, and a CronJob a job. */
export function kubernetesManifests(jobs: readonly Job[], config: Config, text: PublicConfig, options: KubernetesOptions): ScheduleFile[] {
  refuseWhatNoPodHas(config, text, jobs, options.mounts);
  const head = headOf(jobs, config, text, options).map((line) => `# ${line}\n`);
  return [
    { name: 'agentops-rbac.yaml', text: head.join('') + joined(jobs.flatMap((job) => accountOf(job, config, options))), mode: 0o644 },
    // It names servers and paths, though it holds no secret.
    { name: 'agentops-config.yaml', text: configMap(text, options), mode: 0o600 },
    { name: 'agentops-cronjobs.yaml', text: joined(jobs.map((job) => jobOf(job, config, text, options))), mode: 0o644 },
  ];
}

/** What must be there for the rest to work. */
function headOf(jobs: readonly Job[], config: Config, text: PublicConfig, options: KubernetesOptions): readonly string[] {
  const { namespace, image, envSecret, serviceAccount, notes } = options;
  const variables = [...new Set(jobs.flatMap((job) => variablesFor(job, config, text)))].sort();
  const create = `kubectl -n ${namespace} create secret generic ${envSecret} --from-env-file=FILE`;
  const auth = config.vault?.auth;
  const accounts = jobs.filter(({ name }) => name !== 'cost').map(({ name }) => `${serviceAccount}-${name}`);
  return [
    ...notes,
    `The image: docker build -f scripts/image/Dockerfile -t ${image.replace(/@.*$/, '')} . in a checkout of agentops; push it to where the nodes pull from.`,
    `The namespace: kubectl create namespace ${namespace}`,
    ...(variables.length === 0 ? [] : [`The values: ${create}, with ${variables.join(', ')}`]),
    ...(auth?.method === 'kubernetes' && accounts.length > 0
      ? [
          `Vault: role ${auth.role} at auth/${auth.mount}, with bound_service_account_namespaces=${namespace},`,
          `  bound_service_account_names=${accounts.join(',')} and the policy that agentops rbac --vault prints.`,
        ]
      : []),
  ];
}

/** What a job's pod takes from the environment: what stands in the file, and a token that is looked for besides. */
function variablesFor(job: Job, config: Config, { variables }: PublicConfig): readonly string[] {
  const auth = config.vault?.auth;
  // One that is a reference is named already; to read it here could throw.
  const token = job.name !== 'cost' && auth?.method === 'token' && !Object.hasOwn(auth, 'token') ? ['VAULT_TOKEN'] : [];
  return [...new Set([...variables.all, ...(job.name === 'secrets' ? variables.rotation : []), ...token])].sort();
}

function jobOf(job: Job, config: Config, text: PublicConfig, options: KubernetesOptions): string {
  return cronJob(job, {
    ...options,
    variables: variablesFor(job, config, text),
    configMap: configMapName,
    timeZone: config.timeZone ?? 'UTC',
    token: needsToken(job, config),
  });
}

/** Whether a pod of this job shows its account's token to somebody. */
function needsToken(job: Job, config: Config): boolean {
  if (job.name === 'cost') return false;
  return grantsOf(job, config).length > 0 || config.vault?.auth.method === 'kubernetes';
}

function grantsOf(job: Job, config: Config): readonly Grant[] {
  if (job.name === 'secrets') return secretsGrants(config).map(({ grant }) => grant);
  if (job.name === 'cost' || !config.kubernetes.enabled) return [];
  const wanted = wantedEvidence(selectChecks(allChecks, [], config));
  return permissionsFor(wanted.add('kubernetes.cluster'), config.kubernetes.namespaces);
}

function accountOf(job: Job, config: Config, { namespace, serviceAccount }: KubernetesOptions): string[] {
  const name = `${serviceAccount}-${job.name}`;
  const account = `apiVersion: v1
kind: ServiceAccount
metadata:
  name: ${scalar(name)}
  namespace: ${scalar(namespace)}
# The pods that need its token ask for it.
automountServiceAccountToken: false
`;
  const roles = roleManifests(grantsOf(job, config), { name: `agentops-${job.name}`, subject: { name, namespace } });
  return roles === '' ? [account] : [account, roles];
}

function configMap(text: PublicConfig, { namespace }: KubernetesOptions): string {
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: configMapName, namespace },
    data: { 'agentops.yaml': text.text },
  };
  return `# agentops.yaml as it stands: references instead of secrets, no comments.\n${stringify(object, { lineWidth: 0, blockQuote: 'literal' })}`;
}

function joined(documents: readonly string[]): string {
  return documents.join('---\n');
}
