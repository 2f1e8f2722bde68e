import { allocate } from '../../model/allocate.ts';
import type { CostReport } from '../../model/cost-report.ts';
import { count as countText } from '../../model/format.ts';
import { divideRounded, parsePico, picoPerDollar } from '../../model/money.ts';

/** A cent, in pico-dollars. */
const cent = picoPerDollar / 100n;

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

/** Nothing of the row has a price: neither its share nor what a request costs is known. */
export function isUnknown(row: { readonly spend: string; readonly unpricedTokens: number }): boolean {
  return row.unpricedTokens > 0 && picoOf(row.spend) === 0n;
}

/** `$1,870`: to the dollar from $100 up, else to the cent. */
export function rough(pico: bigint): string {
  const magnitude = pico < 0n ? -pico : pico;
  return magnitude >= 100n * picoPerDollar ? cents(divideRounded(pico, picoPerDollar) * picoPerDollar).replace(/\.00$/, '') : cents(pico);
}

/** `+$3.10`, `−$0.42`: a difference. */
export function signed(pico: bigint): string {
  return pico < 0n ? `−${cents(-pico)}` : `+${cents(pico)}`;
}

/** Amounts of rows to the cent, such that what is printed adds up to the printed total. */
export function printedParts(rows: readonly { readonly spend: string }[]): { readonly parts: readonly string[]; readonly total: string } {
  const exact = rows.map((row) => picoOf(row.spend));
  const { parts, total } = allocate(exact, cent);
  return {
    // What rounds to nothing is not nothing; it adds up as 0 all the same.
    parts: parts.map((part, index) => (part === 0n ? cents((exact[index] ?? 0n) > 0n ? 1n : 0n) : cents(part))),
    total: total === 0n ? cents(exact.some((part) => part > 0n) ? 1n : 0n) : cents(total),
  };
}

/** Amounts of advice: of one group only one can be had, so the others are alternatives. */
export function savingTexts(recommendations: CostReport['recommendations']): string[] {
  const seen = new Set<string>();
  return recommendations.map(({ saving, group }) => {
    const other = group !== undefined && seen.has(group);
    if (group !== undefined) seen.add(group);
    return saving === null ? '' : `${other ? 'or ' : ''}${rough(picoOf(saving))}`;
  });
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

/** `2.1 M`, `340 k`, `8,120`. */
export function tokens(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toPrecision(3)} G`;
  if (count >= 1e6) return `${(count / 1e6).toPrecision(3)} M`;
  if (count >= 1e4) return `${Math.round(count / 1e3)} k`;
  return countText(Math.round(count));
}

/** What a row without a name is called. */
export function rowName(name: string): string {
  return name === '' ? '(not said)' : name;
}

type Anomaly = Omit<CostReport['anomalies'][number], 'drivers'> & { readonly drivers: readonly string[] };

/** `Thu 19 Nov $131.20, 2.3 × what is usual ($57.04): planner on claude-sonnet-4-5`. */
export function anomalyText({ label, spend, usual, factor, drivers }: Anomaly): string {
  const than = factor === null ? ', where nothing is usual' : `, ${factor.toPrecision(2)} × what is usual (${cents(picoOf(usual))})`;
  return `${label} ${cents(picoOf(spend))}${than}${drivers.length > 0 ? `: ${drivers.join(', ')}` : ''}`;
}

/** `▲ planner (agent) +$18.20 to $41.00`. */
export function moverText({ by, name, change: amount, spend }: CostReport['movers'][number]): string {
  return `${picoOf(amount) > 0n ? '▲' : '▼'} ${rowName(name)} (${by}) ${signed(picoOf(amount))} to ${cents(picoOf(spend))}`;
}
