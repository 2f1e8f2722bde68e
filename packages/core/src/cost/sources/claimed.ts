import { parsePico } from '../../model/money.ts';
import { Malformed } from './fields.ts';

/** Pico-dollars of an amount in dollars (a number or decimal text); null where the source claims nothing. */
export function dollarsClaimed(value: unknown, field: string): bigint | null {
  if (value === undefined || value === null || value === '') return null;
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  const pico = text.length <= 64 ? parsePico(text) : undefined;
  if (pico === undefined) throw new Malformed('bad-number', `${field} is not an amount`);
  return pico;
}
