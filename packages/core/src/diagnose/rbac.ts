import { kubernetesKeys, type Resource, resources } from '../evidence/kubernetes/resources.ts';
import type { MissingPermission } from '../model/evidence.ts';
import type { EvidenceKey } from '../model/evidence-map.ts';

/**
 * The permissions that reading these pieces of evidence takes, sorted, each
 * once. With `namespaces`, what is namespaced is needed in those only.
 */
export function permissionsFor(keys: Iterable<EvidenceKey>, namespaces: readonly string[] = []): readonly MissingPermission[] {
  const wanted = new Set(keys);
  const needed = kubernetesKeys.filter((key) => wanted.has(key)).flatMap((key): readonly Resource[] => resources[key]);
  return unique(
    needed.flatMap((resource) => {
      const permission = { verb: 'list', group: resource.group, resource: resource.name };
      if (!resource.namespaced || namespaces.length === 0) return [permission];
      const where = resource.alsoIn === undefined ? namespaces : [...namespaces, resource.alsoIn];
      return where.map((namespace) => ({ ...permission, namespace }));
    }),
  );
}

/** Whom the printed roles are bound to. */
export interface Subject {
  /** Default `ServiceAccount`. */
  readonly kind?: 'ServiceAccount' | 'User' | 'Group';
  readonly name: string;
  /** A service account's namespace. */
  readonly namespace?: string;
}

/**
 * YAML of the smallest roles that grant the permissions: one ClusterRole for
 * what must hold cluster-wide, one Role a namespace for the rest. With a
 * subject they are bound to it; without, a comment says how. Empty where
 * nothing is missing. The same permissions give the same text.
 */
export function roleManifests(
  missing: Iterable<MissingPermission>,
  options: { readonly name: string; readonly subject?: Subject },
): string {
  const permissions = unique(missing);
  const cluster = permissions.filter((permission) => permission.namespace === undefined);
  const held = new Set(cluster.map(ruleKey));
  // What a ClusterRole allows everywhere needs no Role besides.
  const local = permissions.filter((permission) => permission.namespace !== undefined && !held.has(ruleKey(permission)));
  const namespaces = [...new Set(local.map((permission) => permission.namespace ?? ''))].sort(compare);
  const documents = [
    ...(cluster.length > 0 ? role(undefined, cluster, options) : []),
    ...namespaces.flatMap((namespace) =>
      role(
        namespace,
        local.filter((permission) => permission.namespace === namespace),
        options,
      ),
    ),
  ];
  return documents.join('---\n');
}

function role(
  namespace: string | undefined,
  permissions: readonly MissingPermission[],
  options: { readonly name: string; readonly subject?: Subject },
): readonly string[] {
  const kind = namespace === undefined ? 'ClusterRole' : 'Role';
  const name = scalar(options.name);
  const metadata = [`  name: ${name}`, ...(namespace === undefined ? [] : [`  namespace: ${scalar(namespace)}`])];
  const head = (type: string): string[] => ['apiVersion: rbac.authorization.k8s.io/v1', `kind: ${type}`, 'metadata:', ...metadata];
  const manifest = [...head(kind), 'rules:', ...rules(permissions)];
  if (!options.subject) {
    const flags = namespace === undefined ? `--clusterrole=${name}` : `--namespace=${namespace} --role=${name}`;
    const bind = `kubectl create ${kind.toLowerCase()}binding ${name} ${flags} --serviceaccount=NAMESPACE:NAME`;
    return [`${[`# Bind it: ${bind} (or --user, --group)`, ...manifest].join('\n')}\n`];
  }
  const { subject } = options;
  const subjectKind = subject.kind ?? 'ServiceAccount';
  const binding = [
    ...head(`${kind}Binding`),
    'roleRef:',
    '  apiGroup: rbac.authorization.k8s.io',
    `  kind: ${kind}`,
    `  name: ${name}`,
    'subjects:',
    `  - kind: ${subjectKind}`,
    ...(subjectKind === 'ServiceAccount' ? [] : ['    apiGroup: rbac.authorization.k8s.io']),
    `    name: ${scalar(subject.name)}`,
    ...(subject.namespace === undefined ? [] : [`    namespace: ${scalar(subject.namespace)}`]),
  ];
  return [`${manifest.join('\n')}\n`, `${binding.join('\n')}\n`];
}

/** One rule an API group and set of verbs. */
function rules(permissions: readonly MissingPermission[]): readonly string[] {
  const verbs = new Map<string, { readonly group: string; readonly resource: string; readonly verbs: string[] }>();
  for (const { group, resource, verb } of permissions) {
    const key = `${group}/${resource}`;
    const entry = verbs.get(key) ?? { group, resource, verbs: [] };
    entry.verbs.push(verb);
    verbs.set(key, entry);
  }
  const merged = new Map<string, { readonly group: string; readonly verbs: readonly string[]; readonly resources: string[] }>();
  for (const { group, resource, verbs: allowed } of verbs.values()) {
    const key = `${group}/${allowed.join(',')}`;
    const rule = merged.get(key) ?? { group, verbs: allowed, resources: [] };
    rule.resources.push(resource);
    merged.set(key, rule);
  }
  return [...merged.values()].flatMap((rule) => [
    `  - apiGroups: [${scalar(rule.group)}]`,
    `    resources: [${rule.resources.map(scalar).join(', ')}]`,
    `    verbs: [${rule.verbs.map(scalar).join(', ')}]`,
  ]);
}

function unique(permissions: Iterable<MissingPermission>): readonly MissingPermission[] {
  const byKey = new Map<string, MissingPermission>();
  for (const permission of permissions) byKey.set(`${permission.namespace ?? ''}/${ruleKey(permission)}`, permission);
  return [...byKey.entries()].sort(([a], [b]) => compare(a, b)).map(([, permission]) => permission);
}

function ruleKey({ group, resource, verb }: MissingPermission): string {
  return `${group}/${resource}/${verb}`;
}

/** By code point: the same on every machine, whatever its locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Plain where YAML reads it as that string in every version, else quoted. */
function scalar(value: string): string {
  return /^[a-z][a-z0-9.-]*$/.test(value) && !/^(true|false|null|yes|no|on|off|y|n)$/.test(value) ? value : JSON.stringify(value);
}
