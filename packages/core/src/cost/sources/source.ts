import type { Reject, SourceKind, UsageRecord } from '../../model/usage.ts';

/**
 * A format that comes as lines. Pure: bytes of one line in, what it is worth
 * out. Lines that carry no usage (user messages, tool results) are `none`:
 * they are neither counted nor rejected.
 */
export interface LineFormat<State = undefined> {
  readonly kind: SourceKind;
  /** Cheap test on raw bytes: false means that the line cannot carry usage and need not be decoded. */
  mayMatter(line: Buffer): boolean;
  /** State of one file (Codex: last cumulative totals, model, fork prefix); JSON-serialisable, kept with the file's cursor. */
  start(file: FileFacts): State;
  read(line: Buffer, state: State, file: FileFacts): LineResult<State>;
}

export interface FileFacts {
  readonly path: string;
  /** From the sibling meta file (Claude Code's `agent-<hash>.meta.json`), where there is one. */
  readonly agentName?: string;
}

export type LineResult<State> =
  | { readonly kind: 'none'; readonly state: State }
  | { readonly kind: 'record'; readonly record: UsageRecord; readonly state: State }
  | { readonly kind: 'reject'; readonly reason: Reject['reason']; readonly detail: string; readonly state: State };

/** How far a file has been read, and how to notice that it is another one now. */
export interface FileCursor {
  readonly path: string;
  readonly kind: SourceKind;
  readonly size: number;
  readonly mtimeMs: number;
  /** Bytes consumed, up to the last complete line. */
  readonly offset: number;
  readonly lines: number;
  /** SHA-256 of the first bytes (at most 4 KiB and at most `offset`): a rewritten or rotated file differs. */
  readonly head: string;
  readonly headBytes: number;
  /** JSON of the format's state. */
  readonly state: string;
}

/** lines = counted + duplicate + rejected + empty (no usage in them). */
export interface SourceCounts {
  readonly source: string;
  readonly kind: SourceKind;
  readonly lines: number;
  readonly counted: number;
  readonly duplicate: number;
  readonly rejected: number;
  readonly empty: number;
}
