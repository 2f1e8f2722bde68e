import type { UsageRecord } from '../../model/usage.ts';
import { dollarsClaimed } from './claimed.ts';
import { csvFormat } from './csv-format.ts';
import { countOfText, isFields, isoTime, keyOf, Malformed, name } from './fields.ts';
import { usageRecord } from './record.ts';

const known = [
  'response_id',
  'request_id',
  'response_created_at',
  'response_status',
  'request_created_at',
  'request_user_id',
  'model',
  'provider',
  'prompt_tokens',
  'completion_tokens',
  'prompt_cache_read_tokens',
  'prompt_cache_write_tokens',
  'latency',
  'cost',
  'request_properties',
] as const;

/** Helicone's request table as CSV. `cost` is in dollars, `latency` in milliseconds; cache columns are beside `prompt_tokens`. */
export const helicone = csvFormat(
  'helicone',
  { known, needed: ['request_created_at', 'model', 'prompt_tokens', 'completion_tokens'] },
  toRecord,
);

function toRecord(row: Readonly<Record<string, string | undefined>>): UsageRecord {
  const at = isoTime(row.request_created_at, 'request_created_at', 'utc');
  const status = statusOf(row.response_status);
  const input = countOfText(row.prompt_tokens, 'prompt_tokens');
  const output = countOfText(row.completion_tokens, 'completion_tokens');
  // A failed request has no counts; an answered one without any is not to be taken for free.
  if (status !== 'error' && (input === undefined || output === undefined))
    throw new Malformed('missing-field', 'prompt_tokens or completion_tokens is missing');
  const model = name(row.model, 'model');
  const user = name(row.request_user_id, 'request_user_id');
  const properties = propertiesOf(row.request_properties);
  const id = name(row.response_id, 'response_id') || name(row.request_id, 'request_id');
  return usageRecord({
    key: id || keyOf([at, model, user, input, output, row.latency]),
    source: 'helicone',
    at,
    model,
    provider: name(row.provider, 'provider').toLowerCase(),
    agent: properties('agent', 'agentname'),
    session: properties('heliconesessionid', 'sessionid', 'session'),
    task: properties('task', 'taskname'),
    project: properties('project', 'projectname'),
    tokens: {
      input: input ?? 0,
      output: output ?? 0,
      cacheRead: countOfText(row.prompt_cache_read_tokens, 'prompt_cache_read_tokens') ?? 0,
      cacheWrite5m: countOfText(row.prompt_cache_write_tokens, 'prompt_cache_write_tokens') ?? 0,
      cacheWrite1h: 0,
    },
    status,
    latencyMs: millis(row.latency),
    claimedPico: dollarsClaimed(row.cost, 'cost'),
  });
}

/** An HTTP status; Helicone writes negative ones for requests that never got an answer. */
function statusOf(value: string | undefined): UsageRecord['status'] {
  if (value === undefined) return '';
  const status = Number(value);
  if (!Number.isInteger(status)) throw new Malformed('bad-number', 'response_status is not a number');
  return status >= 200 && status < 300 ? 'ok' : 'error';
}

function millis(value: string | undefined): number | null {
  if (value === undefined) return null;
  const ms = Number(value);
  if (!Number.isFinite(ms) || ms < 0) throw new Malformed('bad-number', 'latency is not a duration');
  return Math.round(ms);
}

/** Custom properties by name, whatever its case and prefix; those that are not asked for stay where they are. */
function propertiesOf(text: string | undefined): (...names: readonly string[]) => string {
  if (text === undefined) return () => '';
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new Malformed('not-json', 'request_properties is not JSON');
  }
  if (!isFields(parsed)) return () => '';
  const plain = new Map(
    Object.entries(parsed).map(([key, value]) => [
      key
        .toLowerCase()
        .replace(/^helicone-property-/, '')
        .replaceAll(/[\s_-]/g, ''),
      value,
    ]),
  );
  return (...names) =>
    name(
      names.map((key) => plain.get(key)).find((value) => value !== undefined && value !== null),
      'a request property',
    );
}
