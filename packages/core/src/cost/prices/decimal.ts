import { divideRounded, parsePico } from '../../model/money.ts';

/**
 * Prices are pico-dollars per million units, integers: fine enough for any
 * published price (1e-18 $ a token) and exact for what a decimal text says.
 */

/** Dollars per million → pico-dollars per million. The number's shortest decimal form is what was written. */
export function perMillion(dollars: number): bigint {
  const pico = parsePico(String(dollars));
  if (pico === undefined) throw new RangeError(`not a price: ${dollars}`);
  return pico;
}

/** Dollars per single token (or request), as LiteLLM writes them (`1.5e-07`) → pico-dollars per million. */
export function perMillionFromUnit(dollars: number): bigint {
  const [mantissa = '', exponent = '0'] = String(dollars).split('e');
  const pico = parsePico(`${mantissa}e${Number(exponent) + 6}`);
  if (pico === undefined) throw new RangeError(`not a price: ${dollars}`);
  return pico;
}

/** Dollars per thousand → pico-dollars per million. */
export function perMillionFromThousand(dollars: number): bigint {
  return perMillion(dollars) * 1000n;
}

/** A factor such as 11/10, kept as a fraction. */
export interface Fraction {
  readonly n: bigint;
  readonly d: bigint;
}

export const one: Fraction = { n: 1n, d: 1n };

export function multiply(a: Fraction, b: Fraction): Fraction {
  return { n: a.n * b.n, d: a.d * b.d };
}

/** The fraction that a decimal number says: 1.1 → 11/10. */
export function fractionOf(value: number): Fraction {
  return { n: perMillion(value), d: perMillion(1) };
}

/** Units × price; `perUnit` is set where the price of one unit is a whole number of pico-dollars. */
export interface Rate {
  /** Pico-dollars per million × `d`. */
  readonly n: bigint;
  readonly d: bigint;
  /** Pico-dollars a unit, or 0 where that is no whole number that a double holds. */
  readonly perUnit: number;
}

const million = 1_000_000n;

export function rateOf(pricePerMillion: bigint, factor: Fraction): Rate {
  const n = pricePerMillion * factor.n;
  const d = million * factor.d;
  const unit = n / d;
  const whole = n % d === 0n && unit <= BigInt(Number.MAX_SAFE_INTEGER);
  return { n, d, perUnit: whole ? Number(unit) : 0 };
}

/** Exact where a unit's price is a whole number of pico-dollars, else rounded once, to the pico-dollar. */
export function costOf(units: number, rate: Rate): bigint {
  if (units === 0 || rate.n === 0n) return 0n;
  if (rate.perUnit !== 0) {
    const product = units * rate.perUnit;
    if (Number.isSafeInteger(product)) return BigInt(product);
  }
  return divideRounded(BigInt(units) * rate.n, rate.d);
}

/** `3`, `0.3`, `3.75`: a price per million in dollars, without trailing zeros. */
export function dollarsText(pricePerMillion: bigint): string {
  const sign = pricePerMillion < 0n ? '-' : '';
  const digits = String(pricePerMillion < 0n ? -pricePerMillion : pricePerMillion).padStart(13, '0');
  const fraction = digits.slice(-12).replace(/0+$/, '');
  return `${sign}${digits.slice(0, -12)}${fraction === '' ? '' : `.${fraction}`}`;
}
