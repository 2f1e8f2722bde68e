import { performance } from 'node:perf_hooks';
import type { Matcher } from './ast.ts';
import { instantQuery, type QueryResult, rangeQuery } from './engine.ts';
import { ApiError, notImplemented } from './errors.ts';
import { isLabelName } from './labels.ts';
import { asParameterError, durationParam, frameParams, optionalTime } from './params.ts';
import { parseSelector } from './parse.ts';
import { labelNamesOf, labelValuesOf, type SeriesStore, type StoredSeries } from './store.ts';
import { type LabTarget, type MetricMetadata, targetsResponse } from './targets.ts';
import { formatPlain, formatValue, quote } from './text.ts';

/** Everything that the API answers from. */
export interface LabState {
  store: SeriesStore;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  targets: readonly LabTarget[];
  readonly metadata: Readonly<Record<string, readonly MetricMetadata[]>>;
  /** As /api/v1/rules and /api/v1/alerts show them. */
  readonly ruleGroups: readonly unknown[];
  readonly alerts: readonly unknown[];
  readonly scenario: string | undefined;
}

const defaultTimeoutMs = 120_000;

function seconds(ms: number): number {
  return ms / 1000;
}

/** Prometheus stops a query at its timeout: 503, errorType "timeout". */
function guardOf(params: URLSearchParams): () => void {
  const timeoutMs = params.get('timeout') ? durationParam(params, 'timeout') : defaultTimeoutMs;
  const deadline = performance.now() + timeoutMs;
  return () => {
    if (performance.now() > deadline) throw new ApiError('timeout', 'query timed out in expression evaluation');
  };
}

function resultJson(result: QueryResult): unknown {
  const resultType = result.type;
  switch (result.type) {
    case 'scalar':
      return { resultType, result: [seconds(result.time), formatPlain(result.value)] };
    case 'string':
      return { resultType, result: [seconds(result.time), result.value] };
    case 'vector': {
      const { time, elements } = result;
      return {
        resultType,
        result: elements.map(({ labels, value }) => ({ metric: labels.toObject(), value: [seconds(time), formatValue(value)] })),
      };
    }
    case 'matrix':
      return {
        resultType,
        result: result.rows.map(({ labels, points }) => ({
          metric: labels.toObject(),
          values: points.map(([time, value]) => [seconds(time), formatValue(value)]),
        })),
      };
  }
}

/** /api/v1/query. `limit` is accepted without effect, as in 2.42, which does not know it. */
function query(state: LabState, params: URLSearchParams): unknown {
  const time = optionalTime(params, 'time', state.now());
  const guard = guardOf(params);
  return resultJson(asParameterError('query', () => instantQuery(state.store, params.get('query') ?? '', time, guard)));
}

function queryRange(state: LabState, params: URLSearchParams): unknown {
  const frame = frameParams(params);
  const guard = guardOf(params);
  return resultJson(rangeQuery(state.store, params.get('query') ?? '', frame, guard));
}

/** The series that `match[]`, `start` and `end` select. */
function selected(state: LabState, params: URLSearchParams, parseErrorsNameParameter = false): StoredSeries[] {
  const start = optionalTime(params, 'start', -Infinity);
  const end = optionalTime(params, 'end', Infinity);
  const parse = (): (readonly Matcher[])[] => params.getAll('match[]').map(parseSelector);
  const selectors = parseErrorsNameParameter ? asParameterError('match[]', parse) : parse();
  return state.store.find(selectors, start, end);
}

function series(state: LabState, params: URLSearchParams): unknown {
  if (params.getAll('match[]').length === 0) throw new ApiError('bad_data', 'no match[] parameter provided');
  return selected(state, params, true).map(({ labels }) => labels.toObject());
}

function labelValues(state: LabState, name: string, params: URLSearchParams): unknown {
  if (!isLabelName(name)) throw new ApiError('bad_data', `invalid label name: ${quote(name)}`);
  return labelValuesOf(selected(state, params), name);
}

function metadata(state: LabState, params: URLSearchParams): unknown {
  const limit = params.get('limit') ?? '';
  if (limit !== '' && !/^[+-]?\d+$/.test(limit)) throw new ApiError('bad_data', 'limit must be a number');
  const metric = params.get('metric') ?? '';
  const found = Object.entries(state.metadata).filter(([name]) => metric === '' || name === metric);
  const most = limit === '' || Number(limit) < 0 ? found.length : Number(limit);
  return Object.fromEntries(
    found.slice(0, most).map(([name, entries]) => [name, entries.map(({ type, help, unit = '' }) => ({ type, help, unit }))]),
  );
}

function rules(state: LabState, params: URLSearchParams): unknown {
  const type = (params.get('type') ?? '').toLowerCase();
  if (type === '') return { groups: state.ruleGroups };
  if (type !== 'alert' && type !== 'record') throw new ApiError('bad_data', `invalid parameter "type": not supported value ${quote(type)}`);
  throw notImplemented('the parameter type of /api/v1/rules');
}

/** The version that the lab claims: that of the Prometheus whose semantics it has, marked as the lab. */
export const labVersion = '2.42.0+agentops-lab';

function buildInfo(): unknown {
  return { version: labVersion, revision: '', branch: 'agentops-lab', buildUser: '', buildDate: '', goVersion: `node ${process.version}` };
}

/** The `data` of an API path below /api/v1; undefined when there is no such path. Throws an ApiError. */
export function answer(state: LabState, path: string, params: URLSearchParams): { data: unknown } | undefined {
  const values = /^label\/([^/]+)\/values$/.exec(path);
  if (values) return { data: labelValues(state, decodeURIComponent(values[1] ?? ''), params) };
  switch (path) {
    case 'query':
      return { data: query(state, params) };
    case 'query_range':
      return { data: queryRange(state, params) };
    case 'series':
      return { data: series(state, params) };
    case 'labels':
      return { data: labelNamesOf(selected(state, params)) };
    case 'targets':
      return { data: targetsResponse(state.targets, params, state.now()) };
    case 'metadata':
      return { data: metadata(state, params) };
    case 'status/buildinfo':
      return { data: buildInfo() };
    case 'alerts':
      return { data: { alerts: state.alerts } };
    case 'rules':
      return { data: rules(state, params) };
    default:
      return undefined;
  }
}
