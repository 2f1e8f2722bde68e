import { z } from 'zod';
import { RotationFailure } from '../failure.ts';
import type { RunContext } from '../ports.ts';
import type { SecretValue } from '../value.ts';
import { postBelow, readBelow, type VaultRequests, withFieldsBelow } from './vault-requests.ts';

/** What Vault tells of a static role without telling its password. */
export interface StaticRole {
  readonly name: string;
  readonly username: string;
  /** As Vault writes it, to the nanosecond; empty: never. */
  readonly lastRotation: string;
  /** Seconds after which Vault rotates it by itself; undefined where it follows a schedule. */
  readonly periodSeconds: number | undefined;
  /** Cron expression. */
  readonly schedule: string | undefined;
}

/** What Vault holds for a role; `value` undefined: no password yet. */
interface StaticCredentials {
  readonly username: string;
  readonly value: SecretValue | undefined;
  readonly lastRotation: string;
}

const roleShape = z.object({
  username: z.string().min(1),
  last_vault_rotation: z.string().nullish(),
  rotation_period: z.number().nullish(),
  rotation_schedule: z.string().nullish(),
  credential_type: z.string().nullish(),
});

/** Reads a static role's settings; no value crosses the wire. */
export async function readStaticRole(vault: VaultRequests, mount: string, name: string, context: RunContext): Promise<StaticRole> {
  const what = `static role ${name}`;
  const data = await readBelow(vault, { mount, path: ['static-roles', name], what }, roleShape, context);
  if (data.credential_type && data.credential_type !== 'password') {
    throw new RotationFailure('operator', `Vault: ${what} of ${mount} holds no password but a key or a certificate`);
  }
  return {
    name,
    username: data.username,
    lastRotation: data.last_vault_rotation ?? '',
    periodSeconds: data.rotation_period || undefined,
    schedule: data.rotation_schedule || undefined,
  };
}

/** The password that Vault holds for a role; the caller wipes it. */
export function readStaticCredentials(vault: VaultRequests, mount: string, name: string, context: RunContext): Promise<StaticCredentials> {
  const read = (fields: ReadonlyMap<string, SecretValue>): StaticCredentials => {
    const username = fields.get('username')?.text();
    if (!username) throw new RotationFailure('transient', `Vault: the credentials of static role ${name} of ${mount} name no account`);
    const password = fields.get('password');
    const value = password && !password.isJson && password.length > 0 ? password.copy() : undefined;
    return { username, value, lastRotation: fields.get('last_vault_rotation')?.text() ?? '' };
  };
  return withFieldsBelow(vault, { mount, path: ['static-creds', name], what: `static role ${name}` }, read, context);
}

/** Sets a new password now. Repeating it sets another one. */
export function rotateStaticRole(vault: VaultRequests, mount: string, name: string, context: RunContext): Promise<void> {
  return postBelow(vault, mount, ['rotate-role', name], context);
}
