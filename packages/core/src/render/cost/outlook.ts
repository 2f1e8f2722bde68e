import type { CostForecast, CostTrend, HistorySpan, UsdRange } from '../../model/cost-outlook.ts';
import { plural } from '../../model/format.ts';
import { createPaint } from '../terminal/paint.ts';
import { columns, wrap } from '../terminal/text.ts';
import { sparkline } from './sparkline.ts';
import { anomalyText, atLeast, cents, picoOf, printedParts, rough, share, signed, tokens } from './words.ts';

interface Options {
  readonly width: number;
  readonly color: boolean;
}

/** A forecast for a terminal: the sum first, on what it rests, then day by day. */
export function renderForecast(result: CostForecast, { width, color }: Options): string {
  const paint = createPaint(color);
  const { forecast, horizon, history, month } = result;
  const bound = (text: string): string => atLeast(text, history.unpricedTokens);
  const head = `${sentence(horizon.label)}, ${horizon.from === horizon.to ? horizon.from : `${horizon.from} to ${horizon.to}`} (${result.timeZone})`;
  const lines = [paint.dim(head), ''];
  if (forecast === null) {
    lines.push(
      `  ${paint.bold('no forecast')}   ${result.needs ? `${plural(result.needs.days, 'more whole day')} of records needed: ${result.needs.why}` : ''}`.trimEnd(),
    );
  } else {
    lines.push(`  ${paint.bold(bound(rough(picoOf(forecast.total.point))))}   ${interval(forecast.total, forecast.coverage)}`);
    lines.push(`  ${methodOf(forecast)}`);
    if (!forecast.forecastable) lines.push(`  ${paint.yellow('! the interval is wider than the amount: this says little')}`);
  }
  lines.push(`  ${rests(history)}`, `  ${monthLine(month, forecast?.coverage ?? 0)}`);
  lines.push(...result.notes.flatMap((note) => wrap(`! ${note}`, width - 2)).map((line) => paint.yellow(`  ${line}`)));
  if (forecast === null) return lines.join('\n');
  const { parts, total } = printedParts(forecast.days.map(({ point }) => ({ spend: point })));
  const rows = forecast.days.map((day, index) => [
    horizon.kind === 'month' && index === 0 ? `${day.date}, rest` : day.date,
    parts[index] ?? '',
    cents(picoOf(day.low)),
    cents(picoOf(day.high)),
  ]);
  const table = grid(['DAY', 'EXPECTED', 'LOW', 'HIGH'], [...rows, ['total', total, '', '']]);
  return [...lines, '', paint.bold(table[0] ?? ''), ...table.slice(1, -1), paint.dim(table.at(-1) ?? '')].join('\n');
}

/** The last days for a terminal: the slope and what stands out first, then day by day. */
export function renderTrend(trend: CostTrend, { width, color }: Options): string {
  const paint = createPaint(color);
  const { history, slope, days } = trend;
  const lines = [
    paint.dim(`${history.from === null ? 'No whole day of records' : `${history.from} to ${history.to}`} (${trend.timeZone})`),
    '',
    ...(days.length > 0 ? [`  ${sparkline(days.map(({ spend }) => Number(spend)))}`] : []),
    slope === null
      ? `  no trend: ${trend.needs ? `${plural(trend.needs.days, 'more whole day')} of records needed` : ''}`.trimEnd()
      : `  ${paint.bold(slopeOf(slope))}`,
    ...(slope === null
      ? []
      : [
          `  Theil–Sen over ${plural(days.length, 'day')}${slope.byWeekday ? ', each against the same weekdays' : ''}; ${share(slope.confidence)} interval ${signed(picoOf(slope.low))} to ${signed(picoOf(slope.high))}, p ${slope.pValue < 0.001 ? '< 0.001' : slope.pValue.toPrecision(2)}`,
        ]),
    ...trend.notes.flatMap((note) => wrap(note, width - 2)).map((line) => paint.dim(`  ${line}`)),
  ];
  if (trend.episodes.length > 0) {
    const episodes = trend.episodes.flatMap((each) => wrap(anomalyText(each), width - 4).map((line) => `  ${line}`));
    lines.push('', paint.bold('Stands out'), ...episodes);
  }
  if (days.length === 0) return lines.join('\n');
  const { parts, total } = printedParts(days);
  const most = Math.max(...days.map(({ spend }) => Number(spend)));
  const rows = days.map((day, index) => [
    `${day.weekday} ${day.date}`,
    atLeast(parts[index] ?? '', day.unpricedTokens),
    tokens(day.requests),
    `${bar(Number(day.spend), most)}${day.unusual === null ? '' : ` ${day.unusual === 'high' ? '▲' : '▼'} unusual`}`.trim(),
  ]);
  const requests = days.reduce((sum, day) => sum + day.requests, 0);
  const table = grid(['DAY', 'SPEND', 'REQUESTS', ''], [...rows, ['total', atLeast(total, history.unpricedTokens), tokens(requests), '']]);
  return [...lines, '', paint.bold(table[0] ?? ''), ...table.slice(1, -1), paint.dim(table.at(-1) ?? '')].join('\n');
}

function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function interval({ low, high }: UsdRange, coverage: number): string {
  return `${share(coverage)}: ${rough(picoOf(low))}–${rough(picoOf(high))}`;
}

function methodOf({ method, skill, relativeError, origins }: NonNullable<CostForecast['forecast']>): string {
  const tried = `tried from ${plural(origins, 'past day')}`;
  return skill === 'none'
    ? `${method}, ${tried}: nothing did better than repeating last week`
    : `${method}, ${tried}: its error is ${relativeError.toFixed(2)} of that of repeating last week`;
}

function rests({ days, from, to, newestRecordAt, unpricedTokens }: HistorySpan): string {
  const span = from === null ? 'no whole day of records' : `${plural(days, 'whole day')} of records, ${from} to ${to}`;
  const newest = newestRecordAt === null ? '' : `; newest record ${newestRecordAt.slice(0, 16)}Z`;
  const unpriced = unpricedTokens > 0 ? `; ${tokens(unpricedTokens)} tokens of them have no exact price: at least` : '';
  return `rests on ${span}${newest}${unpriced}`;
}

function monthLine(month: CostForecast['month'], coverage: number): string {
  const end =
    month.end === null ? '' : `, ${rough(picoOf(month.end.point))} by its end${coverage > 0 ? ` (${interval(month.end, coverage)})` : ''}`;
  const kept = month.probabilityKept === null ? '' : `: ${Math.round(month.probabilityKept * 100)} % likely kept`;
  const burn = month.burnRate === null ? '' : `, burn rate ${month.burnRate.toFixed(2)}`;
  const gone = month.exhaustedOn === null ? '' : `, expected to be used up on ${month.exhaustedOn}`;
  const budget = month.budget === null ? 'no budget set (budget.monthly)' : `budget ${rough(picoOf(month.budget))}${kept}${burn}${gone}`;
  return `${month.label}: ${rough(picoOf(month.spent))} so far${end} · ${budget}`;
}

function slopeOf({ perDay, significant }: NonNullable<CostTrend['slope']>): string {
  return significant
    ? `${signed(picoOf(perDay))} a day, every day`
    : `no trend that can be told from chance (${signed(picoOf(perDay))} a day)`;
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** At most 24 columns. */
function bar(value: number, most: number): string {
  const parts = most > 0 ? Math.round((value / most) * 24 * 8) : 0;
  return '█'.repeat(Math.floor(parts / 8)) + (eighths[parts % 8] ?? '');
}

/** First column to the left, numbers to the right, the last one (a bar) to the left. */
function grid(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, index) => Math.max(columns(title), ...rows.map((row) => columns(row[index] ?? ''))));
  const left = (index: number): boolean => index === 0 || head[index] === '';
  const line = (cells: readonly string[]): string =>
    `  ${cells
      .map((cell, index) => {
        const gap = ' '.repeat(Math.max(0, (widths[index] ?? 0) - columns(cell)));
        return left(index) ? cell + gap : gap + cell;
      })
      .join('  ')}`.trimEnd();
  return [line(head), ...rows.map(line)];
}
