import { createHash } from 'node:crypto';
import type { SetterConfig } from '../../../config/secrets.ts';
import { RotationFailure } from '../../failure.ts';
import type { RunContext } from '../../ports.ts';
import type { SecretValue } from '../../value.ts';
import { openRedisServer, redisName, redisTarget, tryRedisLogin } from '../../verifiers/redis-login.ts';
import { type AclAdmin, type AclUser, aclAdmin, mustBeAlone, readUser, saveUsers } from './redis-acl.ts';
import { inspected, noValue, type Setter } from './setter.ts';

type RedisConfig = Extract<SetterConfig, { type: 'redis' }>;

/**
 * Gives an ACL user of Redis 6 or later a second password, and takes the first
 * one away later, both by their SHA-256 (`#hash`, `!hash`): no password is sent.
 * The user must exist: what it may do is not ours to say. Connections that are
 * open stay open.
 */
export function redisSetter(config: RedisConfig): Setter {
  const { user } = config;
  const name = redisName(config.url);
  return {
    live: 'both',
    describe: () => ({
      issue: `ACL SETUSER ${user}: one password more`,
      revoke: `ACL SETUSER ${user}: without the old password`,
      objects: [`ACL user ${user} on ${name}`],
    }),
    inspect: (context) => inspected(() => asAdmin(config, context, (admin) => mustBeUsable(admin, user))),
    async issue({ value, name: keyName }, context) {
      if (!value) throw new RotationFailure('operator', noValue);
      await asAdmin(config, context, async (admin) => {
        const { passwords } = await mustBeUsable(admin, user);
        const hash = hashOf(value);
        if (!passwords.includes(hash)) await admin.call('ACL', 'SETUSER', user, `#${hash}`);
        if (config.save) await saveUsers(admin);
      });
      return { value, key: { name: keyName, account: user } };
    },
    async revoke({ value }, context) {
      if (!value) return { result: 'manual', detail: `the old password of user ${user} on ${name} is not known any more: see ACL GETUSER` };
      return asAdmin(config, context, async (admin) => {
        const found = await readUser(admin, user);
        const hash = hashOf(value);
        const there = found?.passwords.includes(hash) ?? false;
        if (there && found?.passwords.length === 1) {
          throw new RotationFailure('conflict', `it is the only password of user ${user} on ${name}: somebody removed the other one`);
        }
        if (there) await admin.call('ACL', 'SETUSER', user, `!${hash}`);
        // Also where it was removed before: a crash may have come before it was saved.
        if (found && config.save) await saveUsers(admin);
        return {
          result: there ? 'revoked' : 'gone',
          detail: `user ${user} on ${name} ${there ? 'has lost' : 'has not'} that password`,
        } as const;
      });
    },
    check: ({ value }, context) => tryRedisLogin(config, user, value, context),
  };
}

/** Throws unless the user is one that may get another password. */
async function mustBeUsable(admin: AclAdmin, user: string): Promise<AclUser> {
  const found = await readUser(admin, user);
  if (!found)
    throw new RotationFailure('operator', `${admin.name} has no ACL user ${user}`, { hint: 'make it first, with what it may do' });
  if (found.flags.includes('nopass')) {
    // A first password would end this.
    throw new RotationFailure(
      'operator',
      `user ${user} on ${admin.name} takes any password: with one of its own, whoever uses another is out`,
      {
        hint: `give it the password that is in use: ACL SETUSER ${user} >PASSWORD`,
      },
    );
  }
  if (!found.flags.includes('on')) throw new RotationFailure('operator', `user ${user} on ${admin.name} is switched off`);
  return found;
}

async function asAdmin<T>(config: RedisConfig, context: RunContext, work: (admin: AclAdmin) => Promise<T>): Promise<T> {
  const name = redisName(config.url);
  const target = redisTarget(config.url);
  const [username, password] = [config.adminUser ?? target?.username, config.adminPassword ?? target?.password];
  const login = { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) };
  const connection = await openRedisServer(config, login, context);
  if (!connection.ok) throw new RotationFailure('transient', `${name}: ${connection.failure.detail}`);
  try {
    const admin = aclAdmin(connection, name);
    await mustBeAlone(admin);
    return await work(admin);
  } finally {
    connection.close();
  }
}

function hashOf(value: SecretValue): string {
  return value.use((bytes) => createHash('sha256').update(bytes).digest('hex'));
}
