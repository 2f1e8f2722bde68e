import { parseDocument } from 'yaml';
import type { Config } from '../config/schema.ts';
import { AgentOpsError, isAgentOpsError } from '../errors.ts';
import { publicConfig, variablesOf } from './config-text.ts';
import { crontab } from './crontab.ts';
import type { ScheduleFile } from './file.ts';
import type { SecretMount } from './in-pod.ts';
import { chooseJobs, type JobName } from './jobs.ts';
import { kubernetesManifests } from './kubernetes.ts';
import { systemdUnits } from './systemd.ts';

export const scheduleTargets = ['kubernetes', 'systemd', 'cron'] as const;
export type ScheduleTarget = (typeof scheduleTargets)[number];

export interface ScheduleRequest {
  readonly target: ScheduleTarget;
  readonly only: readonly JobName[];
  /** Five fields of cron a job; default as {@link chooseJobs} has them. */
  readonly schedules: Readonly<Partial<Record<JobName, string>>>;
  readonly kubernetes: {
    readonly namespace: string;
    readonly image: string;
    readonly serviceAccount: string;
    readonly envSecret: string;
    readonly mounts: readonly SecretMount[];
    readonly stateClaim: string | undefined;
  };
  readonly machine: { readonly program: string; readonly user: string };
}

/** The configuration that the jobs will run with. */
export interface ScheduledConfig {
  /** References that lead nowhere here need not: see `needs: 'nothing'` of loadConfig. */
  readonly config: Config;
  /** Absolute path. */
  readonly file: string;
  readonly shown: string;
  readonly text: string;
}

/**
 * What makes a cluster or a machine run agentops by the clock. The same
 * request and configuration give the same text. Throws `usage` where the jobs
 * could not run there, or would carry a secret.
 */
export function scheduleFiles(request: ScheduleRequest, { config, file, shown, text }: ScheduledConfig): readonly ScheduleFile[] {
  const { target } = request;
  const noCost = target === 'kubernetes' ? noCostReport(config, text, request.kubernetes.stateClaim) : undefined;
  const { jobs, leftOut } = chooseJobs(config, { only: request.only, schedules: request.schedules, noCost });
  const notes = [
    `Made by: agentops schedule --target ${target}. Make it again when agentops.yaml changes.`,
    ...leftOut.map(({ name, reason }) => `Left out: ${name}. ${reason}.`),
  ];
  if (target === 'kubernetes') return kubernetesManifests(jobs, config, publicConfig(text, shown), { ...request.kubernetes, notes });
  const options = { ...request.machine, configFile: file, variables: variablesOf(text), notes };
  return target === 'systemd' ? systemdUnits(jobs, config, options) : crontab(jobs, config, options);
}

/** A pod's own disk is gone with it: each report would begin with an empty ledger. */
function noCostReport(config: Config, text: string, stateClaim: string | undefined): string | undefined {
  if (stateClaim !== undefined) return undefined;
  const isShared = (ledger: unknown): boolean => typeof ledger === 'string' && /^postgres(ql)?:\/\//.test(ledger);
  // Its beginning tells, whether or not the password is known here.
  if (isShared(parseDocument(text.replace(/^\uFEFF/, '')).get('ledger'))) return undefined;
  const advice = 'set `ledger` to a postgres:// URL, or name a PersistentVolumeClaim with --state-claim';
  try {
    return isShared(config.ledger) ? undefined : `The ledger would be lost with each pod: ${advice}`;
  } catch (error) {
    if (!isAgentOpsError(error, 'config-reference')) throw error;
    return `Whether the ledger outlives a pod cannot be told, for ${error.message}: ${advice}`;
  }
}

/** One text of several files: what is printed where no folder was named. */
export function printed(target: ScheduleTarget, files: readonly ScheduleFile[]): string {
  if (target === 'kubernetes') return files.map(({ text }) => text).join('---\n');
  if (files.length === 1) return files.map(({ text }) => text).join('');
  return files.map(({ name, text }) => `# ---- /etc/systemd/system/${name}\n${text}`).join('\n');
}

/** `NAME=/absolute/folder`. Throws `usage`. */
export function parseMount(text: string): SecretMount {
  const [secret = '', path = '', ...rest] = text.split('=');
  if (rest.length > 0 || !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(secret) || !/^(\/[\w.-]+)+$/.test(path) || path.includes('/..')) {
    throw new AgentOpsError('usage', `--mount-secret: "${text}" is not SECRET=/folder`, { hint: 'such as vault-ca=/etc/agentops/vault' });
  }
  return { secret, path };
}
