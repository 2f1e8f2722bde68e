import { setTimeout as sleep } from 'node:timers/promises';
import type { IssuerConfig } from '../../config/secrets.ts';
import type { Host } from '../../host.ts';
import type { IssuerKey } from '../../model/rotation.ts';
import { RotationFailure } from '../failure.ts';
import type { Credential, IssueRequest, Issuer, RunContext } from '../ports.ts';
import { inspectStaticRoles } from './static-role-schedule.ts';
import { readStaticCredentials, readStaticRole, rotateStaticRole, type StaticRole } from './static-roles.ts';
import type { VaultRequests } from './vault-requests.ts';

type VaultDatabaseConfig = Extract<IssuerConfig, { type: 'vault-database' }>;

/**
 * Static roles of Vault's database engine. Two take turns: the idle one is
 * rotated, so that it has a new password that nobody knows yet, and the other
 * one again once nobody uses it any more, which ends what its users had. With
 * one role Vault ends the old password in the same moment: downtime.
 *
 * Needs of its policy: `read` on static-roles/ROLE and static-creds/ROLE,
 * `update` on rotate-role/ROLE.
 */
export function vaultDatabaseIssuer(config: VaultDatabaseConfig, vault: VaultRequests, host: Pick<Host, 'clock'>): Issuer {
  const { mount, roles } = config;
  const readRoles = (context: RunContext): Promise<readonly StaticRole[]> =>
    Promise.all(roles.map((name) => readStaticRole(vault, mount, name, context)));
  const [only] = roles.length === 1 ? roles : [];

  const nextKey = (current: IssuerKey | null): IssuerKey => {
    if (only !== undefined) return { id: only };
    const other = roles.find((name) => name !== current?.id);
    // An account alone may be of either role: only Vault can tell.
    return current?.id !== undefined && roles.includes(current.id) && other !== undefined ? { id: other } : {};
  };

  return {
    type: config.type,
    origin: 'theirs',
    live: only === undefined ? 'both' : 'one',
    ...(only === undefined ? {} : { presentKey: { id: only } }),
    nextKey,

    describe(current) {
      const next = nextKey(current).id;
      const old = only === undefined ? (current?.id ?? current?.account ?? 'the one in use') : only;
      const rest = only === undefined ? '' : '; the old password is refused from then on, and cannot come back';
      return {
        issue: `rotate static role ${next ?? `the idle one of ${roles.join(' and ')}`} of ${mount} and read its new password${rest}`,
        revoke:
          only === undefined
            ? `rotate static role ${old} of ${mount}: its present password is refused`
            : 'nothing: the rotation has ended the old password',
        objects: roles.map((name) => `${mount}/static-roles/${name}`),
      };
    },

    async inspect(context, secret) {
      return inspectStaticRoles(await readRoles(context), secret, host.clock.now());
    },

    async issue(request, context): Promise<Credential> {
      const role = idleOf(await readRoles(context), request, mount);
      await rotateStaticRole(vault, mount, role.name, context);
      return readFresh(vault, mount, role, context);
    },

    async revoke({ key, value }, context) {
      if (only !== undefined) return { result: 'nothing-to-do', detail: `the rotation of static role ${only} has ended the old password` };
      const all = await readRoles(context);
      const role = all.find(({ name }) => name === key.id) ?? all.find(({ username }) => username === key.account);
      // A role that was given to another account since would end the wrong one's password.
      if (!role || (key.account !== undefined && role.username !== key.account)) {
        const which = key.account ?? key.id;
        const none = 'it is not known which account the old password belongs to';
        const what = which === undefined ? none : `none of the static roles ${roles.join(', ')} is for ${which}`;
        return { result: 'manual', detail: `${what}: set another password for it in the database` };
      }
      if (value !== undefined) {
        const held = await readStaticCredentials(vault, mount, role.name, context);
        const other = held.value !== undefined && !held.value.equals(value);
        held.value?.wipe();
        // To rotate it again could end a password that is in use by now.
        if (other) return { result: 'gone', detail: `static role ${role.name} has another password already` };
      }
      await rotateStaticRole(vault, mount, role.name, context);
      return { result: 'revoked', detail: `static role ${role.name} was rotated: the password it had is refused` };
    },
  };
}

/** The role that nobody uses; rotating the other one would cut its users off, so a guess is never made. */
function idleOf(all: readonly StaticRole[], { current, first }: IssueRequest, mount: string): StaticRole {
  const [one, two] = all;
  if (!one) throw new RotationFailure('operator', `Vault: no static role of ${mount} is configured`);
  if (!two) return one;
  if (one.username === two.username) {
    throw new RotationFailure('operator', `Vault: static roles ${one.name} and ${two.name} of ${mount} are both for ${one.username}`, {
      hint: 'two that take turns need two accounts',
    });
  }
  if (current?.id === undefined && current?.account === undefined) {
    if (first) return one;
    throw new RotationFailure('operator', `Vault: it is not known which of ${one.name} and ${two.name} of ${mount} is in use`, {
      hint: 'write its account into the field that accountField names',
    });
  }
  const byName = all.find(({ name }) => name === current.id);
  const byAccount = all.find(({ username }) => username === current.account);
  if (byName && current.account !== undefined && byAccount !== byName) {
    throw new RotationFailure(
      'operator',
      `Vault: static role ${byName.name} of ${mount} is for ${byName.username} now, not for ${current.account}`,
      {
        hint: 'see which account consumers use, and configure the roles for it',
      },
    );
  }
  const used = byName ?? byAccount;
  if (used) return used === one ? two : one;
  // An account that is neither: both are idle. A role that is not configured any more may be for either account.
  if (current.account !== undefined) return one;
  throw new RotationFailure('operator', `Vault: static role ${current.id} that is in use is none of ${one.name}, ${two.name}`, {
    hint: 'configure it among roles',
  });
}

/** A standby may answer from before the rotation for a moment: an old password must never be taken for the new one. */
async function readFresh(vault: VaultRequests, mount: string, role: StaticRole, context: RunContext): Promise<Credential> {
  for (const wait of [100, 300, 1000, 2000, undefined]) {
    const { username, value, lastRotation } = await readStaticCredentials(vault, mount, role.name, context);
    if (value && username === role.username && lastRotation !== role.lastRotation) {
      return { value, key: { id: role.name, account: username } };
    }
    value?.wipe();
    if (username !== role.username) {
      throw new RotationFailure('operator', `Vault: static role ${role.name} of ${mount} changed its account while it was rotated`);
    }
    if (wait === undefined || context.host.clock.monotonic() + wait >= context.deadline) break;
    await sleep(wait, undefined, { signal: context.signal }).catch(() => undefined);
  }
  throw new RotationFailure(
    'transient',
    `Vault: static role ${role.name} of ${mount} was rotated, and its new password could not be read yet`,
  );
}
