import type { AnyCheck, CheckContext, CheckOutcome, FindingDraft } from '../checks/check.ts';
import type { Evidence, Unavailable } from '../model/evidence.ts';
import type { EvidenceKey } from '../model/evidence-map.ts';
import type { CheckResult, CheckStatus, Finding, Gap } from '../model/finding.ts';
import { fingerprint } from './fingerprint.ts';

/** Hides findings that the configuration accepts; counts them. */
export type Suppressor = (id: string, resource: Finding['resource']) => boolean;

/**
 * Runs one check on its evidence. A missing need makes it `unknown`, or
 * `skipped` where nobody configured the source; a part that could not be seen
 * makes it `unknown` unless it fails anyway; a check that throws is `unknown`
 * too, never the end of the run.
 */
export function evaluateCheck(
  check: AnyCheck,
  evidence: ReadonlyMap<EvidenceKey, Evidence<unknown>>,
  settings: unknown,
  context: CheckContext,
  suppressed: Suppressor,
  onError: (error: unknown) => void,
): CheckResult {
  const base = {
    id: check.meta.id,
    category: check.meta.category,
    title: check.meta.title,
    ...(context.context === undefined ? {} : { context: context.context }),
  };
  const keys = [...check.needs, ...check.uses];
  const unconfigured = (key: EvidenceKey): boolean => reasonOf(evidence.get(key)) === 'not-configured';
  const skippedFor = check.needs.find(unconfigured) ?? (keys.length > 0 && keys.every(unconfigured) ? keys[0] : undefined);
  if (skippedFor !== undefined) {
    const missing = evidence.get(skippedFor) as Unavailable;
    return {
      ...base,
      status: 'skipped',
      note: missing.detail,
      findings: [],
      facts: [],
      gaps: [toGap(check, skippedFor, missing, context)],
    };
  }
  const gaps: Gap[] = [];
  for (const key of check.needs) {
    const piece = evidence.get(key);
    if (piece === undefined)
      gaps.push(toGap(check, key, { ok: false, reason: 'invalid', source: key, detail: 'was not gathered' }, context));
    else if (!piece.ok) gaps.push(toGap(check, key, piece, context));
  }
  if (gaps.length > 0) return { ...base, status: 'unknown', findings: [], facts: [], gaps };
  for (const key of keys) {
    const piece = evidence.get(key);
    if (piece?.ok) for (const part of piece.gaps ?? []) gaps.push(toGap(check, key, part, context));
  }
  let outcome: CheckOutcome;
  try {
    outcome = check.run(evidence, settings, context);
  } catch (error) {
    onError(error);
    const failed: Unavailable = {
      ok: false,
      reason: 'invalid',
      source: check.meta.id,
      detail: 'the check itself failed (a defect in agentops; --verbose shows it)',
    };
    return {
      ...base,
      status: 'unknown',
      findings: [],
      facts: [],
      gaps: [...gaps, toGap(check, keys[0] ?? check.meta.id, failed, context)],
    };
  }
  // A piece that a check hands back as it is keeps its name.
  const nameOf = (part: Unavailable): string => keys.find((key) => evidence.get(key) === part) ?? part.source;
  for (const part of outcome.gaps ?? []) gaps.push(toGap(check, nameOf(part), part, context));
  const findings = outcome.findings
    .filter((draft) => !suppressed(check.meta.id, draft.resource))
    .map((draft) => toFinding(check, draft, context));
  return {
    ...base,
    status: statusOf(findings, gaps),
    examined: { ...outcome.examined },
    ...(outcome.note === undefined ? {} : { note: outcome.note }),
    findings,
    facts: [...(outcome.facts ?? [])],
    gaps,
  };
}

function statusOf(findings: readonly Finding[], gaps: readonly Gap[]): CheckStatus {
  if (findings.some((found) => found.severity === 'critical')) return 'fail';
  if (gaps.length > 0) return 'unknown';
  return findings.some((found) => found.severity === 'warning') ? 'warn' : 'pass';
}

function reasonOf(piece: Evidence<unknown> | undefined): string | undefined {
  return piece && !piece.ok ? piece.reason : undefined;
}

function toGap(check: AnyCheck, evidence: string, missing: Unavailable, context: CheckContext): Gap {
  return {
    check: check.meta.id,
    evidence,
    reason: missing.reason,
    ...(context.context === undefined ? {} : { context: context.context }),
    source: missing.source,
    detail: missing.detail,
    ...(missing.missing ? { missing: [...missing.missing] } : {}),
    ...(missing.hint ? { hint: missing.hint } : {}),
  };
}

function toFinding(check: AnyCheck, draft: FindingDraft, context: CheckContext): Finding {
  const { key, since, why, next, ...rest } = draft;
  const resource =
    context.context !== undefined && rest.resource.context === undefined ? { ...rest.resource, context: context.context } : rest.resource;
  return {
    id: check.meta.id,
    category: check.meta.category,
    ...rest,
    resource,
    why: why ?? check.meta.why,
    next: [...next],
    ...(since === undefined ? {} : { since: new Date(since).toISOString() }),
    explain: `agentops explain ${check.meta.id}`,
    fingerprint: fingerprint(check.meta.id, resource, key),
  };
}
