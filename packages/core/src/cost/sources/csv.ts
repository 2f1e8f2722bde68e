import { isUtf8 } from 'node:buffer';
import { Malformed } from './fields.ts';
import { trimmed } from './json-text.ts';

/**
 * Cells of one row (RFC 4180): commas, quotes doubled inside quotes; line
 * breaks inside quotes are part of the cell.
 *
 * @throws Malformed for text that is no UTF-8 and for a quote out of place
 */
export function csvCells(row: Buffer): string[] {
  const bytes = trimmed(row);
  if (!isUtf8(bytes)) throw new Malformed('not-utf8', 'not valid UTF-8');
  const text = bytes.toString('utf8');
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    const [cell, end] = text[at] === '"' ? quoted(text, at + 1) : plainCell(text, at);
    cells.push(cell);
    if (end >= text.length) return cells;
    at = end + 1;
  }
}

function plainCell(text: string, from: number): [string, number] {
  const comma = text.indexOf(',', from);
  const end = comma < 0 ? text.length : comma;
  return [text.slice(from, end), end];
}

function quoted(text: string, from: number): [string, number] {
  let cell = '';
  let at = from;
  for (;;) {
    const end = text.indexOf('"', at);
    if (end < 0) throw new Malformed('cut-short', 'a quoted cell does not end');
    cell += text.slice(at, end);
    if (text[end + 1] === '"') {
      cell += '"';
      at = end + 2;
    } else if (end + 1 === text.length || text[end + 1] === ',') return [cell, end + 1];
    else throw new Malformed('unknown-shape', 'text after a quoted cell');
  }
}

/** Where the columns that matter are, from a header row: names are compared without case, spaces and underscores. */
export interface Columns {
  readonly width: number;
  readonly index: Readonly<Record<string, number>>;
}

export function columnsOf(cells: readonly string[], known: readonly string[]): Columns {
  const plain = (text: string): string =>
    text
      .trim()
      .toLowerCase()
      .replaceAll(/[\s_-]/g, '');
  const index: Record<string, number> = {};
  for (const column of known) {
    const at = cells.findIndex((cell) => plain(cell) === plain(column));
    if (at >= 0) index[column] = at;
  }
  return { width: cells.length, index };
}

/** The row's cells by column name; undefined cells are empty or not there. */
export function rowOf(cells: readonly string[], columns: Columns): Record<string, string | undefined> {
  if (cells.length !== columns.width) throw new Malformed('unknown-shape', 'another number of cells than the header has');
  return Object.fromEntries(Object.entries(columns.index).map(([column, at]) => [column, cells[at] === '' ? undefined : cells[at]]));
}
