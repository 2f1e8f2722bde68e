import { createHash } from 'node:crypto';
import type { SourceKind, UsageRecord } from '../../../model/usage.ts';
import type { Charge } from '../sums.ts';
import type { Row } from './connection.ts';

/** Columns of a record with their types, for unnest. */
export const recordTypes = {
  source: 'text',
  key: 'text',
  at: 'bigint',
  grp: 'uuid',
  provider: 'text',
  service_tier: 'text',
  geo: 'text',
  long_context: 'boolean',
  sidechain: 'boolean',
  status: 'text',
  input: 'bigint',
  output: 'bigint',
  cache_read: 'bigint',
  cache_write_5m: 'bigint',
  cache_write_1h: 'bigint',
  reasoning: 'bigint',
  requests: 'bigint',
  web_searches: 'bigint',
  latency_ms: 'bigint',
  claimed: 'bigint',
  unpriced: 'bigint',
  cost_input: 'bigint',
  cost_output: 'bigint',
  cost_cache_read: 'bigint',
  cost_cache_write_5m: 'bigint',
  cost_cache_write_1h: 'bigint',
  cost_web_search: 'bigint',
  book: 'text',
} as const;

export const recordColumns = Object.keys(recordTypes) as (keyof typeof recordTypes)[];

/** Rows turned into one array a column: `unnest($1::text[], …)`. */
export function columnsOf(rows: readonly (readonly unknown[])[], width: number): unknown[][] {
  return Array.from({ length: width }, (_, i) => rows.map((row) => row[i]));
}

/** The same names have the same id in every process: the first 128 bits of their SHA-256. */
export function groupIdOf(record: UsageRecord): string {
  const { source, model, agent, session, task, project } = record;
  return uuidOf(JSON.stringify([source, model, agent, session, task, project]));
}

export function digestOf(source: string, key: string): string {
  return uuidOf(`${source}\0${key}`);
}

function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

export function valuesOf(record: UsageRecord, group: string, charge: Charge, book: string): unknown[] {
  const { tokens } = record;
  return [
    record.source,
    record.key,
    record.at,
    group,
    record.provider,
    record.serviceTier,
    record.geo,
    record.longContext ?? null,
    record.sidechain,
    record.status,
    tokens.input,
    tokens.output,
    tokens.cacheRead,
    tokens.cacheWrite5m,
    tokens.cacheWrite1h,
    record.reasoning,
    record.requests,
    record.webSearches,
    record.latencyMs,
    record.claimedPico,
    charge.unpriced,
    ...charge.cost,
    book,
  ];
}

/** Record columns beside the names of its group. */
export const selectRecord = `SELECT r.*, g.model, g.agent, g.session, g.task, g.project FROM agentops_records r JOIN agentops_groups g ON g.id = r.grp`;

const bigint = (value: unknown): bigint => (typeof value === 'bigint' ? value : 0n);

export function recordOfRow(row: Row): UsageRecord {
  return {
    key: String(row.key),
    source: String(row.source) as SourceKind,
    at: Number(row.at),
    model: String(row.model),
    provider: String(row.provider),
    agent: String(row.agent),
    session: String(row.session),
    task: String(row.task),
    project: String(row.project),
    tokens: {
      input: Number(row.input),
      output: Number(row.output),
      cacheRead: Number(row.cache_read),
      cacheWrite5m: Number(row.cache_write_5m),
      cacheWrite1h: Number(row.cache_write_1h),
    },
    reasoning: Number(row.reasoning),
    requests: Number(row.requests),
    webSearches: Number(row.web_searches),
    serviceTier: String(row.service_tier),
    geo: String(row.geo),
    ...(typeof row.long_context === 'boolean' ? { longContext: row.long_context } : {}),
    sidechain: row.sidechain === true,
    status: String(row.status) as UsageRecord['status'],
    latencyMs: row.latency_ms === null ? null : Number(row.latency_ms),
    claimedPico: row.claimed === null ? null : bigint(row.claimed),
  };
}

export function chargeOfRow(row: Row): Charge {
  return {
    cost: [
      bigint(row.cost_input),
      bigint(row.cost_output),
      bigint(row.cost_cache_read),
      bigint(row.cost_cache_write_5m),
      bigint(row.cost_cache_write_1h),
      bigint(row.cost_web_search),
    ],
    unpriced: Number(row.unpriced),
  };
}
