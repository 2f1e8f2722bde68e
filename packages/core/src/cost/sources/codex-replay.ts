import { type Fields, isoTime } from './fields.ts';

/**
 * Where the copied history of a forked Codex session ends. A fork's file
 * begins with its parent's lines (also the parent's `session_meta`), most with
 * new time stamps, written at once when the fork was made. What ends it, in
 * order of certainty: the fork's own `session_meta` again, a turn whose UUIDv7
 * id or start is not before the fork, or a pause in what was written at once.
 */
export interface Replay {
  /** ms: when the fork was made; null where its file does not say. */
  readonly forkedAt: number | null;
  /** ms: of the last line of the copy so far; null before the first. */
  readonly lastAt: number | null;
}

/** Lines of a copy follow one another within milliseconds; an answer of a model takes longer. */
const pauseMs = 1000;
const hourMs = 3_600_000;

/** The fork of a session, from its first `session_meta`; null where it is none. */
export function forkOf(meta: Fields, lineTime: unknown): Replay | null {
  if (typeof meta.forked_from_id !== 'string' || meta.forked_from_id === '') return null;
  const stamped = timeOf(meta.timestamp) ?? timeOf(lineTime) ?? null;
  const minted = uuidTime(meta.id);
  // The id is minted at the fork, to the millisecond; one that is far off was not made by a clock.
  const forkedAt = minted !== undefined && (stamped === null || Math.abs(minted - stamped) < hourMs) ? minted : stamped;
  const written = timeOf(lineTime);
  return { forkedAt, lastAt: forkedAt === null ? null : Math.max(forkedAt, written ?? forkedAt) };
}

/** Whether a turn began in the fork itself. */
export function beginsTurn(payload: Fields, replay: Replay): boolean {
  if (replay.forkedAt === null) return false;
  const minted = uuidTime(payload.turn_id);
  if (minted !== undefined) return minted >= replay.forkedAt;
  return typeof payload.started_at === 'number' && payload.started_at * 1000 >= replay.forkedAt;
}

/** The replay after a count of tokens at `at`; null where that count is the fork's own. */
export function afterCount(replay: Replay, at: number): Replay | null {
  if (replay.forkedAt !== null && at < replay.forkedAt) return replay;
  if (replay.lastAt === null) return { ...replay, lastAt: at };
  return at - replay.lastAt <= pauseMs ? { ...replay, lastAt: Math.max(at, replay.lastAt) } : null;
}

/** ms of a version 7 UUID (RFC 9562). */
function uuidTime(id: unknown): number | undefined {
  if (typeof id !== 'string' || !/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(id)) return undefined;
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

function timeOf(value: unknown): number | undefined {
  try {
    return isoTime(value, 'timestamp');
  } catch {
    return undefined;
  }
}
