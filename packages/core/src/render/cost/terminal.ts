import { allocate } from '../../model/allocate.ts';
import type { CostReport, CostRow } from '../../model/cost-report.ts';
import { duration } from '../../model/format.ts';
import { formatPico } from '../../model/money.ts';
import { createPaint, type Paint } from '../terminal/paint.ts';
import { columns, padEnd, printable, shortenMiddle, wrap } from '../terminal/text.ts';
import { resample, sparkline } from './sparkline.ts';
import { atLeast, cent, cents, change, picoOf, ratioText, rough, rowName, share, tokens } from './words.ts';

export interface CostRenderOptions {
  readonly width: number;
  readonly color: boolean;
}

/** The cost report for a terminal, as look.md sketches the week. */
export function renderCostTerminal(report: CostReport, options: CostRenderOptions): string {
  const paint = createPaint(options.color);
  const sections = [
    head(report, paint),
    ...report.tables.map((table) => tableLines(table, report, options, paint)),
    standsOut(report, options, paint),
    saves(report, options, paint),
    unpriced(report, paint),
    notes(report, options, paint),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function head(report: CostReport, paint: Paint): string[] {
  const { period, freshness, total, previous, month } = report;
  const seen = period.daysSeen < period.days ? `, ${period.daysSeen} of ${period.days} days` : '';
  const newest = freshness.newestRecordAt;
  const data =
    newest === null ? 'no records' : `data until ${duration(Math.max(0, Date.parse(report.generatedAt) - Date.parse(newest)))} ago`;
  const compared =
    previous.spend === null
      ? (previous.note ?? '')
      : `${change(previous.change)} ${previous.change === null ? 'nothing in' : 'on'} the same part of ${previous.label} (${cents(picoOf(previous.spend))})`.trim();
  const budget =
    month.budget === null
      ? ''
      : ` · budget ${rough(picoOf(month.budget))}${month.probabilityKept === null ? '' : `: ${Math.round(month.probabilityKept * 100)} % likely kept`}`;
  const forecast = month.forecast
    ? ` · forecast ${rough(picoOf(month.forecast.point))} (80 %: ${rough(picoOf(month.forecast.low))}–${rough(picoOf(month.forecast.high))})`
    : '';
  return [
    ...(report.lab ? [paint.magenta(`LAB ${report.lab.scenario}: a practice environment, none of this is real`)] : []),
    paint.dim(`${period.label} (${period.timeZone})${seen} · ${data}`),
    '',
    `  ${paint.bold(atLeast(cents(picoOf(total.spend)), total.unpricedTokens))}   ${compared}`,
    `  ${month.label}  ${rough(picoOf(month.spent))} so far${forecast}${budget}`,
    ...(month.forecastNote ? [paint.dim(`  ${month.forecastNote}`)] : []),
  ];
}

interface Column {
  readonly title: string;
  readonly left?: boolean;
  value(row: CostRow, spend: bigint): string;
}

function tableLines(table: CostReport['tables'][number], report: CostReport, options: CostRenderOptions, paint: Paint): string[] {
  const sparkWidth = Math.min(report.period.buckets.length, 31);
  const all: Column[] = [
    { title: 'SPEND', value: (row, spend) => atLeast(cents(spend), row.unpricedTokens) },
    { title: 'SHARE', value: (row) => share(row.share) },
    { title: 'Δ', value: (row) => change(row.change) },
    { title: 'REQUESTS', value: (row) => tokens(row.requests) },
    { title: 'TOKENS', value: (row) => tokens(row.inputTokens + row.outputTokens + row.cacheReadTokens + row.cacheWriteTokens) },
    { title: 'CACHE', value: (row) => ratioText(row.cacheHitShare) },
    { title: '$/REQ', value: (row) => (row.spendPerRequest === null ? '–' : formatPico(picoOf(row.spendPerRequest)).replace('$', '')) },
    { title: sparkTitle(report), left: true, value: (row) => sparkline(resample(row.series, sparkWidth)) },
  ];
  // 80 columns have no room for all of them.
  const chosen = options.width >= 100 ? all : all.filter(({ title }) => title !== 'REQUESTS' && title !== 'TOKENS');
  const { parts, total } = allocate(
    table.rows.map((row) => picoOf(row.spend)),
    cent,
  );
  const body = table.rows.map((row, index) => chosen.map((column) => column.value(row, parts[index] ?? 0n)));
  const last = chosen.map((column) => (column.title === 'SHARE' || column.title === 'Δ' ? '' : column.value(table.total, total)));
  const widths = chosen.map((column, index) =>
    Math.max(columns(column.title), ...[...body, last].map((cells) => columns(cells[index] ?? ''))),
  );
  const used = widths.reduce((sum, width) => sum + width + 2, 2);
  const names = table.rows.map((row) => printable(rowName(row.name)));
  const nameWidth = Math.max(8, Math.min(Math.max(table.by.length, ...names.map(columns)), options.width - used));
  const line = (name: string, cells: readonly string[]): string =>
    `  ${padEnd(shortenMiddle(name, nameWidth), nameWidth)}${cells.map((cell, index) => `  ${chosen[index]?.left ? padEnd(cell, widths[index] ?? 0) : ' '.repeat(Math.max(0, (widths[index] ?? 0) - columns(cell))) + cell}`).join('')}`.trimEnd();
  return [
    paint.bold(
      line(
        table.by.toUpperCase(),
        chosen.map(({ title }) => title),
      ),
    ),
    ...table.rows.map((_row, index) => line(names[index] ?? '', body[index] ?? [])),
    paint.dim(line('total', last)),
  ];
}

function sparkTitle({ period }: CostReport): string {
  return period.kind === 'day' ? 'HOURS' : `${period.days} DAYS`;
}

function standsOut(report: CostReport, options: CostRenderOptions, paint: Paint): string[] {
  const anomalies = report.anomalies.flatMap((each) => {
    const factor = each.factor === null ? '' : `, ${each.factor.toPrecision(2)} × what is usual (${cents(picoOf(each.usual))})`;
    return wrap(
      `${each.label}  ${cents(picoOf(each.spend))}${factor}${each.drivers.length > 0 ? `: ${each.drivers.join(', ')}` : ''}`,
      options.width - 4,
    );
  });
  const movers = report.movers.map(
    (each) =>
      `${picoOf(each.change) > 0n ? '▲' : '▼'} ${printable(rowName(each.name))} (${each.by})  ${cents(picoOf(each.change)).replace('-', '−')} to ${cents(picoOf(each.spend))}`,
  );
  const lines = [...anomalies, ...movers];
  return lines.length === 0 ? [] : [paint.bold('Stands out'), ...lines.map((line) => `  ${line}`)];
}

function saves(report: CostReport, options: CostRenderOptions, paint: Paint): string[] {
  if (report.recommendations.length === 0) return [];
  const amounts = report.recommendations.map((each) => (each.saving === null ? '' : rough(picoOf(each.saving))));
  const width = Math.max(...amounts.map(columns));
  const lines = report.recommendations.flatMap((each, index) => {
    const [first = '', ...rest] = wrap(`${each.title}: ${each.basis}`, options.width - width - 6);
    return [
      `  ${' '.repeat(width - columns(amounts[index] ?? ''))}${amounts[index]}  ${first}`,
      ...rest.map((line) => `${' '.repeat(width + 4)}${line}`),
    ];
  });
  return [paint.bold('Could save in this period'), ...lines];
}

function unpriced(report: CostReport, paint: Paint): string[] {
  if (report.unpriced.length === 0) return [];
  return [
    paint.yellow(
      `! ${report.unpriced.length === 1 ? 'One model has' : `${report.unpriced.length} models have`} no known price: the total is a lower bound`,
    ),
    ...report.unpriced.map(
      (each) =>
        `  ${printable(each.model) || '(no model)'}: ${tokens(each.tokens)} tokens, at least ${cents(picoOf(each.lowerBound))} (${each.why})`,
    ),
  ];
}

function notes(report: CostReport, options: CostRenderOptions, paint: Paint): string[] {
  return report.notes.flatMap((note) => wrap(note, options.width - 2)).map((line) => paint.dim(`  ${line}`));
}
