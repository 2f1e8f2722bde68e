import { percent } from '../../model/format.ts';
import { divideRounded, parsePico, picoPerDollar } from '../../model/money.ts';

/** A cent, in pico-dollars. */
export const cent = picoPerDollar / 100n;

/** Exact dollars of the report as pico-dollars. */
export function picoOf(usd: string): bigint {
  return parsePico(usd) ?? 0n;
}

/** `$1,234.56`: to the cent; what would round to nothing is `<$0.01`. */
export function cents(pico: bigint): string {
  const magnitude = pico < 0n ? -pico : pico;
  const rounded = divideRounded(magnitude, cent);
  if (rounded === 0n && magnitude > 0n) return pico < 0n ? '>-$0.01' : '<$0.01';
  const whole = String(rounded / 100n).replaceAll(/\B(?=(\d{3})+$)/g, ',');
  return `${pico < 0n ? '-' : ''}$${whole}.${String(rounded % 100n).padStart(2, '0')}`;
}

/** Spend with tokens in it that nobody has a price for is a lower bound, and says so. */
export function atLeast(text: string, unpricedTokens: number): string {
  return unpricedTokens > 0 ? `≥ ${text}` : text;
}

/** `$1,870`: to the dollar from $100 up, else to the cent. */
export function rough(pico: bigint): string {
  const magnitude = pico < 0n ? -pico : pico;
  return magnitude >= 100n * picoPerDollar ? cents(divideRounded(pico, picoPerDollar) * picoPerDollar).replace(/\.00$/, '') : cents(pico);
}

/** `▲ 18 %`, `▼ 9 %`, `= 0 %`; empty where there is nothing to compare with. */
export function change(ratio: number | null): string {
  if (ratio === null) return '';
  const rounded = Math.round(Math.abs(ratio) * 100);
  const text = rounded >= 1000 ? `${(1 + Math.abs(ratio)).toFixed(0)} ×` : `${rounded} %`;
  return rounded === 0 ? '= 0 %' : `${ratio > 0 ? '▲' : '▼'} ${text}`;
}

/** `56 %`; `<1 %` for what would round to nothing; a dash where there is nothing to share. */
export function share(ratio: number | null): string {
  if (ratio === null) return '–';
  if (ratio > 0 && ratio < 0.005) return '<1 %';
  return `${Math.round(ratio * 100)} %`;
}

/** `71 %` or a dash. */
export function ratioText(ratio: number | null): string {
  return ratio === null ? '–' : ratio === 0 ? '0 %' : percent(ratio);
}

/** `2.1 M`, `340 k`, `812`. */
export function tokens(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toPrecision(3)} G`;
  if (count >= 1e6) return `${(count / 1e6).toPrecision(3)} M`;
  if (count >= 1e4) return `${Math.round(count / 1e3)} k`;
  return String(Math.round(count));
}

/** What a row without a name is called. */
export function rowName(name: string): string {
  return name === '' ? '(not said)' : name;
}
