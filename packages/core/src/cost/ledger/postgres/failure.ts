import { classifyError, type Failure } from '../../../evidence/failure.ts';

/** SQLSTATE class or code → what it means; the first that fits. PostgreSQL's appendix A. */
const states: readonly (readonly [prefix: string, reason: Failure['reason'], detail: string])[] = [
  ['28', 'unauthorized', 'authentication failed'],
  ['3D000', 'absent', 'no such database'],
  ['42501', 'forbidden', 'permission denied'],
  ['42P01', 'absent', 'a table is not there'],
  ['42703', 'invalid', 'a column is not there'],
  ['25006', 'forbidden', 'the server is read-only'],
  ['57014', 'timeout', 'the server gave up on the query'],
  ['53', 'server-error', 'the server is out of connections, memory or disk'],
  ['57', 'server-error', 'the server is shutting down'],
  ['08', 'unreachable', 'the connection broke'],
  ['40', 'server-error', 'too many transactions at once, even after retries'],
];

/** Why a query failed, in words of ours: the driver's own message may hold values. */
export function classifyPostgres(error: unknown): Pick<Failure, 'reason' | 'detail'> {
  const code = (error as { code?: unknown } | null)?.code;
  // System errors (EPIPE) have five letters too, but no severity.
  if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && (error as { severity?: unknown }).severity !== undefined) {
    const known = states.find(([prefix]) => code.startsWith(prefix));
    return known ? { reason: known[1], detail: known[2] } : { reason: 'server-error', detail: `SQL state ${code}` };
  }
  const message = error instanceof Error ? error.message : '';
  // The driver's own words for its own time limit; they hold nothing else.
  if (/^timeout exceeded when trying to connect$|^Connection terminated due to connection timeout$/.test(message)) {
    return { reason: 'timeout', detail: 'connection timed out' };
  }
  if (/^Connection terminated/.test(message)) return { reason: 'unreachable', detail: 'the connection broke' };
  if (/does not support SSL/.test(message)) return { reason: 'unreachable', detail: 'the server does not speak TLS' };
  return classifyError(error);
}
