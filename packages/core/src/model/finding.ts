import { z } from 'zod';
import { missingPermission, unavailableReason } from './evidence.ts';

export const category = z.enum(['connectivity', 'performance', 'resources', 'secret-age', 'network-policy', 'budget', 'agents']);
export type Category = z.infer<typeof category>;

/** Check status; see README "Exit codes and verdicts". */
export const checkStatus = z.enum(['pass', 'warn', 'fail', 'unknown', 'skipped']);
export type CheckStatus = z.infer<typeof checkStatus>;

export const severity = z.enum(['critical', 'warning', 'info']);
export type Severity = z.infer<typeof severity>;

/** What a finding is about. */
export const resource = z.object({
  context: z.string().optional().describe('Kubernetes context, where it has one'),
  namespace: z.string().optional(),
  kind: z.string().describe('Pod, Deployment, Node, Endpoint, Agent, Model…'),
  name: z.string(),
  container: z.string().optional(),
  /** The workload that owns a pod: fingerprints use it, so they survive a restart. */
  workload: z.object({ kind: z.string(), name: z.string() }).optional(),
});
export type Resource = z.infer<typeof resource>;

/** A number with its unit, so that machines need not parse the sentence. */
export const quantity = z.object({
  value: z.number(),
  unit: z.string().describe('s, ms, ratio, bytes, cores, days, $, tokens, count, or empty'),
});
export type Quantity = z.infer<typeof quantity>;

export const finding = z.object({
  id: z.string().describe('stable: the id of the check, e.g. network-policy/uncovered-pod'),
  category,
  severity,
  resource,
  /** What was seen, a few words: `error ratio 12.1 %`. */
  seen: z.string(),
  /** Against what: `over 5 %`, `refused`, `expected 3 ready`. */
  expected: z.string(),
  measured: quantity.optional(),
  threshold: quantity.optional(),
  /** More than the line can hold: the server's own message, the list of pods. */
  detail: z.string().optional(),
  /** Why it matters, one sentence (the check's, unless the finding has its own). */
  why: z.string(),
  /** Commands to run next, read-only first. */
  next: z.array(z.string()),
  /** ISO 8601; when it began, as far as the evidence tells. */
  since: z.string().optional(),
  /** How many further resources of the same workload show the same thing. */
  alsoOn: z.number().int().nonnegative().optional(),
  explain: z.string().describe('the command that explains this id'),
  fingerprint: z.string().describe('the same for the same trouble in the next run, across restarts of pods'),
});
export type Finding = z.infer<typeof finding>;

/** Something a check needed and could not see. */
export const gap = z.object({
  check: z.string(),
  evidence: z.string(),
  reason: unavailableReason,
  context: z.string().optional(),
  source: z.string(),
  detail: z.string(),
  missing: z.array(missingPermission).optional(),
  hint: z.string().optional(),
});
export type Gap = z.infer<typeof gap>;

/** Something measured that is shown though nothing is wrong: throughput, active agents. */
export const fact = z.object({
  label: z.string(),
  resource: resource.optional(),
  text: z.string().describe('the value for people, with its unit'),
  measured: quantity.optional(),
});
export type Fact = z.infer<typeof fact>;

export const checkResult = z.object({
  id: z.string(),
  category,
  title: z.string(),
  context: z.string().optional(),
  status: checkStatus,
  /** What was looked at: 38 secrets. */
  examined: z.object({ count: z.number().int().nonnegative(), noun: z.string() }).optional(),
  /** Why skipped: `not configured: prometheus`. */
  note: z.string().optional(),
  findings: z.array(finding),
  gaps: z.array(gap),
  facts: z.array(fact),
});
export type CheckResult = z.infer<typeof checkResult>;
