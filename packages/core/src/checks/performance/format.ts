import type { Reading } from '../../model/prometheus.ts';

/** Three significant digits, no exponent, no trailing zeros: `6.8`, `12.1`, `50,300`. */
export function threeDigits(value: number): string {
  return value.toLocaleString('en-US', {
    maximumSignificantDigits: Math.abs(value) >= 100 ? Math.trunc(Math.log10(Math.abs(value))) + 1 : 3,
  });
}

/** How a figure of a check is written, with its unit. */
export type Format = (value: number) => string;

export const seconds: Format = (value) => (value < 1 && value > 0 ? `${threeDigits(value * 1000)} ms` : `${threeDigits(value)} s`);
export const percent: Format = (ratio) => `${threeDigits(ratio * 100)} %`;
export const dollars: Format = (value) => `$${value >= 1 ? value.toFixed(2) : threeDigits(value)}`;
export const plain: Format = threeDigits;

/** `6.8 s`, `2 s to 6.8 s`, `over 10 s`: what is known of a reading that has a value. */
export function known(reading: Reading, format: Format): string {
  const { value, low, high } = reading;
  if (value === null) return 'not seen';
  if (high === null) return `over ${format(low ?? value)}`;
  if (low !== undefined && high !== undefined && low !== high) return `${format(low)} to ${format(high)}`;
  return format(value);
}

/** `5 min`, `90 s`, `1 h`. */
export function windowText(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}
