import { randomUUID } from 'node:crypto';
import { type Answer, empty, envelope, errors, multiError } from './answer.ts';
import type { PathRule } from './policy.ts';

export interface LabToken {
  /** `root` may do everything. */
  readonly policies: readonly string[];
  /** Absent: it never ends. */
  readonly lease?: LabLease;
}

/** Seconds, as Vault counts them. */
export interface LabTtl {
  readonly ttl: number;
  /** Default true. */
  readonly renewable?: boolean;
  /** From its creation; no renewal goes beyond. Absent: none. */
  readonly maxTtl?: number;
}

interface LabLease {
  readonly ttl: number;
  readonly renewable: boolean;
  /** ms since the epoch */
  readonly endsAt: number;
  readonly maxEndsAt: number;
}

export interface LabAuth {
  readonly tokens: Map<string, LabToken>;
  readonly policies: Readonly<Record<string, readonly PathRule[]>>;
  /** role_id → its secret_id and policies. */
  readonly approles: Readonly<Record<string, { readonly secretId: string; readonly policies: readonly string[] }>>;
  /** role → the service account token it accepts, and policies. */
  readonly kubernetesRoles: Readonly<Record<string, { readonly jwt: string; readonly policies: readonly string[] }>>;
  /** How long tokens of a login live; default an hour, renewable. */
  readonly loginTtl: LabTtl | undefined;
  now(): number;
}

/** A lease that begins now. */
export function leaseOf({ ttl, renewable = true, maxTtl }: LabTtl, now: number): LabLease {
  return { ttl, renewable, endsAt: now + ttl * 1000, maxEndsAt: maxTtl === undefined ? Number.POSITIVE_INFINITY : now + maxTtl * 1000 };
}

/** A token that is still valid. */
export function findToken(auth: LabAuth, id: string): LabToken | undefined {
  const token = auth.tokens.get(id);
  if (!token?.lease || token.lease.endsAt > auth.now()) return token;
  auth.tokens.delete(id);
  return undefined;
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

/** auth/token/lookup-self, renew-self and revoke-self. */
export function answerToken(auth: LabAuth, operation: string, id: string, token: LabToken): Answer {
  if (operation === 'revoke-self') {
    auth.tokens.delete(id);
    return empty;
  }
  const policies = namesOf(token);
  if (operation === 'renew-self') return renew(auth, id, token);
  const { lease } = token;
  const ttl = lease ? Math.ceil((lease.endsAt - auth.now()) / 1000) : 0;
  return envelope(
    { id, policies, ttl, renewable: lease?.renewable ?? false, type: 'service', path: 'auth/token/create', num_uses: 0 },
    { mountType: 'token' },
  );
}

function renew(auth: LabAuth, id: string, token: LabToken): Answer {
  const { lease } = token;
  if (!lease?.renewable) return errors(400, 'lease is not renewable');
  const endsAt = Math.min(auth.now() + lease.ttl * 1000, lease.maxEndsAt);
  auth.tokens.set(id, { ...token, lease: { ...lease, endsAt } });
  return envelope(null, { auth: authOf(id, namesOf(token), Math.floor((endsAt - auth.now()) / 1000)), mountType: 'token' });
}

function namesOf({ policies }: LabToken): readonly string[] {
  return policies.includes('root') ? ['root'] : ['default', ...policies];
}

function issue(auth: LabAuth, policies: readonly string[], metadata: Readonly<Record<string, string>>): Answer {
  const id = `hvs.lab-${randomUUID()}`;
  const ttl = auth.loginTtl ?? { ttl: 3600 };
  const token: LabToken = { policies, lease: leaseOf(ttl, auth.now()) };
  auth.tokens.set(id, token);
  return envelope(null, { auth: { ...authOf(id, namesOf(token), ttl.ttl, ttl.renewable), metadata } });
}

function authOf(id: string, policies: readonly string[], leaseDuration: number, renewable = true): Readonly<Record<string, unknown>> {
  return {
    client_token: id,
    accessor: randomUUID(),
    policies,
    token_policies: policies,
    metadata: null,
    lease_duration: leaseDuration,
    renewable,
    entity_id: '',
    token_type: 'service',
    orphan: true,
  };
}
