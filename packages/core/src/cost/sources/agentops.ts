import type { UsageRecord } from '../../model/usage.ts';
import { dollarsClaimed } from './claimed.ts';
import { csvFormat } from './csv-format.ts';
import { countOfText, type Fields, inRange, isFields, isoTime, keyOf, Malformed, name } from './fields.ts';
import { parseJson } from './json-text.ts';
import { statusOf } from './litellm.ts';
import { attempt, usageRecord } from './record.ts';
import type { LineFormat } from './source.ts';

/**
 * Our own format, for agents that log their usage themselves: JSON Lines, or
 * CSV with a header row. `timestamp` (ISO 8601 with an offset, or Unix
 * seconds or milliseconds), `model`, `input_tokens` and `output_tokens` are
 * needed. Classes of tokens are disjoint; `reasoning_tokens` are part of
 * `output_tokens`. Without a `request_id` two lines that say the same are the
 * same request. `requests` (default 1) and `long_context` are for lines that
 * stand for several requests, as `agentops cost export` writes them.
 */
export const agentopsColumns = [
  'timestamp',
  'model',
  'agent',
  'session',
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'reasoning_tokens',
  'status',
  'latency_ms',
  'request_id',
  'task',
  'project',
  'provider',
  'service_tier',
  'geo',
  'web_searches',
  'cost_usd',
  'requests',
  'long_context',
] as const;

const needed = ['timestamp', 'model', 'input_tokens', 'output_tokens'] as const;

export const agentopsJsonl: LineFormat = {
  kind: 'agentops',
  stateless: true,
  mayMatter: () => true,
  start: () => undefined,
  read: (line, state) =>
    attempt(state, () => {
      const row = parseJson(line);
      if (!isFields(row)) throw new Malformed('unknown-shape', 'not an object');
      return fromRow(row);
    }),
};

export const agentopsCsv = csvFormat('agentops', { known: agentopsColumns, needed }, (row) =>
  // An empty cell of a model is a model that is not said; an apostrophe before a formula's sign only keeps spreadsheets quiet.
  fromRow(
    Object.fromEntries(Object.entries({ ...row, model: row.model ?? '' }).map(([column, cell]) => [column, cell && unguarded(cell)])),
  ),
);

/** What a spreadsheet would take for a formula (OWASP, CSV injection), however many apostrophes are before it. */
const formula = /^'*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]/;

/** Text for a CSV cell that no spreadsheet runs; {@link unguarded} is its inverse. */
export function guarded(text: string): string {
  return formula.test(text) ? `'${text}` : text;
}

function unguarded(cell: string): string {
  return cell.startsWith("'") && formula.test(cell) ? cell.slice(1) : cell;
}

function fromRow(row: Fields): UsageRecord {
  const missing = needed.find((field) => row[field] === undefined || row[field] === null);
  if (missing !== undefined) throw new Malformed('missing-field', `${missing} is missing`);
  const number = (field: (typeof agentopsColumns)[number]): number => countOfText(row[field], field) ?? 0;
  const text = (field: (typeof agentopsColumns)[number]): string => name(row[field], field);
  const tokens = {
    input: number('input_tokens'),
    output: number('output_tokens'),
    cacheRead: number('cache_read_tokens'),
    cacheWrite5m: number('cache_write_5m_tokens'),
    cacheWrite1h: number('cache_write_1h_tokens'),
  };
  const reasoning = number('reasoning_tokens');
  if (reasoning > tokens.output) throw new Malformed('bad-number', 'reasoning_tokens is more than output_tokens');
  const longContext = flag(row.long_context, 'long_context');
  const at = timeOf(row.timestamp);
  const [model, agent, session, task, project] = [text('model'), text('agent'), text('session'), text('task'), text('project')];
  return usageRecord({
    key:
      text('request_id') ||
      keyOf([at, model, agent, session, task, project, ...Object.values(tokens), reasoning, text('status'), text('latency_ms')]),
    source: 'agentops',
    at,
    model,
    provider: text('provider'),
    agent,
    session,
    task,
    project,
    tokens,
    reasoning,
    requests: countOfText(row.requests, 'requests') ?? 1,
    webSearches: number('web_searches'),
    serviceTier: text('service_tier'),
    geo: text('geo'),
    status: statusOf(text('status')),
    latencyMs: latencyOf(row.latency_ms),
    claimedPico: dollarsClaimed(row.cost_usd, 'cost_usd'),
    ...(longContext === undefined ? {} : { longContext }),
  });
}

function flag(value: unknown, field: string): boolean | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const known: Readonly<Record<string, boolean>> = { true: true, false: false };
  const found = known[String(value).toLowerCase()];
  if (found === undefined) throw new Malformed('unknown-shape', `${field} is neither true nor false`);
  return found;
}

/** Numbers below 1e11 are seconds (until the year 5138), others milliseconds. */
function timeOf(value: unknown): number {
  const number = typeof value === 'number' ? value : typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
  if (number === undefined) return isoTime(value, 'timestamp');
  return inRange(Math.floor(number < 1e11 ? number * 1000 : number), 'timestamp');
}

function latencyOf(value: unknown): number | null {
  if (value === undefined || value === null || value === '') return null;
  const ms = typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
  if (!Number.isFinite(ms) || ms < 0) throw new Malformed('bad-number', 'latency_ms is not a duration');
  return Math.round(ms);
}
