import { ApiError } from './errors.ts';
import { parseGoDuration, parseGoFloat, quote } from './text.ts';

function invalid(parameter: string, message: string): ApiError {
  return new ApiError('bad_data', `invalid parameter ${quote(parameter)}: ${message}`);
}

/** Puts Prometheus's "invalid parameter" before a bad_data error; other errors stay as they are. */
export function asParameterError<T>(parameter: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof ApiError && error.type === 'bad_data' ? invalid(parameter, error.message) : error;
  }
}

function parseTime(text: string): number | undefined {
  const seconds = parseGoFloat(text);
  if (seconds !== undefined && Number.isFinite(seconds)) {
    const whole = Math.trunc(seconds);
    return whole * 1000 + Math.round((seconds - whole) * 1000);
  }
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

/** A required time (seconds or RFC 3339) in ms, as query_range reads start and end. */
function requiredTime(params: URLSearchParams, name: string): number {
  const text = params.get(name) ?? '';
  const ms = parseTime(text);
  if (ms === undefined) throw invalid(name, `cannot parse ${quote(text)} to a valid timestamp`);
  return ms;
}

/** An optional time in ms. */
export function optionalTime(params: URLSearchParams, name: string, fallback: number): number {
  const text = params.get(name) ?? '';
  if (text === '') return fallback;
  const ms = parseTime(text);
  if (ms === undefined) throw invalid(name, `Invalid time value for '${name}': cannot parse ${quote(text)} to a valid timestamp`);
  return ms;
}

/** A duration (seconds or `5m`) in ms. */
export function durationParam(params: URLSearchParams, name: string): number {
  const text = params.get(name) ?? '';
  const seconds = parseGoFloat(text);
  const ms = seconds !== undefined && Number.isFinite(seconds) ? seconds * 1000 : parseGoDuration(text);
  if (ms === undefined) throw invalid(name, `cannot parse ${quote(text)} to a valid duration`);
  return ms;
}

/** The steps of a range query, with Prometheus's limits. */
export function frameParams(params: URLSearchParams): { start: number; end: number; interval: number } {
  const start = requiredTime(params, 'start');
  const end = requiredTime(params, 'end');
  if (end < start) throw invalid('end', 'end timestamp must not be before start time');
  const step = durationParam(params, 'step');
  if (step <= 0) throw invalid('step', 'zero or negative query resolution step widths are not accepted. Try a positive integer');
  if (Math.trunc((end - start) / step) > 11_000) {
    throw new ApiError(
      'bad_data',
      'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    );
  }
  const interval = Math.trunc(step);
  if (interval === 0) throw new ApiError('execution', 'the lab does not implement steps below a millisecond');
  return { start, end, interval };
}
