/**
 * Anthropic's Admin API of API keys, and its list of models. The shapes are
 * recorded from Anthropic's documentation (November 2026), not from a live
 * server; the text of 400 is our guess. As there, keys are made in the console alone:
 * {@link LabAnthropic.addKey}.
 */
import { randomBytes } from 'node:crypto';
import { type ApiAnswer, type ApiRequest, type JsonApi, type JsonApiOptions, pageOf, startJsonApi } from './json-api.ts';

export interface LabAnthropicKey {
  readonly id: string;
  readonly name: string;
  readonly value: string;
  /** Default active. */
  readonly status?: Status;
  /** Default null: the default workspace. */
  readonly workspace?: string | null;
}

type Status = 'active' | 'inactive' | 'archived' | 'expired';

export interface LabAnthropicOptions extends JsonApiOptions {
  /** Default one `sk-ant-admin01-lab`. */
  readonly adminKeys?: readonly string[];
  readonly keys: readonly LabAnthropicKey[];
  /** ms since the epoch; default the system's clock. */
  readonly now?: () => number;
}

export interface LabAnthropic extends JsonApi {
  /** Whether a key works now. */
  accepts(value: string): boolean;
  /** As a person does it in the console. */
  addKey(key: LabAnthropicKey): void;
  status(id: string): Status | undefined;
}

interface Key {
  readonly id: string;
  name: string;
  readonly value: string;
  status: Status;
  readonly workspace: string | null;
  readonly createdAt: number;
}

/** Starts with the keys that the options name. */
export async function startAnthropicAdmin(options: LabAnthropicOptions): Promise<LabAnthropic> {
  const now = options.now ?? Date.now;
  const adminKeys = new Set(options.adminKeys ?? ['sk-ant-admin01-lab']);
  const keys: Key[] = [];
  const addKey = ({ id, name, value, status = 'active', workspace = null }: LabAnthropicKey): void => {
    keys.push({ id, name, value, status, workspace, createdAt: now() });
  };
  for (const key of options.keys) addKey(key);
  const accepts = (value: string): boolean => keys.some((key) => key.status === 'active' && key.value === value);
  const handle = (request: ApiRequest): ApiAnswer => {
    if (request.headers['anthropic-version'] === undefined)
      return failure(400, 'invalid_request_error', 'anthropic-version: header is required');
    const given = request.headers['x-api-key'];
    if (given === undefined) return failure(401, 'authentication_error', 'x-api-key header is required');
    const [version, first, second, id, ...rest] = request.path;
    if (version !== 'v1' || rest.length > 0) return notFound;
    if (first === 'models' && second === undefined && request.method === 'GET') return accepts(given) ? models : invalidKey;
    if (first !== 'organizations' || second !== 'api_keys') return notFound;
    if (!adminKeys.has(given)) return invalidKey;
    if (id === undefined)
      return request.method === 'GET' ? list(keys, request.query) : failure(405, 'invalid_request_error', 'Method Not Allowed');
    const key = keys.find((one) => one.id === id);
    if (!key) return notFound;
    if (request.method === 'GET') return { status: 200, body: describe(key) };
    return request.method === 'POST' ? update(key, request.body) : failure(405, 'invalid_request_error', 'Method Not Allowed');
  };
  const api = await startJsonApi(options, handle);
  return { ...api, accepts, addKey, status: (id) => keys.find((key) => key.id === id)?.status };
}

function failure(status: number, type: string, message: string): ApiAnswer {
  return { status, body: { type: 'error', error: { type, message }, request_id: `req_${randomBytes(12).toString('hex')}` } };
}

const notFound = failure(404, 'not_found_error', 'The requested resource could not be found.');
const invalidKey = failure(401, 'authentication_error', 'invalid x-api-key');
const models: ApiAnswer = {
  status: 200,
  body: {
    data: [{ type: 'model', id: 'claude-lab', display_name: 'Claude Lab', created_at: '2026-01-01T00:00:00Z' }],
    has_more: false,
    first_id: 'claude-lab',
    last_id: 'claude-lab',
  },
};

/** 1 to 1000 a page, 20 where nobody says. */
function list(keys: readonly Key[], query: URLSearchParams): ApiAnswer {
  const limit = Number(query.get('limit') ?? 20);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) return failure(400, 'invalid_request_error', 'limit: out of range');
  const [status, workspace] = [query.get('status'), query.get('workspace_id')];
  const wanted = keys.filter((key) => (status ?? key.status) === key.status && (workspace ?? key.workspace) === key.workspace);
  const page = pageOf(wanted.map(describe), query.get('after_id'), limit);
  return page ? { status: 200, body: page } : failure(400, 'invalid_request_error', 'after_id: not found');
}

function update(key: Key, { status, name }: Readonly<Record<string, unknown>>): ApiAnswer {
  if (status !== undefined && status !== 'active' && status !== 'inactive' && status !== 'archived') {
    return failure(400, 'invalid_request_error', 'status: unexpected value');
  }
  if (name !== undefined && (typeof name !== 'string' || name.length < 1 || name.length > 500)) {
    return failure(400, 'invalid_request_error', 'name: expected 1 to 500 characters');
  }
  if (key.status === 'archived' || key.status === 'expired') {
    return failure(400, 'invalid_request_error', `an ${key.status} key cannot be changed`);
  }
  if (status !== undefined) key.status = status;
  if (name !== undefined) key.name = name;
  return { status: 200, body: describe(key) };
}

function describe(key: Key): { readonly id: string } & Readonly<Record<string, unknown>> {
  return {
    id: key.id,
    type: 'api_key',
    name: key.name,
    workspace_id: key.workspace,
    created_at: new Date(key.createdAt).toISOString(),
    created_by: { id: 'user_lab', type: 'user' },
    expires_at: null,
    partial_key_hint: `${key.value.slice(0, 16)}...${key.value.slice(-4)}`,
    status: key.status,
  };
}
