export type Capability = 'create' | 'read' | 'update' | 'delete' | 'list' | 'patch' | 'deny';

/** One `path` stanza of a policy: `*` at the end is a prefix, `+` a whole segment. */
export interface PathRule {
  readonly path: string;
  readonly capabilities: readonly Capability[];
}

/** What every token may do (Vault's policy `default`, as far as the lab has it). */
const defaultRules: readonly PathRule[] = [
  { path: 'auth/token/lookup-self', capabilities: ['read'] },
  { path: 'auth/token/renew-self', capabilities: ['update'] },
  { path: 'auth/token/revoke-self', capabilities: ['update'] },
  { path: 'cubbyhole/*', capabilities: ['create', 'read', 'update', 'delete', 'list'] },
];

/** Whether rules allow a capability on a path: the most specific rule decides, deny wins. */
export function allows(rules: readonly PathRule[], path: string, capability: Capability): boolean {
  // A LIST is asked for with a slash at the end; a rule without it counts as well.
  const paths = capability === 'list' ? [`${path.replace(/\/$/, '')}/`, path.replace(/\/$/, '')] : [path];
  const all = [...defaultRules, ...rules];
  for (const one of paths) {
    const matching = all.filter((rule) => matches(rule.path, one)).sort((a, b) => specificity(b.path) - specificity(a.path));
    const [best] = matching;
    if (!best) continue;
    const same = matching.filter((rule) => rule.path === best.path).flatMap((rule) => rule.capabilities);
    if (same.includes('deny')) return false;
    if (same.includes(capability)) return true;
  }
  return false;
}

/** Whether rules grant anything at all below a mount: what sys/internal/ui/mounts asks before it answers. */
export function touches(rules: readonly PathRule[], mount: string): boolean {
  const prefix = `${mount}/`;
  return rules.some((rule) => {
    if (rule.capabilities.every((capability) => capability === 'deny')) return false;
    const literal = rule.path.replace(/[*+].*$/, '');
    return literal.startsWith(prefix) || (literal !== rule.path && prefix.startsWith(literal)) || matches(rule.path, mount);
  });
}

function matches(pattern: string, path: string): boolean {
  const prefix = pattern.endsWith('*');
  const source = pattern
    .replace(/\*$/, '')
    .replaceAll(/[.*?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('+', '[^/]+');
  return new RegExp(`^${source}${prefix ? '.*' : ''}$`).test(path);
}

/** Exact before glob, then the longer literal part. */
function specificity(pattern: string): number {
  return (/[*+]/.test(pattern) ? 0 : 10_000) + pattern.replace(/[*+].*$/, '').length;
}
