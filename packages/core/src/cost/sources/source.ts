import type { Reject, SourceKind, UsageRecord } from '../../model/usage.ts';

/**
 * A format that comes as lines. Pure: bytes of one line in, what it is worth
 * out. Lines that carry no usage (user messages, tool results) are `none`:
 * they are neither counted nor rejected.
 */
export interface LineFormat<State = undefined> {
  readonly kind: SourceKind;
  /** No line depends on an earlier one: parts of a large file may be read at once. */
  readonly stateless?: boolean;
  /** A row may span lines inside quotes (CSV). */
  readonly quotedRows?: boolean;
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

/**
 * A format that comes as JSON documents: a whole file is one (pages of an API,
 * arrays), or each line of a file is one (JSON Lines). Pure, and like lines
 * each part of a document is counted once: record, reject or empty.
 */
export interface DocumentFormat<State = undefined> {
  readonly kind: SourceKind;
  start(file: FileFacts): State;
  read(document: unknown, state: State, file: FileFacts): DocumentResult<State>;
}

export interface DocumentResult<State = undefined> {
  readonly records: readonly UsageRecord[];
  readonly rejects: readonly { readonly reason: Reject['reason']; readonly detail: string }[];
  /** Parts without usage in them. */
  readonly empty: number;
  readonly state: State;
}

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
  /** `rejected` by reason, where the ledger knows it. */
  readonly rejectedBy?: Readonly<Partial<Record<Reject['reason'], number>>>;
  readonly empty: number;
}
