import type { CostReport } from '../../model/cost-report.ts';
import { plural } from '../../model/format.ts';
import { picoFromDollars } from '../../model/money.ts';
import { html, type Markup } from '../html/markup.ts';
import { height, labelAxis, left, moneyAxis, round, width } from './axis.ts';
import { cents, picoOf } from './words.ts';

/** The month as it adds up, day by day: spent, forecast with its interval, budget; the numbers in a table behind it. */
export function monthChart({ month }: CostReport): Markup {
  const seen = month.days.flatMap((value, index) => (value === null ? [] : [{ index, value }]));
  let total = 0;
  const sums = seen.map(({ index, value }) => {
    total += value;
    return { index, value, sum: total };
  });
  const dollars = (usd: string): number => Number(usd);
  const { forecast, budget } = month;
  const most = Math.max(total, forecast ? dollars(forecast.high) : 0, budget === null ? 0 : dollars(budget));
  const { grid, y } = moneyAxis(most);
  const step = (width - left) / Math.max(1, month.days.length);
  const x = (days: number): number => left + days * step;
  const at = (days: number, value: number): string => `${round(x(days))},${round(y(value))}`;
  const spent = [at(sums[0]?.index ?? 0, 0), ...sums.map(({ index, sum }) => at(index + 1, sum))].join(' ');
  const lastDay = (sums.at(-1)?.index ?? -1) + 1;
  const end = month.days.length;
  const ahead =
    forecast && lastDay < end
      ? html`<polygon class="interval" points="${at(lastDay, total)} ${at(end, dollars(forecast.high))} ${at(end, dollars(forecast.low))}"/><polyline class="ahead" points="${at(lastDay, total)} ${at(end, dollars(forecast.point))}"/>`
      : undefined;
  const limit =
    budget === null
      ? undefined
      : html`<line class="budget" x1="${left}" x2="${width}" y1="${round(y(dollars(budget)))}" y2="${round(y(dollars(budget)))}"/>`;
  const labels = month.days.map((_day, index) => String(index + 1));
  const legend = [
    html`<span><i class="key spent"></i>spent</span>`,
    ...(ahead ? [html`<span><i class="key ahead"></i>forecast, 80 % interval</span>`] : []),
    ...(limit ? [html`<span><i class="key budget"></i>budget</span>`] : []),
  ];
  const rows = sums.map(
    ({ index, value, sum }) =>
      html`<tr><td>${index + 1}</td><td class="number">${cents(picoFromDollars(rounded(value)))}</td><td class="number">${cents(picoFromDollars(rounded(sum)))}</td></tr>`,
  );
  return html`<h2>${month.label}</h2><svg role="img" aria-label="spend of the month, added up by day" viewBox="0 0 ${width} ${height}" width="100%">${grid}${ahead}${limit}<polyline class="spent" points="${spent}"/>${labelAxis(labels)}</svg><p class="legend">${legend}</p>
<details><summary>${plural(seen.length, 'day')}, ${cents(picoOf(month.spent))}</summary><table><thead><tr><th>day</th><th class="number">spend</th><th class="number">added up</th></tr></thead><tbody>${rows}</tbody></table></details>`;
}

/** Sums of doubles have digits beyond a pico-dollar. */
function rounded(value: number): number {
  return Number(value.toFixed(9));
}
