import type { UsageRecord } from '../../model/usage.ts';
import { eachPart } from './buckets.ts';
import { dollarsClaimed } from './claimed.ts';
import { countOfText, type Fields, isFields, isoTime, Malformed, name, optionalFields, remainder } from './fields.ts';
import { usageRecord } from './record.ts';
import type { DocumentFormat } from './source.ts';

/** Observations of Langfuse: a page of the API (`data`), an array, or one a line. */
export const langfuse: DocumentFormat = {
  kind: 'langfuse',
  start: () => undefined,
  read: (document, state) => eachPart(observations(document), state, toRecords),
};

function observations(document: unknown): (Fields | undefined)[] {
  if (Array.isArray(document)) return document.flatMap(observations);
  if (!isFields(document)) return [undefined];
  return Array.isArray(document.data) ? observations(document.data) : [document];
}

function toRecords(observation: Fields): UsageRecord[] {
  const usage = usageOf(observation);
  if (usage === undefined) return [];
  const key = name(observation.id, 'id');
  if (key === '') throw new Malformed('missing-field', 'id is missing');
  const at = isoTime(observation.startTime, 'startTime', 'utc');
  const costs = optionalFields(observation.costDetails, 'costDetails');
  return [
    usageRecord({
      key,
      source: 'langfuse',
      at,
      model: name(observation.model, 'model') || name(observation.providedModelName, 'providedModelName'),
      agent: name(observation.name, 'name'),
      session: name(observation.sessionId, 'sessionId') || name(observation.traceId, 'traceId'),
      project: name(observation.projectId, 'projectId'),
      ...usage,
      status: observation.level === 'ERROR' ? 'error' : 'ok',
      latencyMs: latencyOf(observation, at),
      claimedPico: dollarsClaimed(costs?.total ?? observation.calculatedTotalCost, 'costDetails.total'),
    }),
  ];
}

function latencyOf(observation: Fields, at: number): number | null {
  const { endTime } = observation;
  if (endTime === undefined || endTime === null || endTime === '') return null;
  return Math.max(0, isoTime(endTime, 'endTime', 'utc') - at);
}

type Usage = Pick<UsageRecord, 'tokens' | 'reasoning'>;

function usageOf(observation: Fields): Usage | undefined {
  const usageDetails = optionalFields(observation.usageDetails, 'usageDetails');
  if (usageDetails && Object.keys(usageDetails).length > 0) return fromDetails(usageDetails);
  const usage = optionalFields(observation.usage, 'usage');
  if (!usage) return undefined;
  const input = countOfText(usage.input ?? usage.promptTokens, 'usage.input') ?? 0;
  const output = countOfText(usage.output ?? usage.completionTokens, 'usage.output') ?? 0;
  if (input + output === 0) return undefined;
  if (usage.unit !== undefined && usage.unit !== null && usage.unit !== 'TOKENS')
    throw new Malformed('unknown-shape', 'usage.unit is not TOKENS');
  return { tokens: { input, output, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 }, reasoning: 0 };
}

/** Which class a key of usageDetails belongs to; Langfuse lets its users name them. */
function classOf(key: string): keyof UsageRecord['tokens'] | 'reasoning' | undefined {
  if (/^(input_cached_tokens|cache_read_input_tokens|input_cache_read|cached_tokens|input_cached)$/.test(key)) return 'cacheRead';
  if (/(cache_creation|cache_write).*1h/.test(key)) return 'cacheWrite1h';
  if (/^(input_)?(cache_creation|cache_write)/.test(key)) return 'cacheWrite5m';
  if (/^(output_reasoning(_tokens)?|reasoning_tokens)$/.test(key)) return 'reasoning';
  if (/^(input|prompt)(_|$)/.test(key)) return 'input';
  if (/^(output|completion)(_|$)/.test(key)) return 'output';
  return undefined;
}

/**
 * The keys are disjoint by Langfuse's convention. Where the total says that
 * cache and reasoning are inside input and output, it is believed.
 */
function fromDetails(usageDetails: Fields): Usage | undefined {
  const sums = { input: 0, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, reasoning: 0 };
  let plainInput = 0;
  let plainOutput = 0;
  for (const [key, value] of Object.entries(usageDetails)) {
    const number = countOfText(value, `usageDetails.${classOf(key) ?? (key === 'total' ? 'total' : 'of an unknown name')}`) ?? 0;
    if (key === 'total' || number === 0) continue;
    const which = classOf(key);
    if (which === undefined) throw new Malformed('unknown-shape', 'usageDetails holds tokens of an unknown name');
    sums[which] += number;
    if (key === 'input') plainInput += number;
    if (key === 'output') plainOutput += number;
  }
  const all = Object.values(sums).reduce((sum, number) => sum + number, 0);
  if (all === 0) return undefined;
  const { reasoning, ...tokens } = sums;
  const total = countOfText(usageDetails.total, 'usageDetails.total');
  const cache = tokens.cacheRead + tokens.cacheWrite5m + tokens.cacheWrite1h;
  const inside = total !== undefined && total !== all && total === plainInput + plainOutput;
  if (inside) return { tokens: { ...tokens, input: remainder(plainInput, [cache], 'usageDetails.input'), output: plainOutput }, reasoning };
  return { tokens: { ...tokens, output: tokens.output + reasoning }, reasoning };
}
