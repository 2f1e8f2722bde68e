import { type Answer, empty, envelope, errors, multiError, notFound } from './answer.ts';
import { isFields, type KvRequest } from './kv-data.ts';
import { emptySecret, formatDuration, type KvMount, type KvSecret, namesBelow, parseDuration, time } from './kv-store.ts';

/** <mount>/metadata/<path>: read, list, write, merge-patch, delete with all versions. */
export function answerMetadata(mount: KvMount, request: KvRequest): Answer {
  const { method, now } = request;
  const path = request.path.replace(/\/$/, '');
  if (method === 'LIST') {
    const keys = namesBelow(mount.secrets.keys(), path);
    return keys.length > 0 ? envelope({ keys }, { mountType: 'kv' }) : notFound;
  }
  const secret = mount.secrets.get(path);
  if (method === 'GET') return secret ? envelope(describe(secret), { mountType: 'kv' }) : notFound;
  if (method === 'DELETE') {
    mount.secrets.delete(path);
    return empty;
  }
  // Vault says nothing at all here.
  if (method === 'PATCH' && !secret) return { status: 404 };
  if (!['POST', 'PUT', 'PATCH'].includes(method)) return errors(405, 'unsupported operation');
  const target = secret ?? emptySecret(now);
  const refused = change(target, request.body ?? {}, method === 'PATCH');
  if (refused) return refused;
  // A metadata write leaves updated_time alone.
  mount.secrets.set(path, target);
  return empty;
}

/** <mount>/config */
export function answerConfig(mount: KvMount, { method, body = {} }: KvRequest): Answer {
  const { config } = mount;
  if (method === 'GET') {
    const data = {
      cas_required: config.casRequired,
      delete_version_after: formatDuration(config.deleteAfter),
      max_versions: config.maxVersions,
    };
    return envelope(data, { mountType: 'kv' });
  }
  if (method !== 'POST' && method !== 'PUT') return errors(405, 'unsupported operation');
  mount.config = {
    maxVersions: typeof body.max_versions === 'number' ? body.max_versions : config.maxVersions,
    casRequired: typeof body.cas_required === 'boolean' ? body.cas_required : config.casRequired,
    deleteAfter: body.delete_version_after === undefined ? config.deleteAfter : (parseDuration(body.delete_version_after) ?? 0),
  };
  return empty;
}

function change(secret: KvSecret, body: Readonly<Record<string, unknown>>, merge: boolean): Answer | undefined {
  if (isFields(body.custom_metadata)) {
    const wrong = validate(body.custom_metadata, merge);
    if (wrong !== undefined) return multiError(400, `custom_metadata validation failed: ${wrong}`);
    const next: Record<string, string> = merge ? { ...secret.customMetadata } : {};
    for (const [key, value] of Object.entries(body.custom_metadata)) {
      if (value === null) delete next[key];
      else next[key] = String(value);
    }
    secret.customMetadata = next;
  }
  if (typeof body.max_versions === 'number') secret.maxVersions = body.max_versions;
  if (typeof body.cas_required === 'boolean') secret.casRequired = body.cas_required;
  if (body.delete_version_after !== undefined) secret.deleteAfter = parseDuration(body.delete_version_after) ?? 0;
  return undefined;
}

/** Vault's limits: 64 keys, keys of 1 to 128 bytes, values of 1 to 512, all printable. */
function validate(metadata: Readonly<Record<string, unknown>>, merge: boolean): string | undefined {
  const entries = Object.entries(metadata);
  if (entries.length > 64) return `payload must contain at most 64 keys, provided ${entries.length}`;
  for (const [key, value] of entries) {
    const keyLength = Buffer.byteLength(key);
    if (keyLength < 1 || keyLength > 128) return `length of key "${key}" is ${keyLength} but must be 0 < len(key) <= 128`;
    if (!isPrintable(key)) return `key "${key}" contains unprintable characters`;
    if (merge && value === null) continue;
    if (typeof value !== 'string') return `key "${key}" does not hold a string`;
    const length = Buffer.byteLength(value);
    if (length < 1 || length > 512) return `length of value for key "${key}" is ${length} but must be 0 < len(value) <= 512`;
    if (!isPrintable(value)) return `value for key "${key}" contains unprintable characters`;
  }
  return undefined;
}

function isPrintable(text: string): boolean {
  return !/[\p{C}\p{Zl}\p{Zp}]/u.test(text);
}

function describe(secret: KvSecret): Readonly<Record<string, unknown>> {
  const versions = [...secret.versions].map(([number, version]) => [
    String(number),
    { created_time: time(version.createdAt), deletion_time: time(version.deletedAt), destroyed: version.destroyed },
  ]);
  return {
    cas_required: secret.casRequired,
    created_time: time(secret.createdAt),
    current_version: secret.currentVersion,
    custom_metadata: secret.customMetadata,
    delete_version_after: formatDuration(secret.deleteAfter),
    max_versions: secret.maxVersions,
    oldest_version: secret.oldestVersion,
    updated_time: time(secret.updatedAt),
    versions: Object.fromEntries(versions) as unknown,
  };
}
