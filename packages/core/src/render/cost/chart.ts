import type { CostReport, CostRow } from '../../model/cost-report.ts';
import { picoFromDollars } from '../../model/money.ts';
import { html, type Markup } from '../html/markup.ts';
import { height, labelAxis, left, moneyAxis, round, width } from './axis.ts';
import { cents, rowName } from './words.ts';

/** Colours that stay apart for the colour-blind (Okabe and Ito), on light and dark pages. */
const palette = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#8c8c8c'];

/** Spend a bucket, stacked by the rows of a table (the dearest six, then the others); the table behind it holds the numbers. */
export function stackedChart(table: CostReport['tables'][number], report: CostReport): Markup {
  const labels = report.period.buckets;
  const layers = stack(table.rows.filter((row) => row.series.some((value) => (value ?? 0) > 0)));
  const sums = labels.map((_label, index) => layers.reduce((sum, layer) => sum + (layer.values[index] ?? 0), 0));
  const { grid, y } = moneyAxis(Math.max(...sums, 0));
  const step = (width - left) / Math.max(1, labels.length);
  const bars = labels.flatMap((label, index) => {
    let below = 0;
    return layers.flatMap((layer, position) => {
      const value = layer.values[index] ?? 0;
      if (value <= 0) return [];
      const from = y(below + value);
      const tall = y(below) - from;
      below += value;
      return [
        html`<rect x="${round(left + index * step + step * 0.12)}" y="${round(from)}" width="${round(step * 0.76)}" height="${round(Math.max(0.5, tall))}" fill="${palette[position % palette.length] ?? ''}"><title>${label} ${rowName(layer.name)}: ${cents(picoFromDollars(value))}</title></rect>`,
      ];
    });
  });
  const legend = layers.map(
    (layer, index) =>
      html`<span><i class="key" style="background:${palette[index % palette.length] ?? ''}"></i>${rowName(layer.name)}</span>`,
  );
  return html`<svg role="img" aria-label="spend by ${table.by} over the period" viewBox="0 0 ${width} ${height}" width="100%">${grid}${bars}${labelAxis(labels)}</svg><p class="legend">${legend}</p>`;
}

interface Layer {
  readonly name: string;
  readonly values: readonly number[];
}

function stack(rows: readonly CostRow[]): Layer[] {
  const layers = rows.slice(0, 6).map((row) => ({ name: row.name, values: row.series.map((value) => value ?? 0) }));
  const rest = rows.slice(6);
  if (rest.length === 0) return layers;
  const values = (rest[0]?.series ?? []).map((_value, index) => rest.reduce((sum, row) => sum + (row.series[index] ?? 0), 0));
  return [...layers, { name: '(others)', values }];
}
