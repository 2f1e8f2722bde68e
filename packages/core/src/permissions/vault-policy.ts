export type VaultCapability = 'create' | 'delete' | 'list' | 'patch' | 'read' | 'update';

/** One `path` stanza of a policy. `+` is one segment, `*` at the end is any rest. */
export interface VaultRule {
  readonly path: string;
  readonly capabilities: readonly VaultCapability[];
  /** One line for whoever reads it. */
  readonly why?: string;
}

/**
 * A policy in HCL, a stanza a path, sorted. Vault lets the most specific path
 * alone decide, so that a stanza gets what wider ones grant there besides.
 * Empty where no rule is given. The same rules give the same text.
 */
export function vaultPolicy(rules: readonly VaultRule[]): string {
  const byPath = new Map<string, { readonly capabilities: Set<VaultCapability>; readonly why: Set<string> }>();
  for (const { path, capabilities, why } of rules) {
    const known = byPath.get(path) ?? { capabilities: new Set(), why: new Set() };
    for (const capability of capabilities) known.capabilities.add(capability);
    if (why !== undefined) known.why.add(why);
    byPath.set(path, known);
  }
  const paths = [...byPath.keys()].sort();
  const stanzas = paths.map((path) => {
    const wider = paths
      .filter((other) => other !== path && covers(other, path))
      .flatMap((other) => [...(byPath.get(other)?.capabilities ?? [])]);
    const own = byPath.get(path);
    const capabilities = [...new Set([...(own?.capabilities ?? []), ...wider])].sort();
    const why = [...(own?.why ?? [])].map((line) => `# ${line}\n`).join('');
    return `${why}path ${quoted(path)} {\n  capabilities = [${capabilities.map((name) => `"${name}"`).join(', ')}]\n}\n`;
  });
  return stanzas.join('\n');
}

/** Whether all that `path` matches is matched by `wider`, too. */
function covers(wider: string, path: string): boolean {
  const prefix = wider.endsWith('*');
  const pattern = (prefix ? wider.slice(0, -1) : wider).split('/');
  const parts = path.split('/');
  if (prefix ? parts.length < pattern.length : parts.length !== pattern.length) return false;
  return pattern.every((part, index) => {
    const other = parts[index] ?? '';
    if (prefix && index === pattern.length - 1) return other.startsWith(part);
    // What ends in a prefix may go on below: only a prefix covers it.
    if (other.endsWith('*')) return false;
    return part === '+' ? other !== '' : part === other;
  });
}

function quoted(path: string): string {
  return `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
