import type { CostReport } from '../../model/cost-report.ts';
import { printable } from '../terminal/text.ts';
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

/** The cost report for a mail, a ticket or a chat, in the terminal's order. */
export function renderCostMarkdown(report: CostReport): string {
  const { period } = report;
  const { spend, compared, month, more, data } = headlineOf(report);
  const lab = report.lab ? `**LAB ${text(report.lab.scenario)}: a practice environment, none of this is real.**` : '';
  const sections =
    report.freshness.records === 0
      ? [`# ${text(period.label)}`, lab, gettingStarted.map(text).join('\n'), list('Notes', report.notes)]
      : [
          `# ${text(period.label)}: ${text(spend)}`,
          lab,
          text(compared),
          text(month.join(' · ')),
          list('', more),
          `Time zone ${text([period.timeZone, ...data].join(' · '))}`,
          ...(isRecorded(report) ? report.tables.map(tableOf) : []),
          list('Stands out', [...report.anomalies.map(anomalyText), ...report.movers.map(moverText)]),
          savings(report),
          list(
            'No price known: the total is a lower bound',
            report.unpriced.map(
              (each) =>
                `${each.model || '(no model)'}: ${tokens(each.tokens)} tokens, at least ${cents(picoOf(each.lowerBound))} (${each.why})`,
            ),
          ),
          list('Notes', report.notes),
        ];
  return `${sections.filter(Boolean).join('\n\n')}\n`;
}

function tableOf(table: CostReport['tables'][number]): string {
  const { parts, total } = printedParts(table.rows);
  const rows = table.rows.map((row, index) =>
    line([
      text(rowName(row.name)),
      text(atLeast(parts[index] ?? '', row.unpricedTokens)),
      isUnknown(row) ? '–' : text(share(row.share)),
      change(row.change),
      tokens(row.requests),
      share(row.cacheHitShare),
      sparkline(resample(row.series, 31)),
    ]),
  );
  return [
    `## By ${table.by}`,
    '',
    `| ${table.by} | spend | share | change | requests | cache | |`,
    '| --- | ---: | ---: | ---: | ---: | ---: | --- |',
    ...rows,
    line([
      '**total**',
      `**${text(atLeast(total, table.total.unpricedTokens))}**`,
      '',
      '',
      tokens(table.total.requests),
      share(table.total.cacheHitShare),
      '',
    ]),
  ].join('\n');
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function savings({ recommendations }: CostReport): string {
  const amounts = savingTexts(recommendations);
  return list(
    'Could save in this period',
    recommendations.map(({ title, basis }, index) => [amounts[index], `${title}: ${basis}`].filter(Boolean).join(': ')),
  );
}

function list(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return '';
  return `${title === '' ? '' : `## ${title}\n\n`}${lines.map((each) => `- ${text(each)}`).join('\n')}`;
}

/** Names come from logs: none of them becomes markup. */
function text(value: string): string {
  return printable(value)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\`*_[\]<>|#&]/g, String.raw`\$&`);
}
