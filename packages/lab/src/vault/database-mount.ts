import { randomBytes } from 'node:crypto';
import { createDatabase, type LabDatabase } from './database-server.ts';

/** A connection of the engine to a database. */
export interface DatabaseConnection {
  readonly name: string;
  /** `postgresql://{{username}}:{{password}}@DATABASE:5432/postgres`: the host names one of the lab's databases. */
  readonly url: string;
  readonly username: string;
  password: string;
  readonly allowedRoles: readonly string[];
  readonly verify: boolean;
}

/** A static role. Times are ms. */
export interface StaticRole {
  readonly connection: string;
  readonly username: string;
  /** Seconds; 0 where it follows a schedule, which the lab keeps but does not carry out. */
  readonly periodSeconds: number;
  readonly schedule: string;
  readonly windowSeconds: number;
  password: string;
  rotatedAt: number;
  /** Rotations in the same millisecond differ here, as the real ones do in their nanoseconds. */
  rotations: number;
}

export interface DatabaseMount {
  readonly name: string;
  readonly connections: Map<string, DatabaseConnection>;
  readonly roles: Map<string, StaticRole>;
  /** All of the lab's, by host name. */
  readonly databases: ReadonlyMap<string, LabDatabase>;
}

/** How a mount of the database engine begins. */
export interface LabDatabaseMount {
  readonly connections?: Readonly<
    Record<string, { readonly database: string; readonly username: string; readonly password: string; readonly verify?: boolean }>
  >;
  /** Vault sets a password of its own at once, as when one is created. */
  readonly staticRoles?: Readonly<
    Record<string, { readonly connection: string; readonly username: string; readonly periodSeconds?: number; readonly schedule?: string }>
  >;
}

export interface LabDatabaseOptions {
  /** By host name in connection URLs: user → password. */
  readonly databases?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** By path, e.g. `database`. */
  readonly databaseMounts?: Readonly<Record<string, LabDatabaseMount>>;
}

/** Databases and mounts as the options describe them. */
export function buildDatabases(
  options: LabDatabaseOptions,
  now: number,
): { readonly databases: ReadonlyMap<string, LabDatabase>; readonly mounts: Map<string, DatabaseMount> } {
  const databases = new Map(Object.entries(options.databases ?? {}).map(([name, logins]) => [name, createDatabase(logins)]));
  const mounts = new Map<string, DatabaseMount>();
  for (const [name, given] of Object.entries(options.databaseMounts ?? {})) {
    const mount: DatabaseMount = { name, connections: new Map(), roles: new Map(), databases };
    for (const [connection, { database, username, password, verify }] of Object.entries(given.connections ?? {})) {
      const url = `postgresql://{{username}}:{{password}}@${database}:5432/postgres`;
      mount.connections.set(connection, { name: connection, url, username, password, allowedRoles: ['*'], verify: verify ?? true });
    }
    for (const [role, { connection, username, periodSeconds, schedule }] of Object.entries(given.staticRoles ?? {})) {
      const built: StaticRole = {
        connection,
        username,
        periodSeconds: schedule === undefined ? (periodSeconds ?? 315_360_000) : 0,
        schedule: schedule ?? '',
        windowSeconds: 0,
        password: '',
        rotatedAt: 0,
        rotations: 0,
      };
      const refused = rotate(mount, built, now);
      if (refused !== undefined) throw new Error(`static role ${role}: ${refused}`);
      mount.roles.set(role, built);
    }
    mounts.set(name, mount);
  }
  return { databases, mounts };
}

/** Why Vault cannot log in with a connection's own account, in the words of its driver; undefined: it can. */
export function loginFailure(mount: DatabaseMount, connection: DatabaseConnection): string | undefined {
  const host = hostOf(connection.url);
  const database = mount.databases.get(host);
  const to = `failed to connect to \`host=${host} user=${connection.username} database=postgres\``;
  if (!database || database.isDown) return `${to}: dial error: dial tcp: connect: connection refused`;
  if (database.accepts(connection.username, connection.password)) return undefined;
  return `${to}: failed SASL auth (FATAL: password authentication failed for user "${connection.username}" (SQLSTATE 28P01))`;
}

/**
 * Gives a role a new password in the database and in Vault; answers why it
 * could not. A real Vault keeps connections open, so that it notices a changed
 * root password late, and goes on in the background where it failed.
 */
export function rotate(mount: DatabaseMount, role: StaticRole, now: number): string | undefined {
  const connection = mount.connections.get(role.connection);
  if (!connection) return `failed to find entry for connection with name: "${role.connection}"`;
  const failure = loginFailure(mount, connection);
  if (failure !== undefined) return `user does not appear to exist: ${failure}`;
  const database = mount.databases.get(hostOf(connection.url));
  if (!database?.has(role.username)) return `failed to execute query: ERROR: role "${role.username}" does not exist (SQLSTATE 42704)`;
  const password = newPassword();
  database.setPassword(role.username, password);
  role.password = password;
  role.rotatedAt = now;
  role.rotations++;
  return undefined;
}

/** What Vault does by itself: rotates what is due. */
export function rotateDue(mount: DatabaseMount, now: number): void {
  for (const role of mount.roles.values()) {
    if (role.periodSeconds > 0 && now >= role.rotatedAt + role.periodSeconds * 1000) rotate(mount, role, now);
  }
}

/** Sets a new root password; answers why it could not. */
export function rotateRoot(mount: DatabaseMount, connection: DatabaseConnection): string | undefined {
  const failure = loginFailure(mount, connection);
  if (failure !== undefined) return `user does not appear to exist: ${failure}`;
  const password = newPassword();
  mount.databases.get(hostOf(connection.url))?.setPassword(connection.username, password);
  connection.password = password;
  return undefined;
}

function hostOf(url: string): string {
  return /@([^:/?]+)/.exec(url)?.[1] ?? '';
}

/** Twenty characters, as Vault's default policy makes them: letters, digits and a dash. */
function newPassword(): string {
  return `${randomBytes(15).toString('base64url').replaceAll(/[-_]/g, 'x').slice(0, 7)}-${randomBytes(15).toString('base64url').replaceAll(/[-_]/g, 'x').slice(0, 12)}`;
}
