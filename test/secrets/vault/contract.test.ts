import { afterAll, beforeAll, describe } from 'vitest';
import { type LabVault, startVault } from '../../../packages/lab/src/vault/server.ts';
import { describeVaultRotationContract, vaultRotationSetup } from '../../contract/vault-rotation.ts';

const rootToken = 'CANARY-root-token';
const tokens = { keeper: 'CANARY-keeper', noPatch: 'CANARY-no-patch', reader: 'CANARY-reader' };
const approle = { roleId: 'lab-role-id', secretId: 'CANARY-lab-secret-id' };

describe('rotations on the lab’s Vault', () => {
  let server: LabVault;
  beforeAll(async () => {
    server = await startVault({
      ...vaultRotationSetup,
      tokens: { [rootToken]: ['root'], [tokens.keeper]: ['keeper'], [tokens.noPatch]: ['noPatch'], [tokens.reader]: ['reader'] },
      approles: { [approle.roleId]: { secretId: approle.secretId, policies: ['keeper'] } },
      loginTtl: { ttl: 2, maxTtl: 4 },
    });
  });
  afterAll(() => server.close());
  describeVaultRotationContract(() => ({
    url: server.url,
    rootToken,
    tokens,
    approle,
    limit: async () => {
      server.setQuota({ path: 'rotation-busy/', retryAfter: 1 });
      setTimeout(() => server.setQuota(undefined), 500);
    },
  }));
});
