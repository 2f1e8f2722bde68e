/**
 * Money is integers: pico-dollars (1e-12 $) in a BigInt, so that a million tiny
 * prices add up exactly and a total equals the sum of its parts. Rounding
 * happens once, where a number is shown.
 */

/** Pico-dollars in a dollar. */
export const picoPerDollar = 1_000_000_000_000n;

/**
 * A decimal number (`12.5`, `1e-05`, `-3`) scaled by 1e12, rounded half away
 * from zero beyond that; undefined for NaN, infinities and anything else.
 */
export function parsePico(text: string): bigint | undefined {
  const match = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,4}))?$/.exec(text.trim());
  if (!match) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return undefined;
  const digits = BigInt(whole + fraction);
  const shift = 12 - fraction.length + Number(exponent);
  const magnitude = shift >= 0 ? digits * 10n ** BigInt(shift) : divideRounded(digits, 10n ** BigInt(-shift));
  return sign === '-' ? -magnitude : magnitude;
}

/** Dollars of a configuration as pico-dollars; the number's shortest decimal form is what the user wrote. */
export function picoFromDollars(dollars: number): bigint {
  const pico = parsePico(String(dollars));
  if (pico === undefined) throw new RangeError(`not an amount: ${dollars}`);
  return pico;
}

/** Tokens × price per million tokens. Both are scaled by 1e12; so is the result. */
export function tokenCost(tokens: bigint, pricePerMillion: bigint): bigint {
  return divideRounded(tokens * pricePerMillion, picoPerDollar * 1_000_000n);
}

/** n / d, rounded half away from zero. */
export function divideRounded(n: bigint, d: bigint): bigint {
  const negative = n < 0n !== d < 0n;
  const [top, bottom] = [n < 0n ? -n : n, d < 0n ? -d : d];
  const quotient = (top * 2n + bottom) / (bottom * 2n);
  return negative ? -quotient : quotient;
}

/** For `measured` in a finding: the nearest double, in dollars (or in units, for other amounts scaled by 1e12). */
export function picoToNumber(pico: bigint): number {
  return Number(pico) / 1e12;
}

/** `$1,214.00`, `$0.112`, `$0.0042`, `$0.00`: cents from a dollar up, three significant digits below. */
export function formatPico(pico: bigint): string {
  const sign = pico < 0n ? '-' : '';
  const magnitude = pico < 0n ? -pico : pico;
  if (magnitude === 0n) return '$0.00';
  if (magnitude >= picoPerDollar) {
    const cents = divideRounded(magnitude, picoPerDollar / 100n);
    const whole = String(cents / 100n).replaceAll(/\B(?=(\d{3})+$)/g, ',');
    return `${sign}$${whole}.${String(cents % 100n).padStart(2, '0')}`;
  }
  // Below a dollar the first digit decides how many decimals three significant digits need, but never fewer than cents.
  const leading = 12 - String(magnitude).length;
  const decimals = Math.min(12, Math.max(2, leading + 3));
  const rounded = divideRounded(magnitude, 10n ** BigInt(12 - decimals));
  const text = String(rounded).padStart(decimals + 1, '0');
  const fraction = text.slice(-decimals).replace(/(?<=\d\d)0+$/, '');
  return `${sign}$${text.slice(0, -decimals)}.${fraction}`;
}

/** part / whole as a plain number, for shares and thresholds; exact to about 1e-9. */
export function ratioOf(part: bigint, whole: bigint): number {
  return Number(divideRounded(part * 1_000_000_000n, whole)) / 1e9;
}

/** Exact decimal dollars without trailing zeros: `412.18`, `0.0000031`, `0`. */
export function usdString(pico: bigint): string {
  const magnitude = pico < 0n ? -pico : pico;
  const fraction = String(magnitude % picoPerDollar)
    .padStart(12, '0')
    .replace(/0+$/, '');
  return `${pico < 0n ? '-' : ''}${magnitude / picoPerDollar}${fraction ? `.${fraction}` : ''}`;
}
