import { usdString } from '../../model/money.ts';
import type { UsageRecord } from '../../model/usage.ts';
import { csvCell } from '../focus/csv.ts';
import { agentopsColumns, guarded } from '../sources/agentops.ts';

/** Our own format and, for people, where a record came from: that column is not read back. */
const columns = [...agentopsColumns, 'source'] as const;
type Row = Readonly<Record<(typeof columns)[number], string | number | boolean | null>>;

/** The first line of an exported CSV. */
export const csvHead = columns.join(',');

/** One line of CSV, without its end. */
export function csvLine(record: UsageRecord): string {
  const row = rowOf(record);
  return columns.map((column) => csvCell(guarded(String(row[column] ?? '')))).join(',');
}

/** One line of JSON Lines, without its end; what a reader takes for granted is left out. */
export function jsonLine(record: UsageRecord): string {
  const row = rowOf(record);
  const needed: readonly string[] = ['timestamp', 'model', 'input_tokens', 'output_tokens'];
  return JSON.stringify(
    Object.fromEntries(
      columns.filter((column) => needed.includes(column) || !isDefault(column, row[column])).map((column) => [column, row[column]]),
    ),
  );
}

function isDefault(column: keyof Row, value: Row[keyof Row]): boolean {
  if (column === 'requests') return value === 1;
  // 0 ms is a measurement.
  return value === '' || value === null || (value === 0 && column !== 'latency_ms');
}

function rowOf(record: UsageRecord): Row {
  const { tokens } = record;
  return {
    timestamp: new Date(record.at).toISOString(),
    model: record.model,
    agent: record.agent,
    session: record.session,
    input_tokens: tokens.input,
    output_tokens: tokens.output,
    cache_read_tokens: tokens.cacheRead,
    cache_write_5m_tokens: tokens.cacheWrite5m,
    cache_write_1h_tokens: tokens.cacheWrite1h,
    // Part of the output: a source that says more is not read back.
    reasoning_tokens: Math.min(record.reasoning, tokens.output),
    status: record.status,
    latency_ms: record.latencyMs,
    // Keys are unique within a source alone; what was exported once keeps its key.
    request_id: record.source === 'agentops' ? record.key : `${record.source}:${record.key}`,
    task: record.task,
    project: record.project,
    provider: record.provider,
    service_tier: record.serviceTier,
    geo: record.geo,
    web_searches: record.webSearches,
    cost_usd: record.claimedPico === null ? null : usdString(record.claimedPico),
    requests: record.requests,
    long_context: record.longContext ?? null,
    source: record.source,
  };
}
