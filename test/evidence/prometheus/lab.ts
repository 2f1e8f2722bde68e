import { configSchema, type PrometheusConfig } from '../../../packages/core/src/config/schema.ts';
import { openPrometheus, type PrometheusClient } from '../../../packages/core/src/evidence/prometheus/client.ts';
import { startPrometheus } from '../../../packages/lab/src/prometheus/server.ts';
import type { Sample, Series } from '../../../packages/lab/src/prometheus/store.ts';
import { testGatherContext, testNow } from '../../support/host.ts';

/** The lab's clock: on a scrape, so that windows begin and end with a sample. */
export const labNow = Math.floor(testNow / 15_000) * 15_000;

export interface Span {
  /** Seconds before the lab's now. */
  readonly from?: number;
  readonly to?: number;
  readonly step?: number;
}

/** A series scraped every 15 s for the last two hours; `value` gets the seconds before now. */
export function series(name: string, labels: Record<string, string>, value: (ago: number) => number, span: Span = {}): Series {
  const { from = 7200, to = 0, step = 15 } = span;
  const samples: Sample[] = [];
  for (let ago = from; ago >= to; ago -= step) samples.push([labNow - ago * 1000, value(ago)]);
  return { labels: { __name__: name, job: 'agents', instance: 'a:1', ...labels }, samples };
}

/** A counter that grows by `rate` a second from 0 at the beginning of its span. */
export function counter(name: string, labels: Record<string, string>, rate: number, span: Span = {}): Series {
  const from = span.from ?? 7200;
  return series(name, labels, (ago) => (from - ago) * rate, span);
}

/** A histogram; `rates` are observations a second within each bucket, by upper bound. `mean` makes the sum. */
export function histogram(base: string, labels: Record<string, string>, rates: Record<string, number>, mean: number): Series[] {
  let sum = 0;
  const buckets = Object.entries(rates).map(([le, rate]) => {
    sum += rate;
    return counter(`${base}_bucket`, { ...labels, le }, sum);
  });
  return [...buckets, counter(`${base}_count`, labels, sum), counter(`${base}_sum`, labels, sum * mean)];
}

/** Runs `use` with a client of a lab server that holds these series. */
export async function withLab<T>(
  all: Iterable<Series>,
  use: (client: PrometheusClient, queries: () => string[]) => Promise<T>,
  more: Record<string, unknown> = {},
): Promise<T> {
  const lab = await startPrometheus({ series: all, now: labNow });
  const config = configSchema.parse({ prometheus: { url: lab.url, ...more } }).prometheus as PrometheusConfig;
  const client = await openPrometheus(config, testGatherContext(15_000));
  if ('ok' in client) throw new Error(client.detail);
  try {
    return await use(client, () => lab.requests.flatMap(({ params }) => [...(params.query ?? []), ...(params['match[]'] ?? [])]));
  } finally {
    client.close();
    await lab.close();
  }
}
