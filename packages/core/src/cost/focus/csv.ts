import { type FocusRow, focusColumns } from './focus.ts';

/** Characters that make a spreadsheet take a cell for a formula (OWASP, CSV injection). */
const formula = /^[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/;
const number = /^-?\d+(\.\d+)?$/;

/**
 * One CSV cell (RFC 4180). A name that a spreadsheet would run as a formula
 * gets an apostrophe in front; numbers, also negative ones, stay numbers.
 */
export function csvCell(text: string): string {
  const safe = formula.test(text) && !number.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Lines end in CRLF, as RFC 4180 has it; the head is always there. */
export function csvText(head: readonly string[], rows: Iterable<readonly string[]>): string {
  const lines = [head.map(csvCell).join(',')];
  for (const row of rows) lines.push(row.map(csvCell).join(','));
  return `${lines.join('\r\n')}\r\n`;
}

/** FOCUS rows as CSV, all columns in their order. */
export function focusCsv(rows: readonly FocusRow[]): string {
  return csvText(
    focusColumns,
    rows.map((row) => focusColumns.map((column) => row[column])),
  );
}
