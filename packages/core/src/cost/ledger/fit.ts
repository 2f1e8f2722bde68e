import { createHash } from 'node:crypto';
import type { RejectReason, UsageRecord } from '../../model/usage.ts';
import type { Cost } from '../prices/price-book.ts';

/** Rollups hold quarter hours: time zones with half and quarter hours exist. */
export const quarterMs = 900_000;

/** 2^42 ms: the year 2109. What lies beyond is a broken clock. */
const lastTime = 2 ** 42;
/** More tokens in one record than any provider serves in a day: sums of millions of such records still fit int64. */
const mostTokens = 1e12;
/** Longest stored name or key, in characters; PostgreSQL's index rows end at 2,700 bytes. */
const longestName = 300;

export type Fit =
  | { readonly ok: true; readonly record: UsageRecord }
  | { readonly ok: false; readonly reason: RejectReason; readonly detail: string };

/**
 * The record as a ledger stores it, so that what is compared is what is read
 * back: whole milliseconds, names that every database takes. A number that
 * cannot be one is a reject, never a guess.
 */
export function fit(record: UsageRecord): Fit {
  const { tokens } = record;
  if (!(record.at >= 0 && record.at < lastTime)) return { ok: false, reason: 'bad-time', detail: 'time out of range' };
  const fits =
    isCount(tokens.input) &&
    isCount(tokens.output) &&
    isCount(tokens.cacheRead) &&
    isCount(tokens.cacheWrite5m) &&
    isCount(tokens.cacheWrite1h) &&
    isCount(record.reasoning) &&
    isCount(record.requests) &&
    isCount(record.webSearches) &&
    isMoney(record.claimedPico ?? 0n);
  if (!fits) return { ok: false, reason: 'bad-number', detail: 'a count is no whole number or beyond 1e12' };
  const latency = record.latencyMs;
  const plain =
    Number.isInteger(record.at) &&
    (latency === null || (Number.isInteger(latency) && latency >= 0 && latency <= mostTokens)) &&
    isName(record.key) &&
    isName(record.model) &&
    isName(record.provider) &&
    isName(record.agent) &&
    isName(record.session) &&
    isName(record.task) &&
    isName(record.project) &&
    isName(record.serviceTier) &&
    isName(record.geo);
  if (plain) return { ok: true, record };
  return {
    ok: true,
    record: {
      ...record,
      at: Math.floor(record.at),
      latencyMs: latency !== null && latency >= 0 && latency <= mostTokens ? Math.round(latency) : null,
      key: nameOf(record.key),
      model: nameOf(record.model),
      provider: nameOf(record.provider),
      agent: nameOf(record.agent),
      session: nameOf(record.session),
      task: nameOf(record.task),
      project: nameOf(record.project),
      serviceTier: nameOf(record.serviceTier),
      geo: nameOf(record.geo),
    },
  };
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value <= mostTokens && value >= -mostTokens;
}

const int64 = 2n ** 63n - 1n;

function isMoney(pico: bigint): boolean {
  return pico <= int64 && pico >= -int64;
}

/** True where every part of a cost fits a column. */
export function fitsCost(cost: Cost): boolean {
  return (
    isMoney(cost.input) &&
    isMoney(cost.output) &&
    isMoney(cost.cacheRead) &&
    isMoney(cost.cacheWrite5m) &&
    isMoney(cost.cacheWrite1h) &&
    isMoney(cost.webSearch)
  );
}

function isName(text: string): boolean {
  return text.length <= longestName && text.isWellFormed() && !text.includes('\0');
}

/** No NUL and no half surrogate (PostgreSQL takes neither); a longer name keeps its beginning and a digest of all of it. */
function nameOf(text: string): string {
  const clean = text.toWellFormed().replaceAll('\0', '\u{fffd}');
  if (clean.length <= longestName) return clean;
  return `${clean.slice(0, 200).toWellFormed()}…${createHash('sha256').update(clean).digest('hex').slice(0, 32)}`;
}
