import { columns, padEnd, printable, shortenMiddle } from '../terminal/text.ts';

export interface Column {
  readonly title: string;
  readonly right?: boolean;
  /** The column that goes first where there is no room has the highest number; without one it stays. */
  readonly drop?: number;
  /** Names may be shortened in the middle down to so many columns. */
  readonly least?: number;
}

export interface Grid {
  readonly head: string;
  readonly rows: readonly string[];
}

const gap = 2;

/** Quiet columns that fit: names are shortened, never numbers; where that is not enough, what matters less goes. */
export function grid(all: readonly Column[], cells: readonly (readonly string[])[], width: number): Grid {
  const rows = cells.map((row) => row.map(printable));
  const shown = all.map((column, index) => ({ column, index, width: widthOf(column, rows, index) })).filter((each) => each.width > 0);
  const gaps = (): number => Math.max(0, shown.length - 1) * gap;
  const least = (): number => shown.reduce((sum, each) => sum + Math.min(each.width, each.column.least ?? each.width), gaps());
  const total = (): number => shown.reduce((sum, each) => sum + each.width, gaps());
  while (least() > width) {
    const last = shown.filter(({ column }) => column.drop !== undefined).toSorted((a, b) => (b.column.drop ?? 0) - (a.column.drop ?? 0))[0];
    if (!last) break;
    shown.splice(shown.indexOf(last), 1);
  }
  while (total() > width) {
    const widest = shown
      .filter(({ column, width: now }) => column.least !== undefined && now > column.least)
      .toSorted((a, b) => b.width - a.width)[0];
    if (!widest) break;
    widest.width -= 1;
  }
  const line = (row: readonly string[]): string =>
    shown
      .map(({ column, index, width: room }) => {
        const text = column.least === undefined ? (row[index] ?? '') : shortenMiddle(row[index] ?? '', room);
        return column.right ? ' '.repeat(Math.max(0, room - columns(text))) + text : padEnd(text, room);
      })
      .join(' '.repeat(gap))
      .trimEnd();
  return { head: line(all.map(({ title }) => title)), rows: rows.map(line) };
}

/** 0: no row has anything there. */
function widthOf(column: Column, rows: readonly (readonly string[])[], index: number): number {
  const most = Math.max(0, ...rows.map((row) => columns(row[index] ?? '')));
  return most === 0 ? 0 : Math.max(most, columns(column.title));
}
