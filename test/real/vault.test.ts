import { describeVaultContract } from '../contract/vault.ts';
import { describeVaultKvContract } from '../contract/vault-kv.ts';
import { describeReal } from './support.ts';

describeReal(['vault'], 'Vault', ({ vault }) => {
  describeVaultContract(() => vault);
  describeVaultKvContract(() => vault);
});
