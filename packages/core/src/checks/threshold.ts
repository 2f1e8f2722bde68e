import { z } from 'zod';
import type { Severity } from '../model/finding.ts';

/** Limits of one figure; null: that level is not used. */
export interface Thresholds {
  readonly warn: number | null;
  readonly fail: number | null;
}

/** What is known of a figure: it lies between the two. Infinity: no bound is known. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
}

export type Judgement =
  | { readonly verdict: 'over'; readonly severity: Severity; readonly threshold: number }
  | { readonly verdict: 'fine' }
  /** The limit lies between the bounds: neither can be said. */
  | { readonly verdict: 'open'; readonly threshold: number };

/**
 * Judges a figure against its limits. `above`: bad when greater than a limit;
 * `below`: bad when less. Only what is certain counts: the good end of the
 * bounds must be bad for a finding, the bad end good for `fine`.
 */
export function judge({ low, high }: Bounds, { warn, fail }: Thresholds, direction: 'above' | 'below'): Judgement {
  const good = direction === 'above' ? low : high;
  const bad = direction === 'above' ? high : low;
  const beyond = (value: number, limit: number): boolean => (direction === 'above' ? value > limit : value < limit);
  if (fail !== null && beyond(good, fail)) return { verdict: 'over', severity: 'critical', threshold: fail };
  if (warn !== null && beyond(good, warn)) return { verdict: 'over', severity: 'warning', threshold: warn };
  const open = [warn, fail].find((limit) => limit !== null && beyond(bad, limit));
  return open === undefined || open === null ? { verdict: 'fine' } : { verdict: 'open', threshold: open };
}

/** Settings of a check with up to two limits. */
export function thresholdSettings(
  defaults: Thresholds,
  unit: string,
): z.ZodObject<{ warn: z.ZodDefault<z.ZodNullable<z.ZodNumber>>; fail: z.ZodDefault<z.ZodNullable<z.ZodNumber>> }, z.core.$strict> {
  return z.strictObject({
    warn: z.number().nonnegative().nullable().default(defaults.warn).describe(`limit of a warning, ${unit}; null for none`),
    fail: z.number().nonnegative().nullable().default(defaults.fail).describe(`limit of a critical finding, ${unit}; null for none`),
  });
}
