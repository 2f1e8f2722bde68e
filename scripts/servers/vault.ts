import { binary } from './binaries.ts';
import { freePort, type Run, startProcess, waitUntil } from './process.ts';

export interface VaultServer {
  readonly url: string;
  readonly rootToken: string;
  /** Reads and lists metadata of all of `secret/`, and no value. */
  readonly readerToken: string;
  /** Reads metadata below `secret/platform` alone. */
  readonly restrictedToken: string;
  readonly approle: { readonly roleId: string; readonly secretId: string };
}

/** The KV v2 data as seeded below `secret/`, by path. */
export const vaultSeed = {
  'agents/openai': { versions: 2, deleted: false, customMetadata: { owner: 'team-agents', 'rotation-days': '30' } },
  'agents/anthropic': { versions: 1, deleted: false, customMetadata: {} },
  'agents/nested/tool-key': { versions: 1, deleted: false, customMetadata: {} },
  'platform/database': { versions: 3, deleted: false, customMetadata: {} },
  'platform/retired': { versions: 1, deleted: true, customMetadata: {} },
} as const;

/** Every secret value in Vault; none may appear anywhere in agentops' output. */
export const vaultCanary = 'CANARY-vault-value';

/** Vault's development server (in memory, unsealed) with KV v2 at `secret/`, an AppRole and two policies. */
export async function startVault(run: Run): Promise<VaultServer> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const rootToken = 'CANARY-vault-root-token';
  const record = await startProcess(run, {
    name: 'vault',
    command: await binary('vault'),
    args: ['server', '-dev', '-dev-no-store-token', `-dev-root-token-id=${rootToken}`, `-dev-listen-address=127.0.0.1:${port}`],
    ports: [port],
  });
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`${url}/v1/${path}`, {
      method,
      headers: { 'X-Vault-Token': rootToken },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`vault: ${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? {} : JSON.parse(text);
  };
  await waitUntil('vault', async () => (await fetch(`${url}/v1/sys/health`)).status === 200, { process: record });
  // The KV v2 mount upgrades itself right after the start; it answers 400 until then.
  await waitUntil('vault kv', async () => (await call('GET', 'secret/config')) !== undefined, { process: record });
  for (const [path, secret] of Object.entries(vaultSeed)) {
    for (let version = 1; version <= secret.versions; version++) {
      await call('POST', `secret/data/${path}`, { data: { value: `${vaultCanary}-${version}` } });
    }
    if (secret.deleted) await call('DELETE', `secret/data/${path}`);
    if (Object.keys(secret.customMetadata).length > 0) {
      await call('POST', `secret/metadata/${path}`, { custom_metadata: secret.customMetadata });
    }
  }
  const metadataOf = (folder: string): string => `path "secret/metadata/${folder}*" { capabilities = ["read", "list"] }`;
  await call('PUT', 'sys/policies/acl/metadata-reader', { policy: metadataOf('') });
  await call('PUT', 'sys/policies/acl/platform-reader', { policy: metadataOf('platform/') });
  await call('POST', 'sys/auth/approle', { type: 'approle' });
  await call('POST', 'auth/approle/role/agentops', { token_policies: ['metadata-reader'], token_ttl: '1h' });
  const token = async (policy: string): Promise<string> => {
    const created = (await call('POST', 'auth/token/create', { policies: [policy], ttl: '12h' })) as { auth: { client_token: string } };
    return created.auth.client_token;
  };
  const role = (await call('GET', 'auth/approle/role/agentops/role-id')) as { data: { role_id: string } };
  const secret = (await call('POST', 'auth/approle/role/agentops/secret-id')) as { data: { secret_id: string } };
  return {
    url,
    rootToken,
    readerToken: await token('metadata-reader'),
    restrictedToken: await token('platform-reader'),
    approle: { roleId: role.data.role_id, secretId: secret.data.secret_id },
  };
}
