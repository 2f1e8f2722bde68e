import { parsePico } from '../../model/money.ts';
import type { PrometheusClient } from './client.ts';
import { durationOf } from './expression.ts';
import type { Series } from './response.ts';

/** Chunks of a long period: small enough that the raw samples of one are a small answer. */
const chunkSeconds = 6 * 3600;

/** How many raw reads a whole counter may still cost; shared by its series. */
export interface ReadAllowance {
  left: number;
}

export interface RestartedGrowth {
  readonly grown: bigint;
  /** Why `grown` may be less than the truth. */
  readonly short?: string;
}

/**
 * Exact growth of one series with resets over a period too long to read sample
 * by sample. A chunk without a reset inside grows by its last sample less the
 * last one before it (or by all of its last sample, where its least one is below
 * that: the reset lies between the chunks). Only chunks with a reset inside, and
 * the first, which is shorter, are read raw.
 * `selector` must match that series alone; `base` is the sample before `start`.
 */
export async function restartedGrowth(
  client: PrometheusClient,
  selector: string,
  start: number,
  end: number,
  base: bigint | undefined,
  allowance: ReadAllowance,
): Promise<RestartedGrowth> {
  const chunks = Math.max(1, Math.ceil((end - start) / 1000 / chunkSeconds));
  const firstEnd = end - (chunks - 1) * chunkSeconds * 1000;
  const width = durationOf(chunkSeconds);
  const over = async (fn: string): Promise<ReadonlyMap<number, string> | string> => {
    if (chunks === 1) return new Map();
    const answered = await client.range(`${fn}(${selector}[${width}])`, firstEnd + chunkSeconds * 1000, end, chunkSeconds);
    return answered.ok ? byTime(answered.data[0]) : answered.detail;
  };
  const raw = async (at: number, seconds: number): Promise<Series['values'] | string> => {
    if (allowance.left-- <= 0) return 'too many restarts to read';
    const answered = await client.matrix(`${selector}[${durationOf(seconds)}]`, at);
    return answered.ok ? (answered.data[0]?.values ?? []) : answered.detail;
  };
  const [last, least, resets, first] = await Promise.all([
    over('last_over_time'),
    over('min_over_time'),
    over('resets'),
    raw(firstEnd, (firstEnd - start) / 1000),
  ]);
  for (const read of [last, least, resets, first]) if (typeof read === 'string') return { grown: 0n, short: read };
  if (typeof last === 'string' || typeof least === 'string' || typeof resets === 'string' || typeof first === 'string')
    return { grown: 0n };

  let { sum, previous } = addDifferences(first, base);
  const ends = Array.from({ length: chunks - 1 }, (_, position) => firstEnd + (position + 1) * chunkSeconds * 1000);
  const restarted = new Map(
    await Promise.all(ends.filter((at) => Number(resets.get(at) ?? 0) > 0).map(async (at) => [at, await raw(at, chunkSeconds)] as const)),
  );
  let short: string | undefined;
  for (const at of ends) {
    const now = parsePico(last.get(at) ?? '');
    if (now === undefined) continue;
    const values = restarted.get(at);
    if (values !== undefined && typeof values !== 'string') {
      const chunk = addDifferences(values, previous);
      sum += chunk.sum;
      previous = chunk.previous ?? previous;
      continue;
    }
    short ??= values;
    const lowest = parsePico(least.get(at) ?? '') ?? now;
    // After an unread reset, what the counter holds now is what is certain.
    if (values !== undefined || (previous !== undefined && lowest < previous)) sum += now;
    else sum += now - (previous ?? lowest);
    previous = now;
  }
  return short === undefined ? { grown: sum } : { grown: sum, short };
}

/** Growth over raw samples: differences, and the new value in full after each reset. `base` undefined: from the first sample on. */
export function addDifferences(
  values: readonly (readonly [number, string])[],
  base: bigint | undefined,
): { readonly sum: bigint; readonly previous: bigint | undefined } {
  let previous = base;
  let sum = 0n;
  for (const [, text] of values) {
    const value = parsePico(text);
    if (value === undefined) continue;
    if (previous !== undefined) sum += value < previous ? value : value - previous;
    previous = value;
  }
  return { sum, previous };
}

function byTime(series: Series | undefined): ReadonlyMap<number, string> {
  return new Map((series?.values ?? []).map(([at, value]) => [Math.round(at * 1000), value]));
}
