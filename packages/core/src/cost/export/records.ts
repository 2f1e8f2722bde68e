import { totalTokens, type UsageRecord } from '../../model/usage.ts';
import type { Ledger, LedgerRow } from '../ledger/ledger.ts';
import type { Period } from '../report/period.ts';
import { csvHead, csvLine, jsonLine } from './lines.ts';

export interface Exported {
  readonly records: number;
  /** What the ledger keeps as sums alone, for its single records were deleted. */
  readonly summed: { readonly requests: number; readonly tokens: number };
}

/**
 * The records of a period in our own format, oldest first, a day at a time:
 * no more than a day of them is held.
 */
export async function exportRecords(
  ledger: Ledger,
  period: Pick<Period, 'from' | 'to' | 'days'>,
  format: 'jsonl' | 'csv',
  write: (text: string) => Promise<void>,
): Promise<Exported> {
  const line = format === 'csv' ? csvLine : jsonLine;
  let records = 0;
  let requests = 0;
  let tokens = 0;
  if (format === 'csv') await write(`${csvHead}\r\n`);
  for (const [index, to] of period.days.slice(1).entries()) {
    const day: UsageRecord[] = [];
    await ledger.records({ from: period.days[index] ?? to, to }, (record) => day.push(record));
    day.sort((a, b) => a.at - b.at || (a.source + a.key < b.source + b.key ? -1 : 1));
    for (const record of day) {
      requests += record.requests;
      tokens += totalTokens(record.tokens);
    }
    records += day.length;
    if (day.length > 0) await write(day.map((record) => line(record) + (format === 'csv' ? '\r\n' : '\n')).join(''));
  }
  const [sum] = await ledger.rows({ from: period.from, to: period.to, by: [] });
  return { records, summed: { requests: (sum?.requests ?? 0) - requests, tokens: (sum ? tokensOf(sum) : 0) - tokens } };
}

function tokensOf({ input, output, cacheRead, cacheWrite5m, cacheWrite1h }: LedgerRow): number {
  return input + output + cacheRead + cacheWrite5m + cacheWrite1h;
}
