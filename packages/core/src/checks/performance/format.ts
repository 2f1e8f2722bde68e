import type { Reading } from '../../model/prometheus.ts';

/** How a figure of a check is written, with its unit. */
export type Format = (value: number) => string;

/** `6.8 s`, `2 s to 6.8 s`, `over 10 s`: what is known of a reading that has a value. */
export function known(reading: Reading, format: Format): string {
  const { value, low, high } = reading;
  if (value === null) return 'not seen';
  if (high === null) return `over ${format(low ?? value)}`;
  if (low !== undefined && high !== undefined && low !== high) return `${format(low)} to ${format(high)}`;
  return format(value);
}
