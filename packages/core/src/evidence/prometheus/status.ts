/**
 * What a `status` label says. `failed` and `succeeded` are clear; `refused` is a
 * request that was neither (a client's mistake, a cancellation): it counts in
 * the total only. `unfinished` is no outcome: it is left out of the total, for
 * such a counter counts the same request twice. `unknown` is a word we do not
 * know: the ratios become ranges, never a guess.
 */
export type Outcome = 'succeeded' | 'failed' | 'refused' | 'unfinished' | 'unknown';

const words: Readonly<Record<string, Outcome>> = {
  ...Object.fromEntries(
    ['success', 'successful', 'succeeded', 'ok', 'okay', 'complete', 'completed', 'done', 'finished', 'pass', 'passed', 'true'].map(
      (word) => [word, 'succeeded' as const],
    ),
  ),
  ...Object.fromEntries(
    [
      ...['error', 'errors', 'errored', 'err', 'fail', 'failed', 'failure', 'failures', 'false', 'fatal', 'crash', 'crashed', 'panic'],
      ...['exception', 'timeout', 'timed_out', 'timedout', 'deadline_exceeded', 'rate_limited', 'ratelimited', 'throttled'],
      ...['unavailable', 'internal_error', 'server_error', 'internal', 'aborted_error', 'max_steps', 'budget_exceeded'],
    ].map((word) => [word, 'failed' as const]),
  ),
  ...Object.fromEntries(
    [
      'cancelled',
      'canceled',
      'aborted',
      'rejected',
      'refused',
      'invalid',
      'client_error',
      'bad_request',
      'unauthorized',
      'forbidden',
      'not_found',
      'skipped',
    ].map((word) => [word, 'refused' as const]),
  ),
  ...Object.fromEntries(
    ['started', 'start', 'running', 'pending', 'in_progress', 'queued', 'submitted', 'accepted'].map((word) => [
      word,
      'unfinished' as const,
    ]),
  ),
};

/**
 * Classifies a status word or an HTTP status (`200`, `5xx`). 5xx, 408 and 429
 * failed (the agent got no answer); other 4xx are `refused`; 2xx and 3xx
 * succeeded.
 */
export function classifyOutcome(status: string): Outcome {
  const word = status
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_');
  const code = /^([1-5])(\d\d|xx)$/.exec(word);
  if (code) {
    const [, hundreds, rest] = code;
    if (hundreds === '5' || (hundreds === '4' && (rest === '08' || rest === '29'))) return 'failed';
    if (hundreds === '4') return 'refused';
    return hundreds === '1' ? 'unfinished' : 'succeeded';
  }
  return words[word] ?? 'unknown';
}
