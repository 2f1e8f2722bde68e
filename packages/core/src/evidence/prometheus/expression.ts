/** How this package writes PromQL: every selector carries the configured matchers. */

/** A label value or a string as PromQL writes it. */
export function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

/** `metric{a="b",cluster="prod"}`; `selector` is the configuration's, already in PromQL. */
export function select(metric: string, selector: string, matchers: readonly string[] = []): string {
  const all = [...matchers, ...(selector === '' ? [] : [selector])];
  return all.length === 0 ? metric : `${metric}{${all.join(',')}}`;
}

/** A selector for any of some metric names. */
export function selectNames(pattern: string, selector: string): string {
  return select('', selector, [`__name__=~${quoted(pattern)}`]);
}

/** `5m` style durations as whole seconds, at least one: every back end reads `300s`. */
export function durationOf(seconds: number): string {
  return `${Math.max(1, Math.round(seconds))}s`;
}

/**
 * Growth of a counter over a window, by series. `increase()` misses what a
 * series counted before its first scrape: the first error ever appears as a
 * series whose value is already 1. So a series that has no sample in the hour
 * before the window counts in full (a counter starts at 0), the others by
 * `increase()`.
 */
export function growth(metric: string, selector: string, windowSeconds: number): string {
  const series = select(metric, selector);
  const window = durationOf(windowSeconds);
  return `((${series} unless last_over_time(${series}[1h] offset ${window})) or increase(${series}[${window}]))`;
}

/** `sum by (a, b) (…)`. */
export function sumBy(labels: readonly string[], expression: string): string {
  return `sum by (${labels.join(', ')}) (${expression})`;
}
