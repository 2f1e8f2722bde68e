import type { Unavailable, UnavailableReason } from '../../model/evidence.ts';

/** One sample of an instant vector; the value as the server wrote it, so that money stays exact. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  /** Seconds since the epoch. */
  readonly at: number;
  readonly value: string;
}

/** One series of a matrix. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [at: number, value: string])[];
}

export type Answered<T> =
  | {
      readonly ok: true;
      readonly data: T;
      /** What the server warned of: the answer may be incomplete. */
      readonly warnings: readonly string[];
    }
  | Unavailable;

/** The envelope of every answer of the HTTP API: `{"status":"success","data":…,"warnings":[…]}`. */
export interface Envelope {
  readonly status: 'success' | 'error';
  readonly data: unknown;
  readonly errorType: string;
  readonly error: string;
  readonly warnings: readonly string[];
}

/** Reads the envelope; undefined where the body is something else. */
export function readEnvelope(body: unknown): Envelope | undefined {
  if (!isRecord(body) || (body.status !== 'success' && body.status !== 'error')) return undefined;
  return {
    status: body.status,
    data: body.data,
    errorType: typeof body.errorType === 'string' ? body.errorType : '',
    error: typeof body.error === 'string' ? body.error : '',
    warnings: Array.isArray(body.warnings) ? body.warnings.filter((warning) => typeof warning === 'string') : [],
  };
}

/** What the API's error types stand for (web/api/v1 of Prometheus; Mimir and Thanos use the same). */
const errorReasons: Readonly<Record<string, UnavailableReason>> = {
  timeout: 'timeout',
  canceled: 'timeout',
  execution: 'server-error',
  bad_data: 'invalid',
  internal: 'server-error',
  unavailable: 'server-error',
  not_found: 'absent',
  not_acceptable: 'invalid',
  too_many_requests: 'rate-limited',
};

/** The reason behind an API error; `status` decides where the type is unknown. */
export function reasonOf(errorType: string, fallback: UnavailableReason): UnavailableReason {
  return errorReasons[errorType] ?? fallback;
}

/** The samples of a `vector` result, or undefined where the data is no well-formed vector. */
export function readVector(data: unknown): Sample[] | undefined {
  if (!isRecord(data) || data.resultType !== 'vector' || !Array.isArray(data.result)) return undefined;
  const samples: Sample[] = [];
  for (const item of data.result) {
    if (!isRecord(item)) return undefined;
    const labels = readLabels(item.metric);
    const point = readPoint(item.value);
    // A native histogram has `histogram` instead of `value`; no expression of ours returns one.
    if (!labels || !point) return undefined;
    samples.push({ labels, at: point[0], value: point[1] });
  }
  return samples;
}

/** The series of a `matrix` result, or undefined where the data is no well-formed matrix. */
export function readMatrix(data: unknown): Series[] | undefined {
  if (!isRecord(data) || data.resultType !== 'matrix' || !Array.isArray(data.result)) return undefined;
  const all: Series[] = [];
  for (const item of data.result) {
    if (!isRecord(item) || !Array.isArray(item.values)) return undefined;
    const labels = readLabels(item.metric);
    const values: (readonly [number, string])[] = [];
    for (const raw of item.values) {
      const point = readPoint(raw);
      if (!point) return undefined;
      values.push(point);
    }
    if (!labels) return undefined;
    all.push({ labels, values });
  }
  return all;
}

function readPoint(raw: unknown): readonly [number, string] | undefined {
  if (!Array.isArray(raw) || raw.length !== 2) return undefined;
  const [at, value] = raw as unknown[];
  if (typeof at !== 'number' || typeof value !== 'string' || !/^([+-]?Inf|NaN|[+-]?[\d.]+(e[+-]?\d+)?)$/i.test(value)) return undefined;
  return [at, value];
}

function readLabels(raw: unknown): Record<string, string> | undefined {
  if (!isRecord(raw)) return undefined;
  const labels: Record<string, string> = {};
  for (const [name, value] of Object.entries(raw)) {
    if (typeof value !== 'string') return undefined;
    labels[name] = value;
  }
  return labels;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
