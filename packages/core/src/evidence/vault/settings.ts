import type { Config, TlsConfig, VaultConfig } from '../../config/schema.ts';
import type { Host } from '../../host.ts';

/**
 * The configured Vault; without one, what the vault CLI would use: VAULT_ADDR
 * and its companions. Undefined where there is neither.
 */
export function vaultSettings(config: Pick<Config, 'vault'>, env: Host['env']): VaultConfig | undefined {
  if (config.vault) return config.vault;
  const address = env.VAULT_ADDR;
  if (!address) return undefined;
  const tls: TlsConfig = {
    // Go's ParseBool; anything else, `false` above all, keeps verification on.
    insecureSkipVerify: /^(1|t|true)$/i.test(env.VAULT_SKIP_VERIFY ?? ''),
    ...(env.VAULT_CACERT ? { caFile: env.VAULT_CACERT } : {}),
    ...(env.VAULT_CLIENT_CERT ? { certFile: env.VAULT_CLIENT_CERT } : {}),
    ...(env.VAULT_CLIENT_KEY ? { keyFile: env.VAULT_CLIENT_KEY } : {}),
    ...(env.VAULT_TLS_SERVER_NAME ? { serverName: env.VAULT_TLS_SERVER_NAME } : {}),
  };
  return { address, auth: { method: 'token' }, secrets: [], tls, ...(env.VAULT_NAMESPACE ? { namespace: env.VAULT_NAMESPACE } : {}) };
}
