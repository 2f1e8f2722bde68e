import { z } from 'zod';
import type { Severity } from '../../model/finding.ts';

/** How bad a finding is, or `off`. */
export type Chosen = Severity | 'off';

/** A severity that the configuration may change. */
export function severitySetting(
  byDefault: Chosen,
): z.ZodDefault<z.ZodEnum<{ critical: 'critical'; warning: 'warning'; info: 'info'; off: 'off' }>> {
  return z.enum(['critical', 'warning', 'info', 'off']).default(byDefault);
}

const order: readonly Severity[] = ['critical', 'warning', 'info'];

/** The severity chosen; `off` never gets this far and counts as info. */
export function severityFor(chosen: Chosen): Severity {
  return chosen === 'off' ? 'info' : chosen;
}

/** The worst of some severities. */
export function worseOf(severities: readonly Severity[]): Severity {
  return order.find((severity) => severities.includes(severity)) ?? 'info';
}
