/**
 * OpenAI's admin API of project service accounts, and its list of models. The
 * shapes are recorded from OpenAI's documentation (November 2026), not from a
 * live server; the texts of 404 and 400 are our guess.
 */
import { randomBytes } from 'node:crypto';
import { type ApiAnswer, type ApiRequest, type JsonApi, type JsonApiOptions, pageOf, startJsonApi } from './json-api.ts';

export interface LabOpenAiOptions extends JsonApiOptions {
  /** Default one `sk-admin-lab`. */
  readonly adminKeys?: readonly string[];
  /** By project id: the service accounts that are there already, each with the value of its key. */
  readonly projects: Readonly<Record<string, readonly { readonly id: string; readonly name: string; readonly value: string }[]>>;
  /** What new keys begin with. */
  readonly keyPrefix?: string;
  /** ms since the epoch; default the system's clock. */
  readonly now?: () => number;
}

interface ServiceAccount {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  readonly key: { readonly id: string; readonly value: string };
}

export interface LabOpenAi extends JsonApi {
  /** Whether a key works now. */
  accepts(value: string): boolean;
  accounts(project: string): readonly { readonly id: string; readonly name: string }[];
}

/** Starts with the projects that the options name. */
export async function startOpenAiAdmin(options: LabOpenAiOptions): Promise<LabOpenAi> {
  const now = options.now ?? Date.now;
  const adminKeys = new Set(options.adminKeys ?? ['sk-admin-lab']);
  const projects = new Map<string, ServiceAccount[]>();
  for (const [project, accounts] of Object.entries(options.projects)) {
    const build = ({ id, name, value }: (typeof accounts)[number]): ServiceAccount => ({
      id,
      name,
      createdAt: Math.floor(now() / 1000),
      key: { id: `key_${id}`, value },
    });
    projects.set(project, accounts.map(build));
  }
  const accepts = (value: string): boolean => [...projects.values()].flat().some(({ key }) => key.value === value);
  const create = (name: string): ServiceAccount => ({
    id: `svc_acct_${randomBytes(9).toString('hex')}`,
    name,
    createdAt: Math.floor(now() / 1000),
    key: { id: `key_${randomBytes(8).toString('hex')}`, value: `${options.keyPrefix ?? 'sk-svcacct-'}${randomBytes(36).toString('hex')}` },
  });
  const handle = (request: ApiRequest): ApiAnswer => {
    const key = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (key === undefined) return failure(401, 'You did not provide an API key.', null);
    const [version, first, second, project = '', kind, id, ...rest] = request.path;
    if (version === 'v1' && first === 'models' && second === undefined && request.method === 'GET') {
      return accepts(key) ? models(now()) : wrongKey(key);
    }
    if (adminKeys.has(key)) {
      const accounts = version === 'v1' && first === 'organization' && second === 'projects' ? projects.get(project) : undefined;
      if (!accounts) return failure(404, `Project '${project}' not found`, 'not_found');
      if (rest.length === 0 && kind === 'service_accounts') return answerAccounts(accounts, id, request, create);
      if (rest.length === 0 && kind === 'api_keys' && id === undefined && request.method === 'GET') return listKeys(accounts, request);
      return failure(404, 'Invalid URL', null);
    }
    if (!accepts(key)) return wrongKey(key);
    return failure(403, 'You have insufficient permissions for this operation. Missing scopes: api.management.read.', null);
  };
  const api = await startJsonApi(options, handle);
  return { ...api, accepts, accounts: (project) => (projects.get(project) ?? []).map(({ id, name }) => ({ id, name })) };
}

function failure(status: number, message: string, code: string | null): ApiAnswer {
  return { status, body: { error: { message, type: 'invalid_request_error', param: null, code } } };
}

/** The real one repeats parts of the key, too. */
function wrongKey(key: string): ApiAnswer {
  const masked = `${key.slice(0, 8)}${'*'.repeat(12)}${key.slice(-4)}`;
  return failure(
    401,
    `Incorrect API key provided: ${masked}. You can find your API key at https://platform.openai.com/account/api-keys.`,
    'invalid_api_key',
  );
}

function models(now: number): ApiAnswer {
  const model = { id: 'gpt-lab', object: 'model', created: Math.floor(now / 1000), owned_by: 'system' };
  return { status: 200, body: { object: 'list', data: [model] } };
}

function answerAccounts(
  accounts: ServiceAccount[],
  id: string | undefined,
  { method, query, body }: ApiRequest,
  create: (name: string) => ServiceAccount,
): ApiAnswer {
  if (id === undefined && method === 'GET') return list(accounts, query, describeAccount);
  if (id === undefined && method === 'POST') {
    if (typeof body.name !== 'string' || body.name === '')
      return failure(400, "Missing required parameter: 'name'.", 'missing_required_parameter');
    const account = create(body.name);
    accounts.push(account);
    const { key, createdAt } = account;
    const api_key = {
      object: 'organization.project.service_account.api_key',
      value: key.value,
      name: 'Secret Key',
      created_at: createdAt,
      id: key.id,
      expires_at: null,
    };
    return { status: 200, body: { ...describeAccount(account), api_key } };
  }
  const index = accounts.findIndex((account) => account.id === id);
  const account = accounts[index];
  if (!account) return failure(404, `Service account '${id ?? ''}' not found`, 'not_found');
  if (method === 'GET') return { status: 200, body: describeAccount(account) };
  if (method !== 'DELETE') return failure(405, 'Not allowed', null);
  accounts.splice(index, 1);
  return { status: 200, body: { object: 'organization.project.service_account.deleted', id, deleted: true } };
}

function listKeys(accounts: readonly ServiceAccount[], { query }: ApiRequest): ApiAnswer {
  return list(accounts, query, (account) => ({
    object: 'organization.project.api_key',
    redacted_value: `${account.key.value.slice(0, 8)}...${account.key.value.slice(-4)}`,
    name: 'Secret Key',
    created_at: account.createdAt,
    last_used_at: null,
    id: account.key.id,
    owner: { type: 'service_account', service_account: describeAccount(account) },
  }));
}

/** 1 to 100 a page, 20 where nobody says. */
function list(
  accounts: readonly ServiceAccount[],
  query: URLSearchParams,
  describe: (account: ServiceAccount) => { readonly id: string },
): ApiAnswer {
  const limit = Number(query.get('limit') ?? 20);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) return failure(400, "Invalid 'limit'", 'integer_out_of_range');
  const page = pageOf(accounts.map(describe), query.get('after'), limit);
  return page ? { status: 200, body: { object: 'list', ...page } } : failure(400, "Invalid 'after'", null);
}

function describeAccount({ id, name, createdAt }: ServiceAccount): { readonly id: string } & Readonly<Record<string, unknown>> {
  return { object: 'organization.project.service_account', id, name, role: 'member', created_at: createdAt };
}
