import { describeVaultContract } from '../contract/vault.ts';
import { describeReal } from './support.ts';

describeReal(['vault'], 'Vault', ({ vault }) => {
  describeVaultContract(() => vault);
});
