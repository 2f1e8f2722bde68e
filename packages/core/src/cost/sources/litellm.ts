import type { UsageRecord } from '../../model/usage.ts';
import { eachPart } from './buckets.ts';
import { dollarsClaimed } from './claimed.ts';
import { countOfText, type Fields, inRange, isFields, isoTime, keyOf, Malformed, name, remainder } from './fields.ts';
import { noTokens, usageRecord } from './record.ts';
import type { DocumentFormat } from './source.ts';

/** Columns of `LiteLLM_SpendLogs` that are read; never `messages`, `response` or `proxy_server_request`. */
export const spendLogColumns = [
  'request_id',
  'spend',
  'prompt_tokens',
  'completion_tokens',
  'startTime',
  'endTime',
  'request_duration_ms',
  'model',
  'custom_llm_provider',
  'user',
  'metadata',
  'cache_hit',
  'request_tags',
  'team_id',
  'session_id',
  'status',
  'agent_id',
] as const;

/** Rows of LiteLLM's spend logs or of its daily rollup, exported as JSON (`{data: […]}`, an array, or a row a line). */
export const litellm: DocumentFormat = {
  kind: 'litellm',
  start: () => undefined,
  read: (document, state) =>
    eachPart(rowsOf(document), state, (row) => [
      row.request_id === undefined && row.date !== undefined ? fromDailySpendRow(row) : fromSpendLogRow(row),
    ]),
};

function rowsOf(document: unknown): (Fields | undefined)[] {
  if (Array.isArray(document)) return document.flatMap(rowsOf);
  if (!isFields(document)) return [undefined];
  return Array.isArray(document.data) ? rowsOf(document.data) : [document];
}

/**
 * One row of `LiteLLM_SpendLogs`, from JSON or from PostgreSQL (times as
 * dates, JSON columns parsed or as text). `prompt_tokens` holds the cache
 * tokens. A request that LiteLLM's own cache answered used no tokens.
 *
 * @throws Malformed where the row cannot be counted
 */
export function fromSpendLogRow(row: Fields): UsageRecord {
  const key = name(row.request_id, 'request_id');
  if (key === '') throw new Malformed('missing-field', 'request_id is missing');
  const at = time(row.startTime, 'startTime');
  const metadata = jsonFields(row.metadata, 'metadata');
  const usage = {
    ...jsonFields(metadata.usage_object, 'usage_object'),
    ...said(jsonFields(metadata.additional_usage_values, 'additional_usage_values')),
  };
  const tags = tagsOf(row.request_tags);
  const answeredByCache = String(row.cache_hit ?? '').toLowerCase() === 'true';
  const completion = answeredByCache ? 0 : (countOfText(row.completion_tokens, 'completion_tokens') ?? 0);
  return usageRecord({
    key,
    source: 'litellm',
    at,
    model: name(row.model, 'model') || name(row.model_group, 'model_group'),
    provider: name(row.custom_llm_provider, 'custom_llm_provider'),
    agent: tags.agent || name(row.agent_id, 'agent_id') || name(metadata.user_api_key_alias, 'metadata.user_api_key_alias'),
    session: name(row.session_id, 'session_id'),
    task: tags.task,
    project: name(metadata.user_api_key_team_alias, 'metadata.user_api_key_team_alias') || name(row.team_id, 'team_id'),
    tokens: answeredByCache ? noTokens : { ...inputOf(row, usage), output: completion },
    reasoning: Math.min(completion, countOfText(details(usage.completion_tokens_details).reasoning_tokens, 'reasoning_tokens') ?? 0),
    webSearches: countOfText(details(usage.server_tool_use).web_search_requests, 'web_search_requests') ?? 0,
    serviceTier: name(usage.service_tier, 'service_tier'),
    status: statusOf(name(row.status, 'status') || name(metadata.status, 'metadata.status')),
    latencyMs: latencyOf(row, at),
    claimedPico: dollarsClaimed(row.spend, 'spend'),
  });
}

/** One row of `LiteLLM_DailyUserSpend` (or its team and tag sisters): a day's sums. Use it or the spend logs, not both. */
export function fromDailySpendRow(row: Fields): UsageRecord {
  const at = isoTime(row.date, 'date', 'utc');
  const owners = [
    'user_id',
    'team_id',
    'tag',
    'api_key',
    'model',
    'model_group',
    'custom_llm_provider',
    'endpoint',
    'mcp_namespaced_tool_name',
  ].map((field) => name(row[field], field));
  return usageRecord({
    key: keyOf(['day', at, ...owners]),
    source: 'litellm',
    at,
    model: name(row.model, 'model') || name(row.model_group, 'model_group'),
    provider: name(row.custom_llm_provider, 'custom_llm_provider'),
    project: name(row.team_id, 'team_id'),
    tokens: { ...inputOf(row, row), output: countOfText(row.completion_tokens, 'completion_tokens') ?? 0 },
    requests: countOfText(row.api_requests, 'api_requests') ?? 0,
    claimedPico: dollarsClaimed(row.spend, 'spend'),
  });
}

function inputOf(row: Fields, usage: Fields): Omit<UsageRecord['tokens'], 'output'> {
  const prompt = countOfText(row.prompt_tokens, 'prompt_tokens');
  if (prompt === undefined) throw new Malformed('missing-field', 'prompt_tokens is missing');
  const promptDetails = details(usage.prompt_tokens_details);
  const cacheRead = countOfText(usage.cache_read_input_tokens ?? promptDetails.cached_tokens, 'cache_read_input_tokens') ?? 0;
  const written = countOfText(usage.cache_creation_input_tokens ?? promptDetails.cache_creation_tokens, 'cache_creation_input_tokens') ?? 0;
  const split = details(promptDetails.cache_creation_token_details ?? usage.cache_creation);
  const cacheWrite1h = Math.min(written, countOfText(split.ephemeral_1h_input_tokens, 'ephemeral_1h_input_tokens') ?? 0);
  return {
    input: remainder(prompt, [cacheRead, written], 'prompt_tokens'),
    cacheRead,
    cacheWrite5m: written - cacheWrite1h,
    cacheWrite1h,
  };
}

/** Only the fields that are not null, so that they do not hide what the other object says. */
function said(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
}

function details(value: unknown): Fields {
  return isFields(value) ? value : {};
}

/** A JSON column: parsed, or still as text. */
function jsonFields(value: unknown, field: string): Fields {
  if (value === undefined || value === null || value === '') return {};
  if (isFields(value)) return value;
  const parsed = typeof value === 'string' ? parsedOrUndefined(value) : undefined;
  if (!isFields(parsed)) throw new Malformed('unknown-shape', `${field} is not a JSON object`);
  return parsed;
}

function parsedOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Tags of the form `agent:NAME` and `task:NAME`; all others are left alone. */
function tagsOf(value: unknown): { readonly agent: string; readonly task: string } {
  const tags = typeof value === 'string' ? parsedOrUndefined(value) : value;
  const find = (prefix: string): string => {
    const tag = Array.isArray(tags)
      ? tags.find((entry): entry is string => typeof entry === 'string' && entry.startsWith(prefix))
      : undefined;
    return tag === undefined ? '' : name(tag.slice(prefix.length), 'request_tags');
  };
  return { agent: find('agent:'), task: find('task:') };
}

/** LiteLLM writes UTC, in PostgreSQL and in JSON without an offset. */
function time(value: unknown, field: string): number {
  return value instanceof Date ? inRange(value.getTime(), field) : isoTime(value, field, 'utc');
}

function latencyOf(row: Fields, at: number): number | null {
  const duration = countOfText(row.request_duration_ms, 'request_duration_ms');
  if (duration !== undefined) return duration;
  if (row.endTime === undefined || row.endTime === null || row.endTime === '') return null;
  return Math.max(0, time(row.endTime, 'endTime') - at);
}

export function statusOf(status: string): UsageRecord['status'] {
  if (status === '') return '';
  if (/^(ok|success|succeeded|completed|200)$/i.test(status)) return 'ok';
  return /^(error|fail|failed|failure|timeout|cancelled|canceled|[45]\d\d)$/i.test(status) ? 'error' : '';
}
