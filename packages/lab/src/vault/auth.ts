import { randomUUID } from 'node:crypto';
import { type Answer, empty, envelope, errors, multiError } from './answer.ts';
import type { PathRule } from './policy.ts';

export interface LabToken {
  /** `root` may do everything. */
  readonly policies: readonly string[];
}

export interface LabAuth {
  readonly tokens: Map<string, LabToken>;
  readonly policies: Readonly<Record<string, readonly PathRule[]>>;
  /** role_id → its secret_id and policies. */
  readonly approles: Readonly<Record<string, { readonly secretId: string; readonly policies: readonly string[] }>>;
  /** role → the service account token it accepts, and policies. */
  readonly kubernetesRoles: Readonly<Record<string, { readonly jwt: string; readonly policies: readonly string[] }>>;
}

export const permissionDenied = multiError(403, 'permission denied');
export const invalidToken = multiError(403, 'permission denied', 'invalid token');

/** The rules that a token brings; undefined for root. */
export function rulesOf(auth: LabAuth, token: LabToken): readonly PathRule[] | undefined {
  return token.policies.includes('root') ? undefined : token.policies.flatMap((name) => auth.policies[name] ?? []);
}

/** POST auth/<method>/login: the ones that need no token. */
export function answerLogin(auth: LabAuth, method: string, body: Readonly<Record<string, unknown>>): Answer {
  if (method === 'approle') {
    const role = auth.approles[String(body.role_id)];
    if (!role || role.secretId !== body.secret_id) return errors(400, 'invalid role or secret ID');
    return issue(auth, role.policies, { role_name: String(body.role_id) });
  }
  if (method === 'kubernetes') {
    const role = auth.kubernetesRoles[String(body.role)];
    if (!role) return errors(400, `invalid role name "${String(body.role)}"`);
    if (role.jwt !== body.jwt) return errors(403, 'permission denied');
    return issue(auth, role.policies, { role: String(body.role) });
  }
  return errors(404, `no handler for route "auth/${method}/login". route entry not found.`);
}

/** auth/token/lookup-self and revoke-self. */
export function answerToken(auth: LabAuth, operation: string, id: string, token: LabToken): Answer {
  if (operation === 'revoke-self') {
    auth.tokens.delete(id);
    return empty;
  }
  const policies = token.policies.includes('root') ? ['root'] : ['default', ...token.policies];
  return envelope(
    { id, policies, ttl: 0, renewable: false, type: 'service', path: 'auth/token/create', num_uses: 0 },
    { mountType: 'token' },
  );
}

function issue(auth: LabAuth, policies: readonly string[], metadata: Readonly<Record<string, string>>): Answer {
  const id = `hvs.lab-${randomUUID()}`;
  auth.tokens.set(id, { policies });
  const names = ['default', ...policies];
  return envelope(null, {
    auth: {
      client_token: id,
      accessor: randomUUID(),
      policies: names,
      token_policies: names,
      metadata,
      lease_duration: 3600,
      renewable: true,
      entity_id: '',
      token_type: 'service',
      orphan: true,
    },
  });
}
