import type { PrometheusClient } from '../../evidence/prometheus/client.ts';
import { presentNames } from '../../evidence/prometheus/names.ts';
import type { Unavailable } from '../../model/evidence.ts';
import { presentCounters, usageFamilies, usageMetrics } from './counters.ts';
import { readCoverage } from './coverage.ts';
import { growthByQuarter, type LastSample, type Loss, lastSamples, type Span } from './growth.ts';
import { type BucketRecords, type GrownCounter, recordsOf } from './records.ts';
import type { CountingRule } from './rule.ts';

/** What is carried from one span to the next: the last samples of each counter. */
export type Carried = ReadonlyMap<string, ReadonlyMap<string, LastSample>>;

export interface SpanReading extends BucketRecords {
  readonly carried: Carried;
  readonly lost: readonly Loss[];
  /** Ends of the quarter hours with samples, ascending. */
  readonly seen: readonly number[];
  /** Whether anything is scraped at all: without it an idle hour cannot be told from a gap. */
  readonly scrapes: boolean;
  /** Families whose dollars are counted and whose tokens are not: nothing of theirs can be priced. */
  readonly dollarsOnly: readonly string[];
  /** LiteLLM's input without the counters of the provider's cache. */
  readonly cacheUnknown: boolean;
}

/** Reads a span of quarter hours, whole or not at all. `before`: the server had samples before it. */
export async function readSpan(
  client: PrometheusClient,
  span: Span,
  carried: Carried,
  rule: CountingRule,
  before: boolean,
): Promise<SpanReading | Unavailable> {
  const [coverage, names] = await Promise.all([readCoverage(client, span), presentNames(client, usageMetrics, span.from, span.to)]);
  if ('ok' in coverage) return coverage;
  if ('ok' in names) return names;
  const scraped = coverage.scraped.filter((end) => end > span.from);
  const present = usageFamilies.flatMap((family) => (presentCounters(family, names) ?? []).map((counter) => ({ family, counter })));
  const read = await Promise.all(
    present.map(async ({ family, counter }) => {
      const last = carried.get(counter.metric) ?? (await lastSamples(client, counter.metric, span.from));
      if ('ok' in last) return last;
      const growth = await growthByQuarter(client, counter.metric, span, last, (series) =>
        coverage.births(series, before || last.size > 0),
      );
      return 'ok' in growth ? growth : { family, counter, growth };
    }),
  );
  const counters: GrownCounter[] = [];
  const samples = new Map(carried);
  const lost: Loss[] = [];
  for (const one of read) {
    if ('ok' in one) return one;
    counters.push({ family: one.family, counter: one.counter, series: one.growth.series });
    samples.set(one.counter.metric, one.growth.last);
    lost.push(...one.growth.lost);
  }
  const seen = [...new Set([...scraped, ...counters.flatMap(({ series }) => series.flatMap(({ grown }) => [...grown.keys()]))])];
  return {
    ...recordsOf(counters, rule, client.selector === '' ? client.url : `${client.url} {${client.selector}}`),
    carried: samples,
    lost,
    seen: seen.sort((a, b) => a - b),
    scrapes: coverage.scraped.length > 0,
    dollarsOnly: usageFamilies
      .filter(({ spend }) => spend.dollars.some((name) => names.has(name)) && !counters.some(({ family }) => family.spend === spend))
      .map(({ spend }) => spend.name),
    cacheUnknown:
      counters.some(({ counter }) => counter.metric === 'litellm_input_tokens_metric_total') &&
      !names.has('litellm_provider_cache_read_input_tokens_metric_total'),
  };
}
