import type { MissingPermission } from '../model/evidence.ts';

/** A permission as a Role's rule can grant it. */
export interface Grant extends MissingPermission {
  /** Of these objects only. RBAC cannot say so of `create` and `list`. */
  readonly names?: readonly string[];
  /** One line for whoever reads the role: why it is as wide as it is. */
  readonly why?: string;
}

/** Whom the printed roles are bound to. */
export interface Subject {
  /** Default `ServiceAccount`. */
  readonly kind?: 'ServiceAccount' | 'User' | 'Group';
  readonly name: string;
  /** A service account's namespace. */
  readonly namespace?: string;
}

interface RoleOptions {
  readonly name: string;
  readonly subject?: Subject;
}

/**
 * YAML of the smallest roles that grant the permissions: one ClusterRole for
 * what must hold cluster-wide, one Role a namespace for the rest. With a
 * subject they are bound to it; without, a comment says how. Empty where
 * nothing is asked for. The same grants give the same text.
 */
export function roleManifests(grants: Iterable<Grant>, options: RoleOptions): string {
  const wanted = uniqueGrants(grants);
  const cluster = wanted.filter((grant) => grant.namespace === undefined);
  const held = new Set(cluster.filter(({ names }) => names === undefined).map(ruleKey));
  // What a ClusterRole allows everywhere needs no Role besides.
  const local = wanted.filter((grant) => grant.namespace !== undefined && !held.has(ruleKey(grant)));
  const namespaces = [...new Set(local.map((grant) => grant.namespace ?? ''))].sort(compare);
  const documents = [
    ...(cluster.length > 0 ? role(undefined, cluster, options) : []),
    ...namespaces.flatMap((namespace) =>
      role(
        namespace,
        local.filter((grant) => grant.namespace === namespace),
        options,
      ),
    ),
  ];
  return documents.join('---\n');
}

/** Each permission once, in an order of its own; names of the same permission together, and none where one of them has none. */
export function uniqueGrants<T extends Grant>(grants: Iterable<T>): readonly T[] {
  const byKey = new Map<string, T>();
  for (const grant of grants) {
    const key = `${grant.namespace ?? ''}/${ruleKey(grant)}`;
    const known = byKey.get(key);
    byKey.set(key, known && known.names === undefined ? known : withNames(grant, known?.names));
  }
  return [...byKey.entries()].sort(([a], [b]) => compare(a, b)).map(([, grant]) => grant);
}

function withNames<T extends Grant>(grant: T, more: readonly string[] | undefined): T {
  if (grant.names === undefined) return grant;
  return { ...grant, names: [...new Set([...grant.names, ...(more ?? [])])].sort(compare) };
}

function role(namespace: string | undefined, grants: readonly Grant[], options: RoleOptions): readonly string[] {
  const kind = namespace === undefined ? 'ClusterRole' : 'Role';
  const name = scalar(options.name);
  const metadata = [`  name: ${name}`, ...(namespace === undefined ? [] : [`  namespace: ${scalar(namespace)}`])];
  const head = (type: string): string[] => ['apiVersion: rbac.authorization.k8s.io/v1', `kind: ${type}`, 'metadata:', ...metadata];
  const manifest = [...head(kind), 'rules:', ...rules(grants)];
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

interface Rule {
  readonly group: string;
  readonly resources: string[];
  readonly verbs: string[];
  readonly names: readonly string[] | undefined;
  readonly why: string[];
}

/** One rule an API group, set of verbs and set of names. */
function rules(grants: readonly Grant[]): readonly string[] {
  const perResource = new Map<string, Rule>();
  for (const { group, resource, verb, names, why } of grants) {
    const key = JSON.stringify([group, resource, names]);
    const rule = perResource.get(key) ?? { group, resources: [resource], verbs: [], names, why: [] };
    rule.verbs.push(verb);
    if (why !== undefined && !rule.why.includes(why)) rule.why.push(why);
    perResource.set(key, rule);
  }
  const merged = new Map<string, Rule>();
  for (const rule of perResource.values()) {
    const key = JSON.stringify([rule.group, rule.verbs, rule.names, rule.why]);
    const same = merged.get(key);
    if (same) same.resources.push(...rule.resources);
    else merged.set(key, rule);
  }
  return [...merged.values()].flatMap((rule) => [
    ...rule.why.map((line) => `  # ${line}`),
    `  - apiGroups: [${scalar(rule.group)}]`,
    `    resources: [${rule.resources.map(scalar).join(', ')}]`,
    ...(rule.names === undefined ? [] : [`    resourceNames: [${rule.names.map(scalar).join(', ')}]`]),
    `    verbs: [${rule.verbs.map(scalar).join(', ')}]`,
  ]);
}

function ruleKey({ group, resource, verb }: MissingPermission): string {
  return `${group}/${resource}/${verb}`;
}

/** By code point: the same on every machine, whatever its locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Plain where YAML reads it as that string in every version, else quoted. */
export function scalar(value: string): string {
  return /^[a-z][a-z0-9.-]*$/.test(value) && !/^(true|false|null|yes|no|on|off|y|n)$/.test(value) ? value : JSON.stringify(value);
}
