import type { Unavailable } from '../../model/evidence.ts';
import type { PerformancePiece } from '../../model/prometheus.ts';
import type { PrometheusClient } from './client.ts';
import type { Sample } from './response.ts';

/** Where queries leave what went wrong and what was asked. */
export interface QueryLog {
  failed(piece: PerformancePiece, unavailable: Unavailable): void;
  asked(piece: PerformancePiece, expression: string): void;
}

/** An instant query for one piece; undefined after a failure, which the log has. */
export type PieceQuery = (
  piece: PerformancePiece,
  expression: string,
  use?: 'figure' | 'existence',
) => Promise<readonly Sample[] | undefined>;

/** Queries whose failures become gaps. An answer with warnings is used and leaves a gap besides: it may be incomplete. */
export function readSafely(client: PrometheusClient, log: QueryLog): PieceQuery {
  return async (piece, expression, use = 'figure') => {
    if (use === 'figure') log.asked(piece, expression);
    const answered = await client.vector(expression);
    if (!answered.ok) {
      log.failed(piece, answered);
      return undefined;
    }
    for (const warning of answered.warnings) {
      log.failed(piece, { ok: false, reason: 'invalid', source: client.source, detail: `the server warns: ${warning}` });
    }
    return answered.data;
  };
}
