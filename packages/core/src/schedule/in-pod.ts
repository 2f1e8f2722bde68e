import type { Config } from '../config/schema.ts';
import { AgentOpsError } from '../errors.ts';
import type { PublicConfig } from './config-text.ts';
import type { Job } from './jobs.ts';

/** A Secret whose keys are files in the pod. */
export interface SecretMount {
  readonly secret: string;
  /** Absolute folder. */
  readonly path: string;
}

/**
 * Refuses a configuration that means something on this machine only: files
 * that no pod has, contexts of a kubeconfig. Throws `usage`, with the place
 * where there is one.
 */
export function refuseWhatNoPodHas(config: Config, text: PublicConfig, jobs: readonly Job[], mounts: readonly SecretMount[]): void {
  const isMounted = (path: string): boolean => mounts.some((mount) => path.startsWith(`${mount.path.replace(/\/$/, '')}/`));
  const missing = text.files.find(({ path }) => !isMounted(path));
  if (missing) {
    throw new AgentOpsError('usage', `${missing.setting} names the file ${missing.path}, which a pod does not have`, {
      position: missing.position,
      hint: 'mount a Secret with its folder, and name the file by that path: --mount-secret SECRET=/etc/agentops/files',
    });
  }
  if (text.files.some(({ setting }) => setting === 'kubernetes.kubeconfig')) return;
  const context = foreignContext(config, jobs);
  if (context !== undefined) {
    throw new AgentOpsError('usage', `${context.setting} names the context ${context.name}: a pod knows its own cluster alone`, {
      hint: 'leave it out, or mount a kubeconfig with --mount-secret and name it in kubernetes.kubeconfig',
    });
  }
  if (!jobs.some(({ name }) => name === 'secrets')) return;
  for (const entry of config.secrets) {
    const file = entry.consumers.find((consumer) => consumer.type === 'file');
    if (file) {
      throw new AgentOpsError(
        'usage',
        `secret ${entry.name}: its consumer ${file.path} is a file of a machine, which a pod cannot replace`,
        {
          hint: 'use --target systemd or cron on that machine, or --only diagnose',
        },
      );
    }
  }
  if (config.vault === undefined) {
    throw new AgentOpsError('usage', 'vault is not configured: a rotation in a pod would not know where it is', {
      hint: 'set vault.address, and vault.auth.method: kubernetes',
    });
  }
}

function foreignContext(config: Config, jobs: readonly Job[]): { readonly setting: string; readonly name: string } | undefined {
  const named: { setting: string; name: string | undefined }[] = [];
  const has = (job: Job['name']): boolean => jobs.some(({ name }) => name === job);
  if (config.kubernetes.enabled && (has('diagnose') || has('secrets'))) {
    named.push(...config.kubernetes.contexts.map((name) => ({ setting: 'kubernetes.contexts', name })));
  }
  if (has('secrets')) {
    for (const entry of config.secrets) {
      for (const consumer of entry.consumers) {
        if (consumer.type === 'kubernetes') named.push({ setting: `secret ${entry.name}: its consumer`, name: consumer.context });
      }
    }
    if (config.rotation.lock.type === 'lease') named.push({ setting: 'rotation.lock', name: config.rotation.lock.context });
  }
  const found = named.find(({ name }) => name !== undefined && name !== 'in-cluster');
  return found?.name === undefined ? undefined : { setting: found.setting, name: found.name };
}
