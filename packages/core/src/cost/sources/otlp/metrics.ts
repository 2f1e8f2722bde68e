import { picoFromDollars } from '../../../model/money.ts';
import type { TokenClass, UsageRecord } from '../../../model/usage.ts';
import { type Fields, inRange, isFields, keyOf, Malformed } from '../fields.ts';
import { noTokens, usageRecord } from '../record.ts';
import { type Attributes, attribute, attributesOf, nanosToMs } from './attributes.ts';
import { ownerOf } from './spans.ts';

/** Last point of a cumulative series: start, time (ns as text), value, count. */
export type SeriesState = readonly [start: string, time: string, value: number, count: number];

/** Metrics that carry usage, and the class of tokens that a point's type names. */
const types: Readonly<Record<string, Readonly<Record<string, TokenClass>>>> = {
  'gen_ai.client.token.usage': { input: 'input', output: 'output', completion: 'output', prompt: 'input' },
  // Claude Code does not say for how long it writes to the cache: the default is five minutes.
  'claude_code.token.usage': { input: 'input', output: 'output', cacheRead: 'cacheRead', cacheCreation: 'cacheWrite5m' },
  'claude_code.cost.usage': {},
};

export function isUsageMetric(metric: Fields): boolean {
  return typeof metric.name === 'string' && Object.hasOwn(types, metric.name);
}

export interface Point {
  readonly metric: string;
  readonly point: Fields;
  readonly cumulative: boolean;
  readonly resource: Attributes;
}

/** The data points of a metric with how they are to be read. */
export function pointsOf(metric: Fields, resource: Attributes): Point[] {
  const data = [metric.sum, metric.histogram, metric.exponentialHistogram].find(isFields);
  const points = data && Array.isArray(data.dataPoints) ? data.dataPoints : [];
  // 2 and its name are CUMULATIVE, 1 is DELTA.
  const temporality = data?.aggregationTemporality;
  const cumulative = temporality === 2 || temporality === 'AGGREGATION_TEMPORALITY_CUMULATIVE';
  return points.filter(isFields).map((point) => ({ metric: String(metric.name), point, cumulative, resource }));
}

/** What tells a series from all others: its metric and its attributes. */
export function seriesOf({ metric, point, resource }: Point): string {
  const attributes = attributesOf(point.attributes, resource);
  return keyOf([metric, ...[...attributes].sort(([a], [b]) => (a < b ? -1 : 1)).flat()]);
}

/**
 * What one data point adds. A delta is usage as it is; of a cumulative series
 * it is the difference to the last point, or the whole after a new start. A
 * point that was seen before adds nothing.
 */
export function fromPoint(
  { metric, point, cumulative, resource }: Point,
  series: string,
  before: SeriesState | undefined,
): { readonly state: SeriesState | undefined; readonly record: UsageRecord | undefined } {
  const attributes = attributesOf(point.attributes, resource);
  const time = String(point.timeUnixNano ?? '');
  const start = String(point.startTimeUnixNano ?? '');
  const at = nanosToMs(point.timeUnixNano, 'timeUnixNano');
  if (at === undefined) throw new Malformed('missing-field', 'timeUnixNano is missing');
  inRange(at, 'timeUnixNano');
  const value = numberOf(point, ['asInt', 'asDouble', 'sum']);
  const requests = numberOf({ count: point.count ?? 0 }, ['count']);
  const state: SeriesState = [start, time, value, requests];
  if (!cumulative)
    return { state: undefined, record: recordOf({ metric, attributes, at, key: keyOf([series, start, time]), value, requests }) };

  if (before && before[0] === start && BigInt(time) <= BigInt(before[1])) return { state: before, record: undefined };
  const goesOn = before !== undefined && before[0] === start && value >= before[2];
  const added = {
    value: goesOn ? exactDifference(value, before[2]) : value,
    requests: goesOn ? Math.max(0, requests - before[3]) : requests,
  };
  const record = added.value === 0 ? undefined : recordOf({ metric, attributes, at, key: keyOf([series, start, time]), ...added });
  return { state, record };
}

/** Differences of dollars, to the pico-dollar instead of to the last bit. */
function exactDifference(value: number, before: number): number {
  return Number.isInteger(value) && Number.isInteger(before) ? value - before : Number((value - before).toFixed(12));
}

interface Addition {
  readonly metric: string;
  readonly attributes: Attributes;
  readonly at: number;
  readonly key: string;
  readonly value: number;
  readonly requests: number;
}

function recordOf({ metric, attributes, at, key, value, requests }: Addition): UsageRecord | undefined {
  const common = { key, source: 'otlp', at, ...ownerOf(attributes), requests: 0 } as const;
  if (metric === 'claude_code.cost.usage') return usageRecord({ ...common, claimedPico: picoFromDollars(value) });
  const type = attribute(attributes, 'gen_ai.token.type', 'type');
  const tokenClass = types[metric]?.[type];
  if (tokenClass === undefined) throw new Malformed('unknown-shape', 'a point of an unknown type of tokens');
  if (!Number.isSafeInteger(value)) throw new Malformed('bad-number', 'a point is not a whole count');
  if (value === 0 && requests === 0) return undefined;
  // Each request is in the histogram of its input and in that of its output: count it once.
  return usageRecord({ ...common, tokens: { ...noTokens, [tokenClass]: value }, requests: tokenClass === 'input' ? requests : 0 });
}

function numberOf(point: Fields, fields: readonly string[]): number {
  for (const field of fields) {
    const value = point[field];
    if (value === undefined || value === null) continue;
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isFinite(number) || number < 0)
      throw new Malformed('bad-number', `${field} of a point is not a count`);
    return number;
  }
  throw new Malformed('missing-field', 'a point without a value');
}
