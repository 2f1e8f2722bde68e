import { z } from 'zod';
import type { IssuerConfig } from '../../config/secrets.ts';
import { failureKind } from '../failure.ts';
import type { Issuer, RunContext, Verdict } from '../ports.ts';
import { SecretValue } from '../value.ts';
import { postBelow, readBelow, type VaultRequests } from './vault-requests.ts';

type RootConfig = Extract<IssuerConfig, { type: 'vault-database-root' }>;

const connectionShape = z.object({
  verify_connection: z.boolean().nullish(),
  connection_details: z.object({ username: z.string().nullish() }).nullish(),
});

/**
 * The password by which Vault itself reaches a database: Vault sets a new one
 * that nobody else ever sees. Nothing brings the old one back.
 *
 * Needs of its policy: `update` on rotate-root/CONNECTION and
 * reset/CONNECTION, `read` on config/CONNECTION.
 */
export function vaultDatabaseRootIssuer(config: RootConfig, vault: VaultRequests): Issuer {
  const { mount, connection } = config;
  const what = `connection ${connection} of ${mount}`;
  const settings = async (context: RunContext): Promise<{ readonly verified: boolean; readonly username: string | undefined }> => {
    const at = { mount, path: ['config', connection], what: `connection ${connection}` };
    const { verify_connection, connection_details } = await readBelow(vault, at, connectionShape, context);
    return { verified: verify_connection === true, username: connection_details?.username || undefined };
  };
  return {
    type: config.type,
    origin: 'inside',
    live: 'one',

    describe: () => ({
      issue: `let Vault set a new root password for ${what}; nobody else can log in as that account any more, and there is no way back`,
      revoke: 'nothing: the rotation has ended the old password',
      objects: [`${mount}/config/${connection}`],
    }),

    async inspect(context) {
      const { verified, username } = await settings(context);
      if (username === undefined) return { warnings: [], blocked: `${what} names no username, without which Vault rotates nothing` };
      if (!verified) {
        return { warnings: [], blocked: `${what} has verify_connection off: whether a new password works could not be told` };
      }
      return { warnings: [`whoever else logs in as ${username} is locked out`] };
    },

    async issue(_request, context) {
      await postBelow(vault, mount, ['rotate-root', connection], context);
      return { value: SecretValue.fromText(''), key: { id: connection } };
    },

    revoke: async () => ({ result: 'nothing-to-do', detail: 'the rotation has ended the old root password' }),

    /**
     * Vault drops its connections and logs in anew: the one call that tries the
     * stored password and changes nothing in the database. With
     * `verify_connection` off it says yes to anything.
     */
    async check(_credential, context): Promise<Verdict> {
      try {
        if (!(await settings(context)).verified) {
          return { accepted: 'unknown', detail: `${what} has verify_connection off: Vault does not try it` };
        }
        await postBelow(vault, mount, ['reset', connection], context);
        return { accepted: true, detail: `Vault logs in to ${what}` };
      } catch (error) {
        if (failureKind(error) === undefined) throw error;
        return {
          accepted: 'unknown',
          detail: `Vault could not be seen to log in to ${what}: ${error instanceof Error ? error.message : ''}`,
        };
      }
    },
  };
}
