import type { PrometheusClient } from '../../evidence/prometheus/client.ts';
import { durationOf, select, sumBy } from '../../evidence/prometheus/expression.ts';
import type { Series } from '../../evidence/prometheus/response.ts';
import type { Unavailable } from '../../model/evidence.ts';
import { quarterMs } from '../ledger/fit.ts';
import type { Births, Span } from './growth.ts';

/** What the server scraped, by quarter hour. */
export interface Coverage {
  /** Ends of the quarter hours in which anything was scraped, ascending, from a day before the span on. */
  readonly scraped: readonly number[];
  /**
   * Whether the first sample of a series of this counter shows all that it has
   * counted: the server looked at the target before, or the process did not
   * exist; and where nothing is scraped (samples are pushed), the server had
   * samples before. A target that was added at noon brings the spend of all its life.
   */
  births(counter: readonly Series[], before: boolean): Births;
}

const dayMs = 86_400_000;
/** A process may run for so long before its first scrape. */
const discoveryMs = 3_600_000;

export async function readCoverage(client: PrometheusClient, { from, to }: Span): Promise<Coverage | Unavailable> {
  const step = quarterMs / 1000;
  const window = (metric: string): string => `${select(metric, client.selector)}[${durationOf(step)}]`;
  const target = ['job', 'instance'];
  const [up, started] = await Promise.all([
    client.range(sumBy(target, `count_over_time(${window('up')})`), from - dayMs + quarterMs, to, step),
    client.range(`min by (job, instance) (last_over_time(${window('process_start_time_seconds')}))`, from + quarterMs, to, step),
  ]);
  if (!up.ok) return up;
  if (!started.ok) return started;
  const scrapes = new Map(up.data.map(({ labels, values }) => [targetOf(labels), values.map(([at]) => Math.round(at * 1000))]));
  const starts = new Map(
    started.data.map(({ labels, values }) => [
      targetOf(labels),
      new Map(values.map(([at, value]) => [Math.round(at * 1000), Number(value) * 1000])),
    ]),
  );
  const scraped = [...new Set([...scrapes.values()].flat())].sort((a, b) => a - b);
  return {
    scraped,
    births: (counter, before) => {
      const first = Math.min(
        scraped[0] ?? Number.POSITIVE_INFINITY,
        ...counter.map(({ values }) => Math.round((values[0]?.[0] ?? 0) * 1000)),
      );
      return {
        seen(labels, start) {
          if (!before && first > start) return false;
          const name = targetOf(labels);
          if (scrapes.get(name)?.some((end) => end <= start && end > start - dayMs)) return true;
          const began = starts.get(name)?.get(start + quarterMs);
          return began === undefined || began >= start - discoveryMs;
        },
      };
    },
  };
}

function targetOf({ job = '', instance = '' }: Readonly<Record<string, string>>): string {
  return `${job}\n${instance}`;
}
