import type { AnyCheck } from '../checks/check.ts';
import { categoryTitles } from '../checks/registry.ts';
import { nearest } from '../config/nearest.ts';
import type { Config } from '../config/schema.ts';
import { AgentOpsError } from '../errors.ts';
import type { EvidenceKey } from '../model/evidence-map.ts';
import { category } from '../model/finding.ts';

/**
 * The checks that `--only` names (categories or ids; none named: all), less
 * those that the configuration switches off. Throws `usage` on an unknown name.
 */
export function selectChecks(all: readonly AnyCheck[], only: readonly string[], config: Config): AnyCheck[] {
  const categories: readonly string[] = category.options;
  // The report's headings are names too: `secrets` is secret-age.
  const byTitle = new Map(category.options.map((id) => [categoryTitles[id].toLowerCase().replaceAll(' ', '-'), id as string]));
  const names = only.map((name) => byTitle.get(name.toLowerCase()) ?? name);
  const known = [...categories, ...all.map((check) => check.meta.id)];
  for (const name of names) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    throw new AgentOpsError('usage', `unknown check or category "${name}"`, {
      hint: near ? `did you mean "${near}"?` : '`agentops checks` lists them',
    });
  }
  return all.filter((check) => {
    const named = names.length === 0 || names.includes(check.meta.id) || names.includes(check.meta.category);
    return named && (names.includes(check.meta.id) || settingsOf(check, config)?.enabled !== false);
  });
}

/** What the configuration says of a check. */
export function settingsOf(check: AnyCheck, config: Config): { enabled?: boolean } | undefined {
  return (config.checks as Readonly<Record<string, { enabled?: boolean } | undefined>>)[check.meta.id];
}

/** Everything the checks ask for, each piece once. */
export function wantedEvidence(checks: readonly AnyCheck[]): Set<EvidenceKey> {
  return new Set(checks.flatMap((check) => [...check.needs, ...check.uses]));
}
