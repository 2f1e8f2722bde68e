import { z } from 'zod';
import type { Severity } from '../../model/finding.ts';
import { type AgeInterval, day, isOver, limitText, parseMaxAge } from './age.ts';

/** Thresholds that the checks on age share. */
export const ageSettings = z.object({
  warnDays: z.number().positive().default(90).describe('days; an older value is a warning'),
  failDays: z.number().positive().default(180).describe('days; an older value is critical'),
});

/** Limits for one secret, ms. A secret's own policy has one limit only: over it is over. */
export interface AgeLimits {
  readonly warn: number | undefined;
  readonly fail: number;
  /** Where its own policy is written: `annotation agentops.dev/max-age`. */
  readonly own: string | undefined;
}

/** The secret's own limit, else the configured ones; undefined where its own cannot be read. */
export function limitsFor(
  chosen: z.infer<typeof ageSettings>,
  ownPolicy: { readonly text: string; readonly where: string } | undefined,
): AgeLimits | undefined {
  if (!ownPolicy) return { warn: chosen.warnDays * day, fail: chosen.failDays * day, own: undefined };
  const limit = parseMaxAge(ownPolicy.text);
  return limit === undefined ? undefined : { warn: undefined, fail: limit, own: ownPolicy.where };
}

export type AgeVerdict =
  | { readonly over: 'no' }
  /** It may be over `limit`, and nothing says whether it is. */
  | { readonly over: 'maybe'; readonly limit: number }
  | { readonly over: 'yes'; readonly limit: number; readonly severity: Severity };

/** Compares an interval with the limits: only what is certain is a finding. */
export function judgeAge(age: Pick<AgeInterval, 'min' | 'max'>, limits: AgeLimits): AgeVerdict {
  if (isOver(age, limits.fail) === 'yes') return { over: 'yes', limit: limits.fail, severity: 'critical' };
  const lower = limits.warn ?? limits.fail;
  const over = isOver(age, lower);
  if (over === 'yes') return { over, limit: lower, severity: 'warning' };
  return over === 'maybe' ? { over, limit: lower } : { over };
}

/** `over 90 d`, `over 30 d (annotation agentops.dev/max-age)`. */
export function overText(limit: number, limits: AgeLimits): string {
  return `over ${limitText(limit)}${limits.own === undefined ? '' : ` (${limits.own})`}`;
}
