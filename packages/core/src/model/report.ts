import { z } from 'zod';
import { missingPermission } from './evidence.ts';
import { category, checkResult, checkStatus, finding, gap } from './finding.ts';

export const verdict = z.enum(['healthy', 'warning', 'unknown', 'critical']);
export type Verdict = z.infer<typeof verdict>;

/** A change before the trouble (a later release fills the timeline). */
export const change = z.object({
  at: z.string(),
  what: z.string(),
  resource: z.string().optional(),
  by: z.string().optional(),
});

/** A likely cause with its evidence (a later release fills it). */
export const cause = z.object({
  id: z.string(),
  title: z.string(),
  confidence: z.number().min(0).max(1),
  evidence: z.array(z.string()),
  against: z.array(z.string()),
  next: z.array(z.string()),
  explains: z.array(z.string()).describe('fingerprints of the findings it explains'),
});

export const report = z.object({
  schemaVersion: z.literal(1),
  tool: z.object({ name: z.literal('agentops'), version: z.string() }),
  /** Set when the run was against the practice environment: shown in every output. */
  lab: z.object({ scenario: z.string() }).optional(),
  startedAt: z.string(),
  durationMs: z.number().nonnegative(),
  timeZone: z.string(),
  contexts: z.array(z.string()),
  namespaces: z.array(z.string()).describe('empty: all'),
  verdict,
  exitCode: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]),
  counts: z.object({
    critical: z.number().int(),
    warning: z.number().int(),
    info: z.number().int(),
    /** Findings hidden by suppressions in the configuration. */
    suppressed: z.number().int(),
    checks: z.record(checkStatus, z.number().int()),
  }),
  categories: z.array(
    z.object({
      id: category,
      title: z.string(),
      status: checkStatus,
      checks: z.array(checkResult),
    }),
  ),
  /** Every finding of every check, worst first. */
  findings: z.array(finding),
  /** What could not be seen, one entry a cause, with the checks it left unanswered. */
  notSeen: z.array(gap.omit({ check: true }).extend({ checks: z.array(z.string()) })),
  /** What nobody configured, and how to. */
  notLookedAt: z.array(z.object({ what: z.string(), hint: z.string(), checks: z.array(z.string()) })),
  missingPermissions: z.array(missingPermission.extend({ context: z.string() })),
  /** Manifests (YAML) of the Roles that restore the missing permissions; empty where none is missing. */
  permissionManifest: z.string(),
  causes: z.array(cause),
  changes: z.array(change),
});
export type Report = z.infer<typeof report>;
