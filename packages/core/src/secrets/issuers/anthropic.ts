import type { IssuerConfig } from '../../config/secrets.ts';
import type { Host } from '../../host.ts';
import type { IssuerKey } from '../../model/rotation.ts';
import { failureKind, RotationFailure } from '../failure.ts';
import type { Issuer, RunContext } from '../ports.ts';
import type { SecretValue } from '../value.ts';
import { AdminApi } from './admin-api.ts';
import { type AnthropicKey, anthropicKey, matchesHint } from './anthropic-key.ts';

type AnthropicConfig = Extract<IssuerConfig, { type: 'anthropic' }>;
type Status = 'active' | 'inactive' | 'archived';

/** Keys in these states are refused for good. */
const ended = ['archived', 'expired'];

/**
 * Keys of an Anthropic organization. The API makes none: a person creates one
 * in the console and brings its value; which key that is tells the part of it
 * that the API shows. Its name stays as the person chose it, so that they find
 * it again: nothing is left behind that we would have to find by a name.
 *
 * Source: the API reference of "API keys" of the Admin API, read November 2026.
 */
export function anthropicIssuer(config: AnthropicConfig, host: Host): Issuer {
  const { workspace } = config;
  const api = new AdminApi(
    {
      name: 'anthropic',
      url: config.url,
      tls: config.tls,
      headers: (key) => ({ 'x-api-key': key, 'anthropic-version': '2023-06-01' }),
      adminKey: config.adminKey,
      keyHint: 'adminKey must be an Admin API key (sk-ant-admin…), which an admin of the organization makes in the console',
      absentHint: 'see whether url is that of the Admin API',
    },
    host,
  );
  const keys = ['v1', 'organizations', 'api_keys'];
  const where = workspace === undefined ? 'the organization' : `workspace ${workspace}`;

  const list = async (context: RunContext): Promise<readonly AnthropicKey[]> => {
    const query = { limit: '100', ...(workspace === undefined ? {} : { workspace_id: workspace }) };
    const items = await api.list({ path: keys, query }, 'after_id', context);
    return items.map(parse);
  };
  /** Undefined: there is no such key. */
  const get = async (id: string, context: RunContext): Promise<AnthropicKey | undefined> => {
    const answer = await api.request({ method: 'GET', path: [...keys, id], mayBeAbsent: true }, context);
    return answer === undefined ? undefined : parse(answer);
  };
  /** A key that is archived cannot be changed again, not even to what it is: after a lost answer it is looked at. */
  const set = async (id: string, status: Status, context: RunContext): Promise<void> => {
    const change = async (): Promise<AnthropicKey> =>
      parse(await api.request({ method: 'POST', path: [...keys, id], body: { status }, once: true }, context));
    const answer = await change().catch(async (error: unknown) => {
      if (failureKind(error) !== 'transient') throw error;
      const present = await get(id, context);
      if (present?.status === status) return present;
      throw error;
    });
    if (answer.status !== status) throw new RotationFailure('transient', `anthropic: key ${id} did not become ${status}`);
  };

  return {
    type: config.type,
    origin: 'supplied',
    live: 'both',
    ...(config.presentKey === undefined ? {} : { presentKey: { id: config.presentKey } }),

    describe: (current) => ({
      issue: `find the key that you bring among the active ones of ${where}`,
      revoke: `set key ${shown(current)} inactive, then archive it, which cannot be undone`,
      objects: [where],
    }),

    async issue({ value, current }, context) {
      if (!value) {
        throw new RotationFailure('transient', 'anthropic: its API makes no keys: the new one is needed on standard input', {
          hint: 'create one in the console',
        });
      }
      const key = matching(await list(context), value, where);
      if (key.id === current?.id)
        throw new RotationFailure('refused', 'anthropic: the value is that of the key in use: a new one is needed');
      return { value: value.copy(), key: { id: key.id, ...(key.name ? { name: key.name } : {}) } };
    },

    async disable({ key }, context) {
      // Which key it is must be known, not guessed, before it is put out of service.
      const present = key.id === undefined ? undefined : await get(key.id, context);
      if (present?.status === 'active') await set(present.id, 'inactive', context);
    },

    async enable({ key }, context) {
      if (key.id === undefined) return;
      const present = await get(key.id, context);
      if (present?.status === 'active') return;
      if (present?.status !== 'inactive') {
        throw new RotationFailure(
          'operator',
          `anthropic: key ${key.id} is ${present ? 'archived or expired' : 'not there'} and cannot be made active again`,
        );
      }
      await set(key.id, 'active', context);
    },

    async revoke({ key }, context) {
      if (key.id === undefined) return { result: 'manual', detail: 'which key it is is not known: archive it in the console' };
      const present = await get(key.id, context);
      if (!present) return { result: 'gone', detail: `key ${key.id} is not there any more` };
      if (ended.includes(present.status)) return { result: 'gone', detail: `key ${key.id} is ${present.status}` };
      await set(key.id, 'archived', context);
      return { result: 'revoked', detail: `key ${key.id} is archived` };
    },

    check: ({ value }, context) => api.tryKey(value, context),
  };
}

/** The one key that a value can be of. Several cannot be told apart, and the wrong one would be ended one day. */
function matching(all: readonly AnthropicKey[], value: SecretValue, where: string): AnthropicKey {
  const alike = all.filter(({ partial_key_hint }) => matchesHint(partial_key_hint, value));
  const active = alike.filter(({ status }) => status === 'active');
  const [key, other] = active;
  if (key && !other) return key;
  if (key) {
    throw new RotationFailure(
      'operator',
      `anthropic: ${active.length} active keys of ${where} look like the value: ${active.map(({ id }) => id).join(', ')}`,
      {
        hint: 'set the others inactive in the console, or bring another key',
      },
    );
  }
  const [inactive] = alike;
  if (inactive) throw new RotationFailure('refused', `anthropic: the value looks like key ${inactive.id}, which is not active`);
  throw new RotationFailure('refused', `anthropic: no key of ${where} looks like the value`);
}

function parse(item: unknown): AnthropicKey {
  const parsed = anthropicKey.safeParse(item);
  if (parsed.success) return parsed.data;
  throw new RotationFailure('transient', 'anthropic: a key in the answer is not of the expected form');
}

function shown(key: IssuerKey | null): string {
  return key?.name ?? key?.id ?? 'in use';
}
