import type { RedisConnection, Reply } from '../../../evidence/redis/connection.ts';
import { parseFields } from '../../../evidence/redis/info.ts';
import { RotationFailure } from '../../failure.ts';

/** An ACL user as ACL GETUSER shows it. */
export interface AclUser {
  readonly flags: readonly string[];
  /** SHA-256 of each password, hex. */
  readonly passwords: readonly string[];
}

/** A connection whose failures are {@link RotationFailure}s, `transient`. */
export interface AclAdmin {
  readonly name: string;
  call(...command: readonly [string, ...string[]]): Promise<Reply>;
}

/** Wraps a connection. */
export function aclAdmin(connection: RedisConnection, name: string): AclAdmin {
  return {
    name,
    async call(...command) {
      const answer = await connection.call(...command);
      if (answer.ok) return answer.reply;
      const hint = answer.failure.reason === 'forbidden' ? { hint: 'the administrator needs +acl +info +config|get +config|rewrite' } : {};
      throw new RotationFailure('transient', `${name}: ${answer.failure.detail}`, hint);
    },
  };
}

/**
 * Refuses servers whose users are kept elsewhere, too: ACL users are neither
 * replicated nor shared by the nodes of a cluster, so that one node would know
 * the new password and the next would not.
 */
export async function mustBeAlone(admin: AclAdmin): Promise<void> {
  const info = parseFields(String(await admin.call('INFO')));
  const [role, replicas] = [info.get('role'), info.get('connected_slaves')];
  const hint = { hint: 'ACL users are not replicated: tell every node yourself, with set: {type: command}' };
  if (info.get('cluster_enabled') === '1') throw new RotationFailure('operator', `${admin.name} is a node of a cluster`, hint);
  if (role === 'slave') throw new RotationFailure('operator', `${admin.name} is a replica`, hint);
  if (role !== 'master' || replicas === undefined)
    throw new RotationFailure('transient', `${admin.name} does not say whether it has replicas`);
  if (replicas !== '0') throw new RotationFailure('operator', `${admin.name} has ${Number(replicas)} replicas`, hint);
}

/** Undefined: there is no such user. */
export async function readUser(admin: AclAdmin, user: string): Promise<AclUser | undefined> {
  const reply = await admin.call('ACL', 'GETUSER', user);
  if (reply === null) return undefined;
  const texts = (name: string): string[] | undefined => {
    const list = Array.isArray(reply) ? (reply[reply.indexOf(name) + 1] as Reply) : undefined;
    return Array.isArray(list) ? list.map(String) : undefined;
  };
  const [flags, passwords] = [texts('flags'), texts('passwords')];
  if (!flags || !passwords) throw new RotationFailure('transient', `${admin.name} answers ACL GETUSER in a way that is not known`);
  return { flags, passwords };
}

/** Makes a change outlive a restart: in the ACL file where there is one, else in the configuration file. */
export async function saveUsers(admin: AclAdmin): Promise<void> {
  const reply = await admin.call('CONFIG', 'GET', 'aclfile');
  const aclFile = Array.isArray(reply) ? String(reply[1] ?? '') : '';
  try {
    if (aclFile === '') await admin.call('CONFIG', 'REWRITE');
    else await admin.call('ACL', 'SAVE');
  } catch (error) {
    const why = error instanceof RotationFailure ? error.message : admin.name;
    throw new RotationFailure('operator', `${why}: the change was made, and a restart would undo it`, {
      hint: 'give it an ACL file or a configuration file that it may write, or set save: false',
    });
  }
}
