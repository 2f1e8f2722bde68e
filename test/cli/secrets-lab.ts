import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { namespace } from '../../packages/lab/src/kubernetes/objects.ts';
import { type KubernetesServer, labAdmin, startKubernetes } from '../../packages/lab/src/kubernetes/server.ts';
import type { LabVaultSecret } from '../../packages/lab/src/vault/options.ts';
import type { PathRule } from '../../packages/lab/src/vault/policy.ts';
import { type LabVault, startVault } from '../../packages/lab/src/vault/server.ts';

export interface SecretsLab {
  readonly folder: string;
  readonly vault: LabVault;
  readonly kubernetes: KubernetesServer;
  /** A Secret of namespace agents: its values in plain text, and its annotations. */
  secret(name: string): Promise<{ readonly data: Record<string, string>; readonly annotations: Record<string, string> }>;
  /** Writes agentops.yaml with these `secrets:` and anything else; answers its path. */
  configure(name: string, secrets: readonly object[], more?: object): string;
  close(): Promise<void>;
}

/** Vault (token `root`) and Kubernetes of the lab, and a folder. */
export async function startSecretsLab(
  secrets: Readonly<Record<string, LabVaultSecret>>,
  policies: Readonly<Record<string, readonly PathRule[]>> = {},
): Promise<SecretsLab> {
  const tokens = { root: ['root'], ...Object.fromEntries(Object.keys(policies).map((name) => [`token-${name}`, [name]])) };
  const vault = await startVault({ mounts: { kv: { secrets } }, tokens, policies });
  const kubernetes = await startKubernetes({ objects: [namespace('agents', Date.now())] });
  const folder = mkdtempSync(join(tmpdir(), 'agentops-secrets-'));
  const kubeconfig = join(folder, 'kubeconfig.yaml');
  writeFileSync(kubeconfig, kubernetes.kubeconfig(), { mode: 0o600 });
  return {
    folder,
    vault,
    kubernetes,
    secret: async (name) => {
      const response = await fetch(`${kubernetes.url}/api/v1/namespaces/agents/secrets/${name}`, {
        headers: { authorization: `Bearer ${labAdmin.token}` },
      });
      const { data = {}, metadata } = (await response.json()) as {
        data?: Record<string, string>;
        metadata: { annotations?: Record<string, string> };
      };
      const plain = Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'base64').toString()]);
      return { data: Object.fromEntries(plain) as Record<string, string>, annotations: metadata.annotations ?? {} };
    },
    configure: (name, entries, more = {}) => {
      const file = join(folder, `${name}.yaml`);
      const config = {
        timeZone: 'UTC',
        kubernetes: { kubeconfig },
        vault: { address: vault.url, auth: { method: 'token', token: 'root' } },
        secrets: entries,
        ...more,
      };
      writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
      return file;
    },
    close: async () => {
      rmSync(folder, { recursive: true, force: true });
      await Promise.all([vault.close(), kubernetes.close()]);
    },
  };
}
