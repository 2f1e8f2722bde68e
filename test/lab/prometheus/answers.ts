import { type Instant, instants, range } from './queries.ts';

/** One answer of a Prometheus HTTP API, as far as it is compared. */
export type Answer =
  | { readonly status: number; readonly errorType: string; readonly error: string }
  | { readonly type: 'scalar' | 'string'; readonly value: readonly [number, string] }
  | { readonly type: 'vector' | 'matrix'; readonly rows: readonly Row[] };

export interface Row {
  readonly labels: string;
  readonly points: readonly (readonly [time: number, value: string])[];
}

interface RawRow {
  readonly metric: Record<string, string>;
  readonly value?: [number, string];
  readonly values?: [number, string][];
}

interface RawAnswer {
  readonly status: string;
  readonly errorType: string;
  readonly error: string;
  readonly data: { readonly resultType: 'scalar' | 'string' | 'vector' | 'matrix'; readonly result: unknown };
}

function canonical(labels: Record<string, string>): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Asks an API; rows come in the order of the answer. */
export async function ask(url: string, endpoint: 'query' | 'query_range', params: Record<string, string>): Promise<Answer> {
  const response = await fetch(`${url}/api/v1/${endpoint}`, { method: 'POST', body: new URLSearchParams(params) });
  const body = (await response.json()) as RawAnswer;
  if (body.status !== 'success') return { status: response.status, errorType: body.errorType, error: body.error };
  const { resultType: type, result } = body.data;
  if (type === 'scalar' || type === 'string') return { type, value: result as [number, string] };
  const rows = (result as RawRow[]).map(({ metric, value, values }) => ({
    labels: canonical(metric),
    points: values ?? (value ? [value] : []),
  }));
  return { type, rows };
}

export function askInstant(url: string, instant: Instant, query: string): Promise<Answer> {
  return ask(url, 'query', { query, time: String(instants[instant] / 1000) });
}

export function askRange(url: string, query: string): Promise<Answer> {
  return ask(url, 'query_range', { query, start: String(range.start / 1000), end: String(range.end / 1000), step: String(range.step) });
}

function sameValue(expected: string, actual: string): boolean {
  if (expected === actual) return true;
  const [a, b] = [Number(expected), Number(actual)];
  // Written differently, NaN and the infinities differ; numbers may differ by rounding.
  return Number.isFinite(a) && Number.isFinite(b) && Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
}

function samePoints(expected: Row['points'], actual: Row['points']): boolean {
  return (
    expected.length === actual.length &&
    expected.every(([time, value], index) => time === actual[index]?.[0] && sameValue(value, actual[index]?.[1] ?? ''))
  );
}

function byLabels(rows: readonly Row[]): Row[] {
  return rows.toSorted((a, b) => (a.labels < b.labels ? -1 : 1));
}

/** What is different between two answers, in words; undefined when they are the same. */
export function difference(expected: Answer, actual: Answer, how: { ordered: boolean; words: boolean }): string | undefined {
  const show = (): string => `expected ${JSON.stringify(expected).slice(0, 1500)}\n     got ${JSON.stringify(actual).slice(0, 1500)}`;
  if ('status' in expected || 'status' in actual) {
    if (!('status' in expected && 'status' in actual)) return show();
    const same =
      expected.status === actual.status && expected.errorType === actual.errorType && (!how.words || expected.error === actual.error);
    return same ? undefined : show();
  }
  if (expected.type !== actual.type) return show();
  if ('value' in expected || 'value' in actual) {
    const same = 'value' in expected && 'value' in actual && samePoints([expected.value], [actual.value]);
    return same ? undefined : show();
  }
  const [left, right] = how.ordered ? [expected.rows, actual.rows] : [byLabels(expected.rows), byLabels(actual.rows)];
  const same =
    left.length === right.length &&
    left.every((row, index) => row.labels === right[index]?.labels && samePoints(row.points, right[index].points));
  return same ? undefined : show();
}
