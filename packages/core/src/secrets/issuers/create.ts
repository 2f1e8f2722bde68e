import type { SecretEntry } from '../../config/secrets.ts';
import type { Host } from '../../host.ts';
import { RotationFailure } from '../failure.ts';
import type { Issuer } from '../ports.ts';
import { anthropicIssuer } from './anthropic.ts';
import { commandIssuer } from './command.ts';
import { hookIssuer } from './hook.ts';
import { openAiIssuer } from './openai.ts';
import { randomIssuer } from './random.ts';
import { vaultDatabaseIssuer } from './vault-database.ts';
import { vaultDatabaseRootIssuer } from './vault-database-root.ts';
import type { VaultRequests } from './vault-requests.ts';

/** The configured issuer of a secret; undefined where its age alone is watched. Opens no connection. */
export function createIssuer(
  { issuer, name, verify }: Pick<SecretEntry, 'issuer' | 'name' | 'verify'>,
  deps: { readonly host: Host; readonly vault?: VaultRequests },
): Issuer | undefined {
  const verified = verify !== undefined;
  const vault = (): VaultRequests => {
    if (deps.vault) return deps.vault;
    throw new RotationFailure('operator', `the issuer of ${name} is Vault, and none is configured`);
  };
  switch (issuer?.type) {
    case undefined:
      return undefined;
    case 'random':
      return randomIssuer(issuer, name, { verified });
    case 'command':
      return commandIssuer(issuer, name, { verified });
    case 'hook':
      return hookIssuer(issuer, name);
    case 'vault-database':
      return vaultDatabaseIssuer(issuer, vault(), deps.host);
    case 'vault-database-root':
      return vaultDatabaseRootIssuer(issuer, vault());
    case 'openai':
      return openAiIssuer(issuer, deps.host);
    case 'anthropic':
      return anthropicIssuer(issuer, deps.host);
  }
}
