import { type Answer, empty, envelope, errors, notFound } from './answer.ts';
import { addVersion, emptySecret, isGone, type KvMount, type KvSecret, type KvVersion, time } from './kv-store.ts';

/** A request below a mount: `kind` is the first segment (data, metadata…), `path` the rest. */
export interface KvRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly contentType: string;
  readonly body: Readonly<Record<string, unknown>> | undefined;
  readonly now: number;
}

type Fields = Readonly<Record<string, unknown>>;

/** <mount>/data/<path>: read, write with check-and-set, merge-patch, soft delete. */
export function answerData(mount: KvMount, request: KvRequest): Answer {
  const secret = mount.secrets.get(request.path);
  if (request.method === 'GET') return read(secret, request);
  if (request.method === 'POST' || request.method === 'PUT') return write(mount, secret, request);
  if (request.method === 'PATCH') return patch(mount, secret, request);
  if (request.method !== 'DELETE') return errors(405, 'unsupported operation');
  const current = secret?.versions.get(secret.currentVersion);
  if (current && !isGone(current, request.now)) current.deletedAt = request.now;
  return empty;
}

/** <mount>/delete, undelete, destroy: `{"versions": [1, 2]}`. */
export function answerVersions(mount: KvMount, kind: 'delete' | 'undelete' | 'destroy', request: KvRequest): Answer {
  const versions = request.body?.versions;
  if (!Array.isArray(versions) || versions.length === 0) {
    // Vault itself spells it both ways.
    return errors(400, `${kind === 'destroy' ? 'no' : 'No'} version number provided`);
  }
  const secret = mount.secrets.get(request.path);
  for (const number of versions.map(Number)) {
    const version = secret?.versions.get(number);
    if (!version || version.destroyed) continue;
    if (kind === 'delete' && !isGone(version, request.now)) version.deletedAt = request.now;
    else if (kind === 'undelete') version.deletedAt = 0;
    else if (kind === 'destroy') Object.assign(version, { destroyed: true, data: null });
  }
  return empty;
}

function read(secret: KvSecret | undefined, { query, now }: KvRequest): Answer {
  const asked = Number(query.get('version') ?? 0);
  const number = asked === 0 ? (secret?.currentVersion ?? 0) : asked;
  const version = secret?.versions.get(number);
  if (!secret || !version) return notFound;
  const metadata = describe(secret, number, version);
  if (isGone(version, now)) return envelope({ data: null, metadata }, { status: 404 });
  return envelope({ data: version.data, metadata }, { mountType: 'kv' });
}

function write(mount: KvMount, secret: KvSecret | undefined, { body, path, now }: KvRequest): Answer {
  const data = body?.data;
  if (!isFields(data)) return errors(400, 'no data provided');
  const refused = checkAndSet(mount, secret, body);
  if (refused) return refused;
  const target = secret ?? emptySecret(now);
  mount.secrets.set(path, target);
  const version = addVersion(mount, target, data, now);
  return envelope(describe(target, target.currentVersion, version), { mountType: 'kv' });
}

function patch(mount: KvMount, secret: KvSecret | undefined, { body, contentType, now }: KvRequest): Answer {
  if (!contentType.startsWith('application/merge-patch+json')) {
    return errors(415, `PATCH requires Content-Type of application/merge-patch+json, provided "${contentType}"`);
  }
  const data = body?.data;
  if (!isFields(data)) return errors(400, 'no data provided');
  const current = secret?.versions.get(secret.currentVersion);
  // Vault says nothing at all here.
  if (!secret || !current) return { status: 404 };
  if (isGone(current, now)) return envelope(describe(secret, secret.currentVersion, current), { status: 404 });
  const refused = checkAndSet(mount, secret, body);
  if (refused) return refused;
  const version = addVersion(mount, secret, mergePatch(current.data ?? {}, data), now);
  return envelope(describe(secret, secret.currentVersion, version), { mountType: 'kv' });
}

function checkAndSet(mount: KvMount, secret: KvSecret | undefined, body: Fields | undefined): Answer | undefined {
  const options = isFields(body?.options) ? body.options : {};
  if (options.cas === undefined) {
    const required = mount.config.casRequired || secret?.casRequired;
    return required ? errors(400, 'check-and-set parameter required for this call') : undefined;
  }
  // Deleted versions count: cas 0 is only for a key that never had one.
  if (Number(options.cas) === (secret?.currentVersion ?? 0)) return undefined;
  return errors(400, 'check-and-set parameter did not match the current version');
}

function describe(secret: KvSecret, number: number, version: KvVersion): Fields {
  return {
    created_time: time(version.createdAt),
    custom_metadata: secret.customMetadata,
    deletion_time: time(version.deletedAt),
    destroyed: version.destroyed,
    version: number,
  };
}

/** RFC 7396: null removes, objects merge, anything else replaces. */
function mergePatch(target: Fields, change: Fields): Fields {
  const merged: Record<string, unknown> = { ...target };
  for (const [name, value] of Object.entries(change)) {
    const before = merged[name];
    if (value === null) delete merged[name];
    else merged[name] = isFields(value) ? mergePatch(isFields(before) ? before : {}, value) : value;
  }
  return merged;
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
