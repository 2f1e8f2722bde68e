import type { UsageRecord } from '../../model/usage.ts';
import { bucketParts, eachPart } from './buckets.ts';
import { dollarsClaimed } from './claimed.ts';
import { count, type Fields, keyOf, Malformed, name, optionalCount, remainder, unixSeconds } from './fields.ts';
import { noTokens, usageRecord } from './record.ts';
import type { DocumentFormat } from './source.ts';

/** Usage results that hold tokens; the others (images, seconds, bytes) cannot be counted as tokens. */
const tokenResults = new Set([
  'organization.usage.completions.result',
  'organization.usage.embeddings.result',
  'organization.usage.moderations.result',
]);

/**
 * Exports of OpenAI's organization usage and costs API: buckets of results,
 * alone, in pages or in arrays. `input_tokens` holds the cached ones. A cost is
 * a record without tokens whose claim is the amount.
 */
export const openaiUsage: DocumentFormat = {
  kind: 'openai-usage',
  start: () => undefined,
  read: (document, state) => eachPart(bucketParts(document), state, ({ part, bucket }) => toRecords(part, bucket)),
};

function toRecords(result: Fields, bucket: Fields): UsageRecord[] {
  const at = unixSeconds(result.start_time ?? bucket.start_time, 'start_time');
  const end = count(result.end_time ?? bucket.end_time, 'end_time');
  if (result.object === 'organization.costs.result' || isCost(result)) return [costRecord(result, at, end)];
  if (typeof result.object === 'string' && !tokenResults.has(result.object)) {
    throw new Malformed('unknown-shape', 'a usage result without tokens (images, seconds, bytes or sessions)');
  }
  for (const field of ['input_audio_tokens', 'output_audio_tokens'] as const) {
    if (count(result[field], field) > 0) throw new Malformed('unknown-shape', `${field}: audio has prices of its own`);
  }
  return [usage(result, at, end)];
}

function isCost(result: Fields): boolean {
  return typeof result.amount === 'object' && result.amount !== null;
}

function usage(result: Fields, at: number, end: number): UsageRecord {
  const cacheRead = count(result.input_cached_tokens, 'input_cached_tokens');
  const cacheWrite5m = count(result.input_cache_write_tokens, 'input_cache_write_tokens');
  const total = optionalCount(result.input_tokens, 'input_tokens');
  const uncached = optionalCount(result.input_uncached_tokens, 'input_uncached_tokens');
  if (total === undefined && uncached === undefined) throw new Malformed('missing-field', 'input_tokens is missing');
  const model = name(result.model, 'model');
  const project = name(result.project_id, 'project_id');
  const serviceTier = result.batch === true ? 'batch' : name(result.service_tier, 'service_tier');
  const grouping = [result.user_id, result.api_key_id].map((id) => name(id, 'id'));
  return usageRecord({
    key: keyOf(['usage', name(result.object, 'object'), at, end, model, project, ...grouping, serviceTier]),
    source: 'openai-usage',
    at,
    model,
    provider: 'openai',
    project,
    tokens: {
      input: total === undefined ? (uncached ?? 0) : remainder(total, [cacheRead, cacheWrite5m], 'input_tokens'),
      output: count(result.output_tokens, 'output_tokens'),
      cacheRead,
      cacheWrite5m,
      cacheWrite1h: 0,
    },
    requests: count(result.num_model_requests, 'num_model_requests'),
    serviceTier,
  });
}

function costRecord(result: Fields, at: number, end: number): UsageRecord {
  const amount = isCost(result) ? (result.amount as Fields) : {};
  const currency = name(amount.currency, 'amount.currency').toLowerCase();
  if (currency !== '' && currency !== 'usd') throw new Malformed('unknown-shape', 'amount.currency is not USD');
  const claimedPico = dollarsClaimed(amount.value, 'amount.value');
  if (claimedPico === null) throw new Malformed('missing-field', 'amount.value is missing');
  const line = name(result.line_item, 'line_item');
  const project = name(result.project_id, 'project_id');
  return usageRecord({
    key: keyOf(['cost', at, end, line, project, name(result.organization_id, 'organization_id')]),
    source: 'openai-usage',
    at,
    // A line item is the model and what of it is charged: `gpt-5.5, input`.
    model: line.split(', ')[0] ?? '',
    provider: 'openai',
    project,
    tokens: noTokens,
    requests: 0,
    claimedPico,
  });
}
