import type { CostReport, CostRow } from '../../model/cost-report.ts';

const heads = [
  'by',
  'name',
  'from',
  'to',
  'spend_usd',
  'share',
  'previous_usd',
  'change',
  'requests',
  'errors',
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'unpriced_tokens',
  'usd_per_request',
];

/** RFC 4180: a row for each row of each table, exact dollars. Rows of one table add up to its total. */
export function renderCostCsv(report: CostReport): string {
  const line = (by: string, row: CostRow): string =>
    [
      by,
      row.name,
      report.period.from,
      report.period.to,
      row.spend,
      row.share,
      row.previous,
      row.change,
      row.requests,
      row.errors,
      row.inputTokens,
      row.outputTokens,
      row.cacheReadTokens,
      row.cacheWriteTokens,
      row.unpricedTokens,
      row.spendPerRequest,
    ]
      .map(field)
      .join(',');
  const rows = [
    ...report.tables.flatMap((table) => table.rows.map((row) => line(table.by, row))),
    line('total', { ...report.total, name: '' }),
  ];
  return `${[heads.join(','), ...rows].join('\r\n')}\r\n`;
}

/** A name that a spreadsheet would take for a formula gets an apostrophe in front. */
function field(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const numeric = /^-?\d+(\.\d+)?$/.test(value);
  const safe = !numeric && /^'*[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
