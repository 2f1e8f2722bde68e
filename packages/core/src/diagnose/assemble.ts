import { categoryTitles } from '../checks/registry.ts';
import type { MissingPermission, Unavailable } from '../model/evidence.ts';
import { type CheckResult, type CheckStatus, category, type Finding, type Gap } from '../model/finding.ts';
import type { Report, Verdict } from '../model/report.ts';

const statusOrder: readonly CheckStatus[] = ['fail', 'unknown', 'warn', 'pass', 'skipped'];
const severityOrder = { critical: 0, warning: 1, info: 2 } as const;

/** The worst of some statuses: fail, unknown, warn, pass, skipped. */
export function worstStatus(statuses: readonly CheckStatus[]): CheckStatus {
  return statusOrder.find((status) => statuses.includes(status)) ?? 'skipped';
}

/**
 * critical > unknown > warning > healthy. A run that looked at nothing is
 * unknown: there is no evidence that anything is well.
 */
export function verdictOf(statuses: readonly CheckStatus[]): Verdict {
  const worst = worstStatus(statuses);
  return ({ fail: 'critical', unknown: 'unknown', warn: 'warning', pass: 'healthy', skipped: 'unknown' } as const)[worst];
}

/** The least verdict that makes the run exit with its own code; `never`: always 0. */
export type FailOn = 'warning' | 'unknown' | 'critical' | 'never';

/** 0 healthy · 1 warning · 2 critical · 3 unknown, where `failOn` lets it. */
export function exitCodeOf(verdict: Verdict, failOn: FailOn = 'warning'): 0 | 1 | 2 | 3 {
  const rank = { healthy: 0, warning: 1, unknown: 2, critical: 3, never: 4 } as const;
  if (rank[verdict] < rank[failOn]) return 0;
  return ({ healthy: 0, warning: 1, critical: 2, unknown: 3 } as const)[verdict];
}

export interface AssembleInput {
  readonly results: readonly CheckResult[];
  readonly version: string;
  readonly lab: string | undefined;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly timeZone: string;
  readonly contexts: readonly string[];
  readonly namespaces: readonly string[];
  readonly suppressed: number;
  /** What could not be gathered: a permission that only helps a check is missing all the same. */
  readonly unseen?: readonly { readonly context: string; readonly missing: Unavailable }[];
  readonly failOn: FailOn;
  permissionManifest(missing: readonly MissingPermission[]): string;
}

/** Puts the results of a run into the report, worst first. Pure. */
export function assembleReport(input: AssembleInput): Report {
  const { results } = input;
  const verdict = verdictOf(results.map((result) => result.status));
  const findings = results.flatMap((result) => result.findings).sort(compareFindings);
  const missingPermissions = uniquePermissions(results, input.unseen ?? []);
  const count = (severity: Finding['severity']): number => findings.filter((found) => found.severity === severity).length;
  return {
    schemaVersion: 1,
    tool: { name: 'agentops', version: input.version },
    ...(input.lab === undefined ? {} : { lab: { scenario: input.lab } }),
    startedAt: new Date(input.startedAt).toISOString(),
    durationMs: Math.round(input.durationMs),
    timeZone: input.timeZone,
    contexts: [...input.contexts],
    namespaces: [...input.namespaces],
    verdict,
    exitCode: exitCodeOf(verdict, input.failOn),
    counts: {
      critical: count('critical'),
      warning: count('warning'),
      info: count('info'),
      suppressed: input.suppressed,
      checks: countStatuses(results),
    },
    categories: category.options.flatMap((id) => {
      const checks = results.filter((result) => result.category === id);
      if (checks.length === 0) return [];
      const sorted = checks.toSorted((a, b) => statusOrder.indexOf(a.status) - statusOrder.indexOf(b.status));
      return [{ id, title: categoryTitles[id], status: worstStatus(checks.map((check) => check.status)), checks: sorted }];
    }),
    findings,
    notSeen: groupNotSeen(results),
    notLookedAt: groupNotLookedAt(results),
    missingPermissions,
    permissionManifest: missingPermissions.length > 0 ? input.permissionManifest(missingPermissions) : '',
    causes: [],
    changes: [],
  };
}

/** Critical before warning before info; then by how far over the threshold, then by name. */
function compareFindings(a: Finding, b: Finding): number {
  return (
    severityOrder[a.severity] - severityOrder[b.severity] ||
    excess(b) - excess(a) ||
    a.id.localeCompare(b.id) ||
    label(a).localeCompare(label(b))
  );
}

function excess(found: Finding): number {
  if (!found.measured || !found.threshold || found.threshold.value === 0 || found.measured.unit !== found.threshold.unit) return 0;
  const ratio = found.measured.value / found.threshold.value;
  // A success ratio is bad when it is low: 0.5 of a floor is as far off as 2 × a ceiling.
  if (ratio >= 1) return ratio;
  // Nothing left of what should be there (an expired certificate, a success ratio of 0) is as bad as it gets.
  return ratio > 0 ? 1 / ratio : Number.MAX_VALUE;
}

function label(found: Finding): string {
  return [found.resource.context, found.resource.namespace, found.resource.kind, found.resource.name].join('/');
}

function countStatuses(results: readonly CheckResult[]): Record<CheckStatus, number> {
  const counts = { pass: 0, warn: 0, fail: 0, unknown: 0, skipped: 0 };
  for (const result of results) counts[result.status]++;
  return counts;
}

function groupNotSeen(results: readonly CheckResult[]): Report['notSeen'] {
  const groups = new Map<string, Report['notSeen'][number]>();
  for (const gap of results.filter((result) => result.status !== 'skipped').flatMap((result) => result.gaps)) {
    const { check, evidence, ...rest } = gap;
    const id = JSON.stringify([gap.context, gap.source, gap.reason, gap.detail]);
    const known = groups.get(id);
    if (!known) {
      groups.set(id, { ...rest, evidence, checks: [check], ...(gap.missing ? { missing: [...gap.missing] } : {}) });
      continue;
    }
    if (!known.checks.includes(check)) known.checks.push(check);
    if (!known.evidence.split(', ').includes(evidence)) known.evidence += `, ${evidence}`;
    for (const permission of gap.missing ?? []) {
      known.missing ??= [];
      if (!known.missing.some((other) => samePermission(other, permission))) known.missing.push(permission);
    }
  }
  return [...groups.values()].sort((a, b) => b.checks.length - a.checks.length || a.source.localeCompare(b.source));
}

function groupNotLookedAt(results: readonly CheckResult[]): Report['notLookedAt'] {
  const groups = new Map<string, Report['notLookedAt'][number]>();
  for (const result of results.filter((each) => each.status === 'skipped')) {
    const gap: Gap | undefined = result.gaps[0];
    const what = gap?.source ?? result.category;
    const known = groups.get(what);
    if (!known) groups.set(what, { what, hint: gap?.hint ?? gap?.detail ?? result.note ?? '', checks: [result.id] });
    else if (!known.checks.includes(result.id)) known.checks.push(result.id);
  }
  return [...groups.values()];
}

function uniquePermissions(results: readonly CheckResult[], unseen: NonNullable<AssembleInput['unseen']>): Report['missingPermissions'] {
  const found: Report['missingPermissions'] = [];
  const gaps = results.flatMap((result) => result.gaps).map(({ context, missing }) => ({ context: context ?? '', missing }));
  for (const { context, missing } of [...gaps, ...unseen.map((each) => ({ context: each.context, missing: each.missing.missing }))]) {
    for (const permission of missing ?? []) {
      if (!found.some((other) => other.context === context && samePermission(other, permission))) found.push({ ...permission, context });
    }
  }
  return found.sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
}

function samePermission(a: MissingPermission, b: MissingPermission): boolean {
  return a.verb === b.verb && a.group === b.group && a.resource === b.resource && a.namespace === b.namespace;
}
