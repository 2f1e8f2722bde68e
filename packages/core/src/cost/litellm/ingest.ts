import type { Host } from '../../host.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { FileCursor } from '../sources/source.ts';
import { readSpendTable, type SpendReading, type SpendTable } from './spend-tables.ts';

/**
 * LiteLLM writes a row when a request ends, under the time at which it began,
 * and its daily sums grow for as long as late rows come. So what was read
 * before is read again for a while; the ledger knows the keys.
 */
const overlapMs: Readonly<Record<SpendTable, number>> = { logs: 6 * 3_600_000, daily: 2 * 86_400_000 };

/** Reads what is new in LiteLLM's spend table into the ledger; page and cursor in one transaction. */
export async function ingestSpendTable(
  ledger: Ledger,
  url: string,
  host: Host,
  options: { readonly table: SpendTable; readonly signal?: AbortSignal },
): Promise<SpendReading & { readonly counted: number; readonly duplicate: number }> {
  const { table } = options;
  const total = { counted: 0, duplicate: 0 };
  const path = cursorPath(url, table);
  const known = (await ledger.cursors('litellm')).find((cursor) => cursor.path === path);
  let lines = known?.lines ?? 0;
  const from = Math.max(0, (known?.offset ?? 0) - overlapMs[table]);
  const reading = await readSpendTable(url, host, { ...options, from }, async (page) => {
    lines += page.lines;
    const cursor: FileCursor = {
      path,
      kind: 'litellm',
      size: 0,
      mtimeMs: 0,
      offset: page.at,
      lines,
      head: '',
      headBytes: 0,
      state: '',
    };
    const { records, rejects } = page;
    // Rows that were read again move no cursor; they are counted as what they are, duplicates or late ones.
    const moves = known === undefined || page.at > known.offset;
    const batch = { source: path, kind: 'litellm' as const, records, rejects, lines: page.lines, empty: 0 };
    const written = await ledger.write(moves ? { ...batch, cursor } : batch);
    total.counted += written.counted;
    total.duplicate += written.duplicate;
  });
  return { ...reading, ...total };
}

/** `litellm logs postgres://host/db`: without credentials. */
function cursorPath(url: string, table: SpendTable): string {
  try {
    const { host, pathname } = new URL(url);
    return `litellm ${table} postgres://${host}${pathname}`;
  } catch {
    return `litellm ${table}`;
  }
}
