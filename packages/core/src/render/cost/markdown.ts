import { allocate } from '../../model/allocate.ts';
import type { CostReport } from '../../model/cost-report.ts';
import { printable } from '../terminal/text.ts';
import { resample, sparkline } from './sparkline.ts';
import { atLeast, cent, cents, change, picoOf, ratioText, rough, rowName, share, tokens } from './words.ts';

/** The cost report for a mail, a ticket or a chat, in the terminal's order. */
export function renderCostMarkdown(report: CostReport): string {
  const { period, total, previous, month } = report;
  const compared =
    previous.spend === null
      ? (previous.note ?? '')
      : `${change(previous.change)} on the same part of ${previous.label} (${cents(picoOf(previous.spend))})`;
  const forecast = month.forecast
    ? `, forecast ${rough(picoOf(month.forecast.point))} (80 %: ${rough(picoOf(month.forecast.low))}–${rough(picoOf(month.forecast.high))})`
    : '';
  const budget =
    month.budget === null
      ? ''
      : `, budget ${rough(picoOf(month.budget))}${month.probabilityKept === null ? '' : ` (${Math.round(month.probabilityKept * 100)} % likely kept)`}`;
  const sections = [
    `# ${period.label}: ${atLeast(cents(picoOf(total.spend)), total.unpricedTokens)}`,
    report.lab ? `**LAB ${text(report.lab.scenario)}: a practice environment, none of this is real.**` : '',
    `${compared}\n\n${month.label}: ${rough(picoOf(month.spent))} so far${forecast}${budget}. ${month.forecastNote ?? ''}`.trim(),
    `Time zone ${period.timeZone}; ${period.daysSeen} of ${period.days} days; newest record ${report.freshness.newestRecordAt ?? 'none'}.`,
    ...report.tables.map((table) => tableOf(table)),
    list('Stands out', [
      ...report.anomalies.map(
        (each) =>
          `${each.label}: ${cents(picoOf(each.spend))}, usual ${cents(picoOf(each.usual))}${each.drivers.length > 0 ? `; ${each.drivers.join(', ')}` : ''}`,
      ),
      ...report.movers.map(
        (each) =>
          `${rowName(each.name)} (${each.by}): ${picoOf(each.change) > 0n ? '+' : ''}${cents(picoOf(each.change))} to ${cents(picoOf(each.spend))}`,
      ),
    ]),
    list(
      'Could save in this period',
      report.recommendations.map((each) => `${each.saving === null ? '' : `${rough(picoOf(each.saving))}: `}${each.title}: ${each.basis}`),
    ),
    list(
      'No price known: the total is a lower bound',
      report.unpriced.map(
        (each) => `${each.model}: ${tokens(each.tokens)} tokens, at least ${cents(picoOf(each.lowerBound))} (${each.why})`,
      ),
    ),
    list('Notes', report.notes),
  ];
  return `${sections.filter(Boolean).join('\n\n')}\n`;
}

function tableOf(table: CostReport['tables'][number]): string {
  const { parts, total } = allocate(
    table.rows.map((row) => picoOf(row.spend)),
    cent,
  );
  const rows = table.rows.map(
    (row, index) =>
      `| ${text(rowName(row.name))} | ${atLeast(cents(parts[index] ?? 0n), row.unpricedTokens)} | ${share(row.share)} | ${change(row.change)} | ${tokens(row.requests)} | ${ratioText(row.cacheHitShare)} | ${sparkline(resample(row.series, 31))} |`,
  );
  return [
    `## By ${table.by}`,
    '',
    `| ${table.by} | spend | share | change | requests | cache | |`,
    '| --- | ---: | ---: | ---: | ---: | ---: | --- |',
    ...rows,
    `| **total** | **${atLeast(cents(total), table.total.unpricedTokens)}** | | | ${tokens(table.total.requests)} | ${ratioText(table.total.cacheHitShare)} | |`,
  ].join('\n');
}

function list(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `## ${title}\n\n${lines.map((line) => `- ${text(line)}`).join('\n')}`;
}

function text(value: string): string {
  return printable(value)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\`*_[\]<>|#]/g, String.raw`\$&`);
}
