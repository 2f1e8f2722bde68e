import { beforeAll } from 'vitest';
import type { VaultServer } from '../../scripts/servers/vault.ts';
import { exchange } from '../contract/http.ts';
import { describeVaultRotationContract, type VaultRotationTarget, vaultRotationSetup } from '../contract/vault-rotation.ts';
import { describeReal } from './support.ts';

describeReal(['vault'], 'Rotations on Vault', ({ vault }) => {
  let target: VaultRotationTarget;
  beforeAll(async () => {
    target = await prepare(vault);
  });
  describeVaultRotationContract(() => target);
});

/** Makes the mounts anew, so that the suite can run again on a server that stays up. */
async function prepare(vault: VaultServer): Promise<VaultRotationTarget> {
  const call = async (method: string, path: string, body?: object): Promise<unknown> => {
    const options = { method, headers: { 'x-vault-token': vault.rootToken }, ...(body ? { body: JSON.stringify(body) } : {}) };
    const answer = await exchange(`${vault.url}/v1/${path}`, options);
    if (answer.status >= 300 && answer.status !== 404) throw new Error(`vault: ${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.text === '' ? undefined : answer.json();
  };
  for (const [name, mount] of Object.entries(vaultRotationSetup.mounts)) {
    await call('DELETE', `sys/mounts/${name}`);
    await call('POST', `sys/mounts/${name}`, { type: 'kv', options: { version: String(mount.version) } });
    if ('maxVersions' in mount) await retried(() => call('POST', `${name}/config`, { max_versions: mount.maxVersions }));
  }
  for (const [name, rules] of Object.entries(vaultRotationSetup.policies)) {
    const policy = rules.map(({ path, capabilities }) => `path "${path}" { capabilities = ${JSON.stringify(capabilities)} }`).join('\n');
    await call('PUT', `sys/policies/acl/rotation-${name}`, { policy });
  }
  const tokenOf = async (name: string): Promise<string> => {
    const made = (await call('POST', 'auth/token/create', { policies: [`rotation-${name}`], ttl: '1h' })) as {
      auth: { client_token: string };
    };
    return made.auth.client_token;
  };
  const role = 'auth/approle/role/rotation';
  await call('POST', role, { token_policies: ['rotation-keeper'], token_ttl: '2s', token_max_ttl: '4s' });
  const roleId = ((await call('GET', `${role}/role-id`)) as { data: { role_id: string } }).data.role_id;
  const secretId = ((await call('POST', `${role}/secret-id`)) as { data: { secret_id: string } }).data.secret_id;
  await call('POST', 'sys/quotas/config', { enable_rate_limit_response_headers: true });
  return {
    url: vault.url,
    rootToken: vault.rootToken,
    tokens: { keeper: await tokenOf('keeper'), noPatch: await tokenOf('noPatch'), reader: await tokenOf('reader') },
    approle: { roleId, secretId },
    // Most of the suite's four calls at once are over it.
    limit: async () => {
      await call('POST', 'sys/quotas/rate-limit/rotation-busy', { path: 'rotation-busy/', rate: 1, interval: '1s' });
    },
  };
}

/** A mount that was just made may still be busy with itself. */
async function retried(act: () => Promise<unknown>): Promise<void> {
  for (let left = 20; ; left--) {
    try {
      await act();
      return;
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}
