import { ApiError, badRequest, forbidden, forbiddenPath, unauthorized } from './status.ts';
import type { Dict } from './types.ts';

/** A rule of a Role, and where it holds. */
export interface PolicyRule {
  readonly apiGroups?: readonly string[];
  /** With subresources as `pods/log`; `*` is everything. */
  readonly resources?: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  /** A RoleBinding's namespaces; without it the rule is bound cluster-wide. */
  readonly namespaces?: readonly string[];
}

export interface LabUser {
  readonly token: string;
  readonly name: string;
  readonly groups?: readonly string[];
  /** `admin` may do everything. */
  readonly rules: 'admin' | readonly PolicyRule[];
}

/** What a request asks to do. */
export interface Attributes {
  readonly verb: string;
  readonly group: string;
  readonly plural: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

/** What `system:discovery`, `system:basic-user` and `system:public-info-viewer` grant to everybody who is known. */
const basicRules: readonly PolicyRule[] = [
  {
    verbs: ['create'],
    apiGroups: ['authorization.k8s.io'],
    resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
  },
  { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] },
  {
    verbs: ['get'],
    nonResourceURLs: [
      '/api',
      '/api/*',
      '/apis',
      '/apis/*',
      '/healthz',
      '/livez',
      '/openapi',
      '/openapi/*',
      '/readyz',
      '/version',
      '/version/',
    ],
  },
];

const publicRules: readonly PolicyRule[] = [
  { verbs: ['get'], nonResourceURLs: ['/healthz', '/livez', '/readyz', '/version', '/version/'] },
];

const adminRules: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

const anonymous: LabUser = { token: '', name: 'system:anonymous', groups: ['system:unauthenticated'], rules: publicRules };

/** The user of an Authorization header; a token that nobody has is a 401. */
export function authenticate(users: readonly LabUser[], header: string | undefined): LabUser {
  if (header === undefined || header === '') return anonymous;
  const token = /^bearer +(\S+)$/i.exec(header)?.[1];
  const user = token === undefined ? undefined : users.find((candidate) => candidate.token === token);
  if (!user) throw unauthorized();
  return user;
}

export function rulesOf(user: LabUser): readonly PolicyRule[] {
  if (user === anonymous) return publicRules;
  return user.rules === 'admin' ? [...adminRules, ...basicRules] : [...user.rules, ...basicRules];
}

const has = (list: readonly string[] | undefined, value: string) => list !== undefined && (list.includes('*') || list.includes(value));

function allowsResource(rule: PolicyRule, asked: Attributes): boolean {
  const combined = asked.subresource === '' ? asked.plural : `${asked.plural}/${asked.subresource}`;
  return (
    has(rule.verbs, asked.verb) &&
    has(rule.apiGroups, asked.group) &&
    (has(rule.resources, combined) || (asked.subresource !== '' && rule.resources?.includes(`*/${asked.subresource}`) === true)) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(asked.name)) &&
    (!rule.namespaces || rule.namespaces.includes(asked.namespace))
  );
}

function allowsPath(rule: PolicyRule, verb: string, path: string): boolean {
  return (
    has(rule.verbs, verb) &&
    (rule.nonResourceURLs ?? []).some((url) => url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1))))
  );
}

export function isAllowed(user: LabUser, asked: Attributes): boolean {
  return rulesOf(user).some((rule) => allowsResource(rule, asked));
}

export function isPathAllowed(user: LabUser, verb: string, path: string): boolean {
  return rulesOf(user).some((rule) => allowsPath(rule, verb, path));
}

/** Throws the 403 that names verb, resource, group and scope. */
export function authorize(user: LabUser, asked: Attributes): void {
  if (isAllowed(user, asked)) return;
  const resource = asked.subresource === '' ? asked.plural : `${asked.plural}/${asked.subresource}`;
  throw forbidden({ ...asked, user: user.name, resource });
}

export function authorizePath(user: LabUser, verb: string, path: string): void {
  if (!isPathAllowed(user, verb, path)) throw forbiddenPath(user.name, verb, path);
}

/** SelfSubjectAccessReview: the spec comes back with `status.allowed`. */
export function accessReview(user: LabUser, review: Dict): Dict {
  const spec = (review.spec ?? {}) as Dict;
  const resource = spec.resourceAttributes as Record<string, string> | undefined;
  const path = spec.nonResourceAttributes as Record<string, string> | undefined;
  if (Boolean(resource) === Boolean(path)) {
    const field = 'spec.resourceAttributes';
    const message = 'Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified';
    // The real server names no kind here.
    throw new ApiError(422, 'Invalid', `.authorization.k8s.io "" is invalid: ${field}: ${message}`, {
      group: 'authorization.k8s.io',
      causes: [{ reason: 'FieldValueInvalid', message, field }],
    });
  }
  const allowed = resource
    ? isAllowed(user, {
        verb: resource.verb ?? '',
        group: resource.group ?? '',
        plural: resource.resource ?? '',
        subresource: resource.subresource ?? '',
        namespace: resource.namespace ?? '',
        name: resource.name ?? '',
      })
    : isPathAllowed(user, path?.verb ?? '', path?.path ?? '');
  return { kind: 'SelfSubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', metadata: {}, spec, status: { allowed } };
}

/** SelfSubjectRulesReview for a namespace. */
export function rulesReview(user: LabUser, review: Dict): Dict {
  const namespace = (review.spec as { namespace?: string } | undefined)?.namespace ?? '';
  if (namespace === '') throw badRequest('no namespace on request');
  const rules = rulesOf(user).filter((rule) => !rule.namespaces || rule.namespaces.includes(namespace));
  const resourceRules = rules.flatMap(({ verbs, apiGroups, resources, resourceNames }) =>
    resources ? [{ verbs, apiGroups: apiGroups ?? [], resources, ...(resourceNames ? { resourceNames } : {}) }] : [],
  );
  const nonResourceRules = rules.flatMap(({ verbs, nonResourceURLs }) => (nonResourceURLs ? [{ verbs, nonResourceURLs }] : []));
  return {
    kind: 'SelfSubjectRulesReview',
    apiVersion: 'authorization.k8s.io/v1',
    metadata: {},
    spec: {},
    status: { resourceRules, nonResourceRules, incomplete: false },
  };
}

/** SelfSubjectReview (`kubectl auth whoami`). */
export function selfReview(user: LabUser): Dict {
  return {
    kind: 'SelfSubjectReview',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: {},
    status: { userInfo: { username: user.name, groups: [...(user.groups ?? []), 'system:authenticated'] } },
  };
}
