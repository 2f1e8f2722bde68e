import type { MetricGroup, RowKey } from './profiles/profile.ts';
import type { Sample } from './response.ts';

/** What discovery found, and how long a window to read. */
export interface Found {
  readonly names: ReadonlySet<string>;
  readonly windowSeconds: number;
}

export function keyOf({ kind, per, name }: RowKey): string {
  return `${kind}/${per}/${name}`;
}

/** Sums samples by row; a row without a sample has no entry. */
export function byRow(samples: readonly Sample[] | undefined, group: MetricGroup): Map<string, number> | undefined {
  if (!samples) return undefined;
  const sums = new Map<string, number>();
  for (const { labels, value } of samples) {
    for (const key of group.rows(labels)) sums.set(keyOf(key), (sums.get(keyOf(key)) ?? 0) + Number(value));
  }
  return sums;
}
