import { type Answer, empty, envelope, errors, multiError, notFound } from './answer.ts';
import {
  type DatabaseConnection,
  type DatabaseMount,
  loginFailure,
  rotate,
  rotateDue,
  rotateRoot,
  type StaticRole,
} from './database-mount.ts';

/** A request below a mount of the database engine; `path` is relative to it. */
export interface DatabaseRequest {
  readonly method: string;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>> | undefined;
  readonly now: number;
}

const unsupportedPath = multiError(404, 'unsupported path');
const unsupportedOperation = multiError(405, 'unsupported operation');
const minPeriodSeconds = 5;

/**
 * Answers as the database engine of Vault 1.21 does, as far as static roles and
 * root rotation go; each text was seen on the real server. Dynamic roles are
 * not here.
 */
export function answerDatabase(mount: DatabaseMount, request: DatabaseRequest): Answer {
  rotateDue(mount, request.now);
  const [kind = '', name, ...rest] = request.path.replace(/\/$/, '').split('/');
  const writes = request.method === 'POST' || request.method === 'PUT';
  if (rest.length > 0) return unsupportedPath;
  if (kind === 'config' || kind === 'static-roles') {
    if (name === undefined)
      return request.method === 'LIST' ? list(kind === 'config' ? mount.connections : mount.roles) : unsupportedOperation;
    return kind === 'config' ? answerConfig(mount, name, writes, request) : answerRole(mount, name, writes, request);
  }
  if (name === undefined) return unsupportedPath;
  if (kind === 'static-creds')
    return request.method === 'GET' ? credentials(mount.roles.get(name), name, request.now) : unsupportedOperation;
  if (kind !== 'rotate-role' && kind !== 'rotate-root' && kind !== 'reset') return unsupportedPath;
  if (!writes) return unsupportedOperation;
  if (kind === 'rotate-role') return rotateNow(mount, name, request.now);
  const connection = mount.connections.get(name);
  if (!connection) return noConnection(name);
  return kind === 'reset' ? reset(mount, connection) : rotateConnection(mount, connection);
}

/** Whether a write at a path below the mount makes something new, which Vault's policies call `create`. */
export function createsInDatabase(mount: DatabaseMount, path: string): boolean {
  const [kind, name = ''] = path.split('/');
  return (kind === 'config' && !mount.connections.has(name)) || (kind === 'static-roles' && !mount.roles.has(name));
}

function list(entries: ReadonlyMap<string, unknown>): Answer {
  return entries.size > 0 ? envelope({ keys: [...entries.keys()].sort() }, { mountType: 'database' }) : notFound;
}

function noConnection(name: string): Answer {
  return multiError(500, `failed to find entry for connection with name: "${name}"`);
}

function answerConfig(mount: DatabaseMount, name: string, writes: boolean, { method, body = {} }: DatabaseRequest): Answer {
  const present = mount.connections.get(name);
  if (method === 'DELETE') {
    mount.connections.delete(name);
    return empty;
  }
  if (method === 'GET') return present ? describeConnection(present) : notFound;
  if (!writes) return unsupportedOperation;
  if (!present && !body.plugin_name) return errors(400, 'empty plugin name');
  const connection: DatabaseConnection = {
    name,
    url: typeof body.connection_url === 'string' ? body.connection_url : (present?.url ?? ''),
    username: typeof body.username === 'string' ? body.username : (present?.username ?? ''),
    password: typeof body.password === 'string' ? body.password : (present?.password ?? ''),
    allowedRoles: Array.isArray(body.allowed_roles) ? body.allowed_roles.map(String) : (present?.allowedRoles ?? []),
    verify: typeof body.verify_connection === 'boolean' ? body.verify_connection : (present?.verify ?? true),
  };
  const failure = connection.verify ? loginFailure(mount, connection) : undefined;
  if (failure !== undefined) return errors(400, `error creating database object: error verifying connection: ping failed: ${failure}`);
  mount.connections.set(name, connection);
  return empty;
}

function describeConnection({ url, username, allowedRoles, verify }: DatabaseConnection): Answer {
  const data = {
    allowed_roles: allowedRoles,
    connection_details: { connection_url: url, username },
    disable_automated_rotation: false,
    password_policy: '',
    plugin_name: 'postgresql-database-plugin',
    plugin_version: '',
    root_credentials_rotate_statements: [],
    rotation_period: 0,
    rotation_schedule: '',
    rotation_window: 0,
    skip_static_role_import_rotation: false,
    verify_connection: verify,
  };
  return envelope(data, { mountType: 'database' });
}

function answerRole(mount: DatabaseMount, name: string, writes: boolean, { method, body = {}, now }: DatabaseRequest): Answer {
  const present = mount.roles.get(name);
  if (method === 'DELETE') {
    mount.roles.delete(name);
    return empty;
  }
  if (method === 'GET') {
    if (!present) return notFound;
    const data = { credential_type: 'password', db_name: present.connection, rotation_statements: [], skip_import_rotation: false };
    return envelope({ ...data, ...common(present) }, { mountType: 'database' });
  }
  if (!writes) return unsupportedOperation;
  const role = roleFrom(body, present);
  if ('status' in role) return role;
  const connection = mount.connections.get(role.connection);
  if (!connection) return noConnection(role.connection);
  if (!connection.allowedRoles.includes('*') && !connection.allowedRoles.includes(name)) {
    return multiError(500, `"${name}" is not an allowed role`);
  }
  if (!present) {
    const failure = rotate(mount, role, now);
    if (failure !== undefined) return multiError(500, `error setting credentials: 1 error occurred:\n\t* ${failure}\n\n`);
  }
  mount.roles.set(name, role);
  return empty;
}

function roleFrom(body: Readonly<Record<string, unknown>>, present: StaticRole | undefined): StaticRole | Answer {
  const connection = typeof body.db_name === 'string' ? body.db_name : present?.connection;
  const username = typeof body.username === 'string' ? body.username : '';
  if (connection === undefined) return errors(400, 'database name is a required field');
  // An update must repeat the account.
  if (present && username !== present.username) return errors(400, 'cannot update static account username');
  if (username === '') return errors(400, 'username is a required field to create a static account');
  const schedule = typeof body.rotation_schedule === 'string' ? body.rotation_schedule : (present?.schedule ?? '');
  const periodSeconds = body.rotation_period === undefined ? (present?.periodSeconds ?? 0) : secondsOf(body.rotation_period);
  if (body.rotation_period !== undefined && periodSeconds < minPeriodSeconds) {
    return errors(400, `rotation_period must be ${minPeriodSeconds} seconds or more`);
  }
  if (periodSeconds === 0 && schedule === '') {
    return errors(400, 'one of rotation_schedule or rotation_period must be provided to create a static account');
  }
  return {
    connection,
    username,
    periodSeconds: body.rotation_schedule === undefined ? periodSeconds : 0,
    schedule: body.rotation_period === undefined ? schedule : '',
    windowSeconds: secondsOf(body.rotation_window ?? present?.windowSeconds ?? 0),
    password: present?.password ?? '',
    rotatedAt: present?.rotatedAt ?? 0,
    rotations: present?.rotations ?? 0,
  };
}

/** A Go duration of one unit, or seconds. */
function secondsOf(value: unknown): number {
  const [, amount, unit] = /^(\d+)([smhd]?)$/.exec(String(value)) ?? [];
  return Number(amount ?? 0) * { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }[(unit ?? '') as '' | 's' | 'm' | 'h' | 'd'];
}

/** What role and credentials both tell. */
function common(role: StaticRole): Readonly<Record<string, unknown>> {
  const rhythm =
    role.schedule === ''
      ? { rotation_period: role.periodSeconds }
      : { rotation_schedule: role.schedule, ...(role.windowSeconds > 0 ? { rotation_window: role.windowSeconds } : {}) };
  const nanoseconds = `${new Date(role.rotatedAt).toISOString().slice(0, -1)}${String(role.rotations % 1_000_000).padStart(6, '0')}Z`;
  return { username: role.username, last_vault_rotation: nanoseconds, ...rhythm };
}

function credentials(role: StaticRole | undefined, name: string, now: number): Answer {
  if (!role) return errors(400, `unknown role: ${name}`);
  const ttl = role.periodSeconds === 0 ? 0 : Math.max(0, Math.ceil((role.rotatedAt + role.periodSeconds * 1000 - now) / 1000));
  return envelope({ ...common(role), password: role.password, ttl }, { mountType: 'database' });
}

function rotateNow(mount: DatabaseMount, name: string, now: number): Answer {
  const role = mount.roles.get(name);
  if (!role) return errors(400, 'no static role found for role name');
  const failure = rotate(mount, role, now);
  if (failure === undefined) return empty;
  const advice = 'unable to finish rotating credentials; retries will continue in the background but it is also safe to retry manually';
  return multiError(500, `${advice}: error setting credentials: 1 error occurred:\n\t* ${failure}\n\n`);
}

function rotateConnection(mount: DatabaseMount, connection: DatabaseConnection): Answer {
  if (connection.username === '') return multiError(500, 'unable to rotate root credentials: no username in configuration');
  const failure = rotateRoot(mount, connection);
  return failure === undefined ? empty : multiError(500, `failed to update user: 1 error occurred:\n\t* ${failure}\n\n`);
}

function reset(mount: DatabaseMount, connection: DatabaseConnection): Answer {
  const failure = connection.verify ? loginFailure(mount, connection) : undefined;
  return failure === undefined ? empty : multiError(500, `error verifying connection: ping failed: ${failure}`);
}
