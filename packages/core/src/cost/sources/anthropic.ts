import { divideRounded } from '../../model/money.ts';
import type { UsageRecord } from '../../model/usage.ts';
import { bucketParts, eachPart } from './buckets.ts';
import { dollarsClaimed } from './claimed.ts';
import { geoOf } from './claude-code.ts';
import { count, type Fields, isoTime, keyOf, Malformed, name, optionalFields } from './fields.ts';
import { noTokens, usageRecord } from './record.ts';
import type { DocumentFormat } from './source.ts';

/**
 * Usage and cost reports of Anthropic's Admin API: buckets of results, alone,
 * in pages or in arrays. The classes of tokens are disjoint. An amount is in
 * **cents**. The reports do not say how many requests there were: 0.
 */
export const anthropicUsage: DocumentFormat = {
  kind: 'anthropic-usage',
  start: () => undefined,
  read: (document, state) => eachPart(bucketParts(document), state, ({ part, bucket }) => [toRecord(part, bucket)]),
};

function toRecord(result: Fields, bucket: Fields): UsageRecord {
  const at = isoTime(result.starting_at ?? bucket.starting_at, 'starting_at');
  const ends = result.ending_at ?? bucket.ending_at;
  const end = ends === undefined || ends === null ? 0 : isoTime(ends, 'ending_at');
  const model = name(result.model, 'model');
  const tier = name(result.service_tier, 'service_tier');
  const window = name(result.context_window, 'context_window');
  const common = {
    source: 'anthropic-usage',
    at,
    model,
    provider: 'anthropic',
    project: name(result.workspace_id, 'workspace_id'),
    requests: 0,
    serviceTier: name(result.speed, 'speed') === 'fast' ? 'fast' : tier,
    geo: geoOf(name(result.inference_geo, 'inference_geo')),
    ...(window === '' ? {} : { longContext: isLong(window) }),
  } as const;
  const marks = [at, end, model, common.serviceTier, window, common.project, common.geo];
  if (result.amount !== undefined) {
    const kinds = [result.cost_type, result.token_type, result.description].map((kind) => name(kind, 'kind of cost'));
    return usageRecord({ ...common, key: keyOf(['cost', ...marks, ...kinds]), tokens: noTokens, claimedPico: fromCents(result) });
  }
  const written = optionalFields(result.cache_creation, 'cache_creation');
  const tokens = {
    input: needed(result.uncached_input_tokens, 'uncached_input_tokens'),
    output: needed(result.output_tokens, 'output_tokens'),
    cacheRead: count(result.cache_read_input_tokens, 'cache_read_input_tokens'),
    cacheWrite5m: count(written?.ephemeral_5m_input_tokens, 'cache_creation.ephemeral_5m_input_tokens'),
    cacheWrite1h: count(written?.ephemeral_1h_input_tokens, 'cache_creation.ephemeral_1h_input_tokens'),
  };
  const server = optionalFields(result.server_tool_use, 'server_tool_use');
  const owners = [result.api_key_id, result.account_id, result.service_account_id].map((id) => name(id, 'id'));
  return usageRecord({
    ...common,
    key: keyOf(['usage', ...marks, ...owners]),
    tokens,
    webSearches: count(server?.web_search_requests, 'server_tool_use.web_search_requests'),
  });
}

function needed(value: unknown, field: string): number {
  if (value === undefined || value === null) throw new Malformed('missing-field', `${field} is missing`);
  return count(value, field);
}

/** `0-200k` or `200k-1M`: the input of each single request in the bucket. */
function isLong(window: string): boolean {
  if (/^0-/.test(window)) return false;
  if (/^200k-/i.test(window)) return true;
  throw new Malformed('unknown-shape', 'context_window is neither 0-200k nor 200k-1M');
}

function fromCents(result: Fields): bigint {
  const currency = name(result.currency, 'currency').toUpperCase();
  if (currency !== '' && currency !== 'USD') throw new Malformed('unknown-shape', 'currency is not USD');
  const cents = dollarsClaimed(result.amount, 'amount');
  if (cents === null) throw new Malformed('missing-field', 'amount is missing');
  return divideRounded(cents, 100n);
}
