import type { SourceKind, UsageRecord } from '../../model/usage.ts';
import { type Columns, columnsOf, csvCells, rowOf } from './csv.ts';
import { Malformed } from './fields.ts';
import { attempt } from './record.ts';
import type { LineFormat, LineResult } from './source.ts';

export interface CsvState {
  /** null before the header row. */
  readonly columns: Columns | null;
}

/** A format that comes as CSV whose first row names the columns. */
export function csvFormat(
  kind: SourceKind,
  columns: { readonly known: readonly string[]; readonly needed: readonly string[] },
  toRecord: (row: Readonly<Record<string, string | undefined>>) => UsageRecord,
): LineFormat<CsvState> {
  return {
    kind,
    quotedRows: true,
    mayMatter: () => true,
    start: () => ({ columns: null }),
    read: (line, state): LineResult<CsvState> => {
      const header = state.columns;
      if (header !== null) return attempt(state, () => toRecord(rowOf(csvCells(line), header)));
      try {
        const found = columnsOf(csvCells(line), columns.known);
        const missing = columns.needed.filter((column) => found.index[column] === undefined);
        if (missing.length > 0) throw new Malformed('missing-field', `the header has no ${missing.join(', ')}`);
        return { kind: 'none', state: { columns: found } };
      } catch (error) {
        if (error instanceof Malformed) return { kind: 'reject', reason: error.reason, detail: error.message, state };
        throw error;
      }
    },
  };
}
