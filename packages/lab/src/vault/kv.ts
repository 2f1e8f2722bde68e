import { type Answer, empty, envelope, errors, notFound } from './answer.ts';
import { answerData, answerVersions, type KvRequest } from './kv-data.ts';
import { answerConfig, answerMetadata } from './kv-metadata.ts';
import { type KvMount, namesBelow } from './kv-store.ts';

const upgrading =
  'Upgrading from non-versioned to versioned data. This backend will be unavailable for a brief period and will resume service shortly.';
const wrongPath =
  'Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints to use. If using the Vault CLI, use';

/** Answers what is asked below a KV mount; `request.path` is relative to the mount. */
export function answerKv(mount: KvMount, request: KvRequest): Answer {
  if (mount.version === 1) return answerV1(mount, request);
  if (mount.upgrading > 0) {
    mount.upgrading--;
    return errors(400, upgrading);
  }
  const [kind = '', ...rest] = request.path.split('/');
  const below = { ...request, path: rest.join('/') };
  if (kind === 'config' && rest.length === 0) return answerConfig(mount, request);
  if (kind === 'metadata' && (below.path !== '' || request.method === 'LIST')) return answerMetadata(mount, below);
  if (kind === 'data' && below.path !== '') return answerData(mount, below);
  if ((kind === 'delete' || kind === 'undelete' || kind === 'destroy') && below.path !== '') return answerVersions(mount, kind, below);
  const command = { GET: 'get', LIST: 'list', DELETE: 'delete' }[request.method] ?? 'put';
  return envelope(null, { status: 404, warnings: [`${wrongPath} 'vault kv ${command}' for this operation.`] });
}

/** KV v1: the body is the value, whatever it looks like; nothing is checked. */
function answerV1(mount: KvMount, { method, path, body }: KvRequest): Answer {
  const { values } = mount;
  if (method === 'LIST') {
    const keys = namesBelow(values.keys(), path.replace(/\/$/, ''));
    return keys.length > 0 ? envelope({ keys }, { mountType: 'kv' }) : notFound;
  }
  if (method === 'GET') return values.has(path) ? envelope(values.get(path), { mountType: 'kv' }) : notFound;
  if (method === 'DELETE') values.delete(path);
  else if (method === 'POST' || method === 'PUT') values.set(path, body ?? {});
  else return errors(405, 'unsupported operation');
  return empty;
}
