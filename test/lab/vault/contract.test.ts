import { afterAll, beforeAll, describe } from 'vitest';
import { type LabVault, startVault } from '../../../packages/lab/src/vault/server.ts';
import { vaultCanary, vaultSeed } from '../../../scripts/servers/vault.ts';
import { describeVaultContract } from '../../contract/vault.ts';

const readerToken = 'CANARY-reader-token';
const restrictedToken = 'CANARY-restricted-token';
const rootToken = 'CANARY-root-token';
const approle = { roleId: 'lab-role-id', secretId: 'CANARY-lab-secret-id' };

describe('the lab’s Vault', () => {
  let server: LabVault;
  beforeAll(async () => {
    const now = Date.now();
    const secrets = Object.entries(vaultSeed).map(([path, secret]) => [
      path,
      {
        customMetadata: secret.customMetadata,
        versions: Array.from({ length: secret.versions }, (_, index) => ({
          createdAt: now - 60_000,
          data: { value: `${vaultCanary}-${index + 1}` },
          ...(secret.deleted ? { deletedAt: now - 30_000 } : {}),
        })),
      },
    ]);
    server = await startVault({
      mounts: { secret: { secrets: Object.fromEntries(secrets) } },
      policies: {
        'metadata-reader': [{ path: 'secret/metadata/*', capabilities: ['read', 'list'] }],
        'platform-reader': [{ path: 'secret/metadata/platform/*', capabilities: ['read', 'list'] }],
      },
      tokens: { [rootToken]: ['root'], [readerToken]: ['metadata-reader'], [restrictedToken]: ['platform-reader'] },
      approles: { [approle.roleId]: { secretId: approle.secretId, policies: ['metadata-reader'] } },
    });
  });
  afterAll(() => server.close());
  describeVaultContract(() => ({ url: server.url, rootToken, readerToken, restrictedToken, approle }));
});
