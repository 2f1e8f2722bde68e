import { formatPico } from '../../model/money.ts';
import type { Amount } from '../../model/prometheus.ts';

/** `$12.40`, `at least $12.40`, `$12.40 to $18.00`. */
export function amountText({ atLeast, atMost }: Amount): string {
  if (atMost === null) return `at least ${formatPico(BigInt(atLeast))}`;
  if (atLeast === atMost) return formatPico(BigInt(atLeast));
  return `${formatPico(BigInt(atLeast))} to ${formatPico(BigInt(atMost))}`;
}
