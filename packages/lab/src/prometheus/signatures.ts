import type { ValueType } from './ast.ts';

export interface Signature {
  readonly args: readonly ValueType[];
  /** How many more (or how many of the last) arguments may be left out or added; -1: any number. */
  readonly variadic: number;
  readonly returns: ValueType;
}

function signatures(names: string, args: readonly ValueType[], variadic = 0, returns: ValueType = 'vector'): [string, Signature][] {
  return names.split(' ').map((name) => [name, { args, variadic, returns }]);
}

/** The functions of Prometheus 2.42 (promql/parser/functions.go), those that the lab does not implement included. */
export const functionSignatures: ReadonlyMap<string, Signature> = new Map([
  ...signatures('abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor ln log10 log2 rad sgn sin sinh', ['vector']),
  ...signatures('sort sort_desc sqrt tan tanh timestamp histogram_count histogram_sum', ['vector']),
  ...signatures('absent_over_time avg_over_time changes count_over_time delta deriv idelta increase irate last_over_time', ['matrix']),
  ...signatures('max_over_time min_over_time present_over_time rate resets stddev_over_time stdvar_over_time sum_over_time', ['matrix']),
  ...signatures('clamp', ['vector', 'scalar', 'scalar']),
  ...signatures('clamp_max clamp_min', ['vector', 'scalar']),
  ...signatures('round', ['vector', 'scalar'], 1),
  ...signatures('day_of_month day_of_week day_of_year days_in_month hour minute month year', ['vector'], 1),
  ...signatures('histogram_quantile', ['scalar', 'vector']),
  ...signatures('histogram_fraction', ['scalar', 'scalar', 'vector']),
  ...signatures('holt_winters', ['matrix', 'scalar', 'scalar']),
  ...signatures('label_replace', ['vector', 'string', 'string', 'string', 'string']),
  ...signatures('label_join', ['vector', 'string', 'string', 'string'], -1),
  ...signatures('predict_linear', ['matrix', 'scalar']),
  ...signatures('quantile_over_time', ['scalar', 'matrix']),
  ...signatures('scalar', ['vector'], 0, 'scalar'),
  ...signatures('pi time', [], 0, 'scalar'),
  ...signatures('vector', ['scalar']),
]);
