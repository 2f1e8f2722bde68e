/** The error types of Prometheus's HTTP API that this server can answer with, and their status codes. */
const statusOf = { bad_data: 400, execution: 422, timeout: 503, internal: 500 } as const;

export type ApiErrorType = keyof typeof statusOf;

/** An error that the API answers with, in Prometheus's envelope. */
export class ApiError extends Error {
  readonly type: ApiErrorType;

  constructor(type: ApiErrorType, message: string) {
    super(message);
    this.name = 'ApiError';
    this.type = type;
  }

  get status(): number {
    return statusOf[this.type];
  }
}

/** A query is syntactically or by its types wrong. `position` is an offset in characters into the query. */
export class ParseError extends ApiError {
  readonly position: number;

  constructor(query: string, position: number, message: string) {
    const before = query.slice(0, position).split('\n');
    super('bad_data', `${before.length}:${(before.at(-1) ?? '').length + 1}: parse error: ${message}`);
    this.name = 'ParseError';
    this.position = position;
  }
}

/** An evaluation fails: 422, as in Prometheus. */
export function executionError(message: string): ApiError {
  return new ApiError('execution', message);
}

/** What real Prometheus can do and this server cannot: never an empty answer. */
export function notImplemented(what: string): ApiError {
  return executionError(`the lab does not implement ${what}`);
}
