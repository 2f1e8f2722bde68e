import { z } from 'zod';
import type { IssuerConfig } from '../../config/secrets.ts';
import type { Host } from '../../host.ts';
import { RotationFailure } from '../failure.ts';
import type { Issuer, RunContext } from '../ports.ts';
import { SecretValue } from '../value.ts';
import { AdminApi } from './admin-api.ts';

type OpenAiConfig = Extract<IssuerConfig, { type: 'openai' }>;

const createdShape = z.object({
  id: z.string().min(1),
  name: z.string().nullish(),
  api_key: z.object({ id: z.string().min(1), value: z.string().min(1) }),
});
const accountShape = z.object({ id: z.string().min(1), name: z.string() });

/**
 * Keys of service accounts in an OpenAI project: one account a key, named
 * after the rotation, so that what a crash left behind can be found, and ended
 * by deleting the account. Nothing can put a key out of service for a while.
 *
 * Source: the API reference of "Project service accounts", read November 2026.
 */
export function openAiIssuer(config: OpenAiConfig, host: Host): Issuer {
  const { project } = config;
  const api = new AdminApi(
    {
      name: 'openai',
      url: config.url,
      tls: config.tls,
      headers: (key) => ({ authorization: `Bearer ${key}` }),
      adminKey: config.adminKey,
      keyHint: 'adminKey must be an admin key (sk-admin-…) of an owner of the organization',
      absentHint: `see whether project ${project} exists and is not archived`,
    },
    host,
  );
  const accounts = ['v1', 'organization', 'projects', project, 'service_accounts'];

  const list = async (context: RunContext): Promise<readonly z.infer<typeof accountShape>[]> => {
    const items = await api.list({ path: accounts, query: { limit: '100' } }, 'after', context);
    return items.map((item) => {
      const parsed = accountShape.safeParse(item);
      if (parsed.success) return parsed.data;
      throw new RotationFailure('transient', 'openai: a service account in the list is not of the expected form');
    });
  };

  return {
    type: config.type,
    origin: 'theirs',
    live: 'both',
    ...(config.presentKey === undefined ? {} : { presentKey: { parent: config.presentKey } }),

    describe: (current) => ({
      issue: `create a service account in project ${project}, with a key of its own`,
      revoke: current?.parent
        ? `delete service account ${current.parent} and with it its key, for good`
        : 'by hand: which key is in use is not known (issuer.presentKey names its service account)',
      objects: [`project ${project}`],
    }),

    async issue(request, context) {
      const answer = await api.request({ method: 'POST', path: accounts, body: { name: request.name }, once: true }, context);
      const created = createdShape.safeParse(answer);
      if (!created.success) {
        // It may be there without its key: the next try finds and deletes it.
        throw new RotationFailure('transient', 'openai: the answer to the new service account has no key in it');
      }
      const { id, api_key } = created.data;
      return { value: SecretValue.fromText(api_key.value), key: { id: api_key.id, name: request.name, parent: id } };
    },

    async find(namePrefix, context) {
      const all = await list(context);
      return all.filter(({ name }) => name.startsWith(namePrefix)).map(({ id, name }) => ({ name, parent: id }));
    },

    async revoke({ key }, context) {
      const { parent } = key;
      if (parent === undefined) {
        const detail = `the service account of the key is not known: delete the key in the settings of project ${project}`;
        return { result: 'manual', detail };
      }
      const answer = await api.request({ method: 'DELETE', path: [...accounts, parent], mayBeAbsent: true }, context);
      if (answer !== undefined) {
        const { deleted } = answer as { deleted?: unknown };
        if (deleted === true) return { result: 'revoked', detail: `service account ${parent} is deleted` };
        throw new RotationFailure('transient', `openai: service account ${parent} was not deleted`);
      }
      // The 404 may speak of the project: only a list without it tells.
      const all = await list(context);
      if (all.some(({ id }) => id === parent))
        throw new RotationFailure('transient', `openai: service account ${parent} is listed and not found`);
      return { result: 'gone', detail: `service account ${parent} is not there any more` };
    },

    check: ({ value }, context) => api.tryKey(value, context, aboutKey),
  };
}

/** OpenAI answers 401 also to a good key that lacks a scope or comes from an address that is not allowed. */
function aboutKey(error: unknown): boolean {
  const shape = z.object({ error: z.object({ code: z.unknown(), message: z.unknown() }) }).safeParse(error);
  const { code, message } = shape.success ? shape.data.error : {};
  return !/missing_scope|ip_not_authorized|insufficient permissions|missing scopes|ip (address )?(is )?not authorized/i.test(
    `${code} ${message}`,
  );
}
