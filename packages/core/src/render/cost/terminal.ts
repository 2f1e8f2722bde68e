import type { CostReport, CostRow } from '../../model/cost-report.ts';
import { formatPico } from '../../model/money.ts';
import { createPaint, type Paint } from '../terminal/paint.ts';
import { columns, padEnd, printable, shortenMiddle, wrap } from '../terminal/text.ts';
import { gettingStarted, headlineOf, isRecorded } from './head.ts';
import { resample, sparkline } from './sparkline.ts';
import {
  anomalyText,
  atLeast,
  cents,
  change,
  isUnknown,
  moverText,
  picoOf,
  printedParts,
  rowName,
  savingTexts,
  share,
  tokens,
} from './words.ts';

export interface CostRenderOptions {
  readonly width: number;
  readonly color: boolean;
}

/** The cost report for a terminal, as look.md sketches the week. */
export function renderCostTerminal(report: CostReport, options: CostRenderOptions): string {
  const paint = createPaint(options.color);
  const { width } = options;
  const sections =
    report.freshness.records === 0
      ? [lab(report, width, paint), gettingStarted.flatMap((line) => wrap(line, width)), notes(report, width, paint)]
      : [
          [...lab(report, width, paint), ...head(report, width, paint)],
          ...(isRecorded(report) ? report.tables.map((table) => tableLines(table, report, width, paint)) : []),
          standsOut(report, width, paint),
          saves(report, width, paint),
          unpriced(report, width, paint),
          notes(report, width, paint),
        ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function lab({ lab: seen }: CostReport, width: number, paint: Paint): string[] {
  const text = seen ? `LAB ${seen.scenario}: a practice environment, none of this is real` : '';
  return wrap(text, width).map((line) => paint.magenta(line));
}

function head(report: CostReport, width: number, paint: Paint): string[] {
  const { period } = report;
  const { spend, compared, month, more, data } = headlineOf(report);
  const [first = '', ...rest] = wrap(compared, width - columns(spend) - 5);
  return [
    ...joined([`${period.label} (${period.timeZone})`, ...data], width).map((line) => paint.dim(line)),
    '',
    `  ${paint.bold(spend)}   ${first}`.trimEnd(),
    ...rest.map((line) => `${' '.repeat(columns(spend) + 5)}${line}`),
    ...joined(month, width - 2).map((line) => `  ${line}`),
    ...joined(more, width - 2).map((line) => paint.dim(`  ${line}`)),
  ];
}

/** Parts with dots between them, on as many lines as they need; a part is broken only where it is longer than a line. */
function joined(parts: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last !== undefined && columns(last) + 3 + columns(part) <= width) lines[lines.length - 1] = `${last} · ${part}`;
    else lines.push(...wrap(part, width));
  }
  return lines;
}

interface Column {
  readonly title: string;
  readonly left?: boolean;
  /** Of the total row: nothing. */
  readonly rowsOnly?: boolean;
  value(row: CostRow, spend: string): string;
}

const spendColumn: Column = { title: 'SPEND', value: (row, spend) => atLeast(spend, row.unpricedTokens) };
const optional: readonly Column[] = [
  { title: 'SHARE', rowsOnly: true, value: (row) => (isUnknown(row) ? '–' : share(row.share)) },
  { title: 'Δ', rowsOnly: true, value: (row) => change(row.change) },
  { title: 'REQUESTS', value: (row) => tokens(row.requests) },
  {
    title: 'TOKENS',
    value: (row) => tokens(row.inputTokens + row.outputTokens + row.cacheReadTokens + row.cacheWriteTokens),
  },
  { title: 'CACHE', value: (row) => share(row.cacheHitShare) },
  { title: '$/REQ', value: perRequest },
];
function perRequest(row: CostRow): string {
  if (row.spendPerRequest === null || isUnknown(row)) return '–';
  return atLeast(formatPico(picoOf(row.spendPerRequest)).replace('$', ''), row.unpricedTokens);
}

/** Left out, in this order, where a line would be too long. */
const expendable = ['REQUESTS', 'TOKENS', '$/REQ', 'CACHE'];
const shortestName = 16;
const usualNames = 28;
const shortestSpark = 12;
const longestSpark = 31;

function tableLines(table: CostReport['tables'][number], report: CostReport, width: number, paint: Paint): string[] {
  const { parts, total } = printedParts(table.rows);
  const names = table.rows.map((row) => printable(rowName(row.name)));
  const widestName = Math.max(table.by.length, 5, ...names.map(columns));
  const points = report.period.buckets.length;
  const cellsOf = (column: Column): string[] => [
    ...table.rows.map((row, index) => column.value(row, parts[index] ?? '')),
    column.rowsOnly ? '' : column.value(table.total, total),
  ];
  const widthOf = (column: Column): number => Math.max(columns(column.title), ...cellsOf(column).map(columns));
  const nameBase = Math.min(widestName, shortestName);
  const sparkBase = Math.min(points, shortestSpark);
  const room = (columnsOf: readonly Column[]): number =>
    width - 2 - nameBase - 2 - sparkBase - columnsOf.reduce((sum, column) => sum + widthOf(column) + 2, 0);
  let chosen = [spendColumn, ...optional];
  for (const title of expendable) if (room(chosen) < 0) chosen = chosen.filter((column) => column.title !== title);
  // What is left: names that tell the rows apart, then a line that tells the days apart, then whole names.
  let left = Math.max(0, room(chosen));
  const take = (wanted: number): number => {
    const taken = Math.min(left, Math.max(0, wanted));
    left -= taken;
    return taken;
  };
  const usualName = nameBase + take(Math.min(widestName, usualNames) - nameBase);
  const sparkWidth = sparkBase + take(Math.min(points, longestSpark) - sparkBase);
  const nameWidth = usualName + take(widestName - usualName);
  const spark: Column = { title: sparkTitle(report), left: true, value: (row) => sparkline(resample(row.series, sparkWidth)) };
  const all = [...chosen, spark];
  const cells = all.map(cellsOf);
  const widths = all.map(widthOf);
  const line = (name: string, at: (column: number) => string): string => {
    const body = all.map((column, index) => {
      const cell = at(index);
      const space = widths[index] ?? 0;
      return column.left ? padEnd(cell, space) : ' '.repeat(Math.max(0, space - columns(cell))) + cell;
    });
    return `  ${padEnd(shortenMiddle(name, nameWidth), nameWidth)}  ${body.join('  ')}`.trimEnd();
  };
  return [
    paint.bold(line(table.by.toUpperCase(), (index) => all[index]?.title ?? '')),
    ...names.map((name, row) => line(name, (index) => cells[index]?.[row] ?? '')),
    paint.dim(line('total', (index) => cells[index]?.at(-1) ?? '')),
  ];
}

function sparkTitle({ period }: CostReport): string {
  return period.bucket === 'hour' ? 'HOURS' : `${period.buckets.length} ${period.bucket.toUpperCase()}S`;
}

function standsOut(report: CostReport, width: number, paint: Paint): string[] {
  const lines = [...report.anomalies.map(anomalyText), ...report.movers.map(moverText)];
  return lines.length === 0 ? [] : [paint.bold('Stands out'), ...lines.flatMap((line) => hanging(line, width))];
}

/** Two spaces in, four where a line goes on. */
function hanging(text: string, width: number): string[] {
  return wrap(text, width - 4).map((line, index) => `${index === 0 ? '  ' : '    '}${line}`);
}

function saves(report: CostReport, width: number, paint: Paint): string[] {
  if (report.recommendations.length === 0) return [];
  const amounts = savingTexts(report.recommendations);
  const indent = Math.max(...amounts.map(columns));
  const lines = report.recommendations.flatMap((each, index) => {
    const [first = '', ...rest] = wrap(`${each.title}: ${each.basis}`, width - indent - 4);
    return [
      `  ${' '.repeat(indent - columns(amounts[index] ?? ''))}${amounts[index]}  ${first}`,
      ...rest.map((line) => `${' '.repeat(indent + 4)}${line}`),
    ];
  });
  return [paint.bold('Could save in this period'), ...lines];
}

function unpriced({ unpriced: models }: CostReport, width: number, paint: Paint): string[] {
  if (models.length === 0) return [];
  const many = models.length === 1 ? 'One model has' : `${models.length} models have`;
  return [
    paint.yellow(`! ${many} no known price: the total is a lower bound`),
    ...models.flatMap((each) =>
      hanging(
        `${each.model || '(no model)'}: ${tokens(each.tokens)} tokens, at least ${cents(picoOf(each.lowerBound))} (${each.why})`,
        width,
      ),
    ),
  ];
}

function notes({ notes: all }: CostReport, width: number, paint: Paint): string[] {
  return all.flatMap((note) => hanging(note, width)).map((line) => paint.dim(line));
}
