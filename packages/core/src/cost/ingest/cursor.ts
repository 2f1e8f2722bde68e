import { createHash } from 'node:crypto';
import type { FormatId } from '../sources/formats.ts';
import { formats } from '../sources/formats.ts';
import type { FileCursor } from '../sources/source.ts';

/** Bytes at the begin of a file that tell it from another. */
export const headSampleBytes = 4096;

/** What a cursor keeps beside the format's own state. */
interface Kept {
  readonly format: FormatId;
  /** One JSON document: read as a whole or not at all. */
  readonly whole: boolean;
  /** The last line that was taken had no line feed yet. */
  readonly open: boolean;
  /** Fingerprint of the bytes before `offset`: a rewrite behind an unchanged head shows. */
  readonly tail: string;
  readonly tailBytes: number;
  readonly state: unknown;
}

/** How a file is to be read. */
export type Decision =
  /** From the start: it is new, or another file now (`restart`). */
  | { readonly kind: 'anew'; readonly restart: boolean }
  | { readonly kind: 'go on'; readonly from: number; readonly lines: number; readonly state: unknown; readonly open: boolean };

export function fingerprint(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** ms without fractions: ledgers keep integers. */
export function wholeMs(mtimeMs: number): number {
  return Math.floor(mtimeMs);
}

/** Whether a file that was read before needs no look inside. A last row without a line feed is read once the file has settled. */
export function isUnchanged(cursor: FileCursor, file: { readonly size: number; readonly mtimeMs: number }, settled: boolean): boolean {
  if (cursor.size !== file.size || cursor.mtimeMs !== wholeMs(file.mtimeMs)) return false;
  return cursor.offset === cursor.size || !settled || keptOf(cursor)?.format !== 'agentops-csv';
}

/**
 * Whether a file goes on where it was left. `sample` is its head, `bytesBefore`
 * reads the bytes that end at an offset.
 */
export function decide(
  cursor: FileCursor,
  file: { readonly size: number; readonly mtimeMs: number },
  format: FormatId | undefined,
  sample: Buffer,
  bytesBefore: (offset: number, length: number) => Buffer,
): Decision {
  const anew: Decision = { kind: 'anew', restart: true };
  const kept = keptOf(cursor);
  if (kept === undefined || kept.whole || (format !== undefined && kept.format !== format)) return anew;
  if (file.size < cursor.offset || cursor.headBytes > sample.length) return anew;
  // Grown files have another size; the same size at another time was rewritten, or merely touched.
  if (file.size === cursor.size && wholeMs(file.mtimeMs) !== cursor.mtimeMs) return anew;
  if (fingerprint(sample.subarray(0, cursor.headBytes)) !== cursor.head) return anew;
  if (fingerprint(bytesBefore(cursor.offset, kept.tailBytes)) !== kept.tail) return anew;
  return { kind: 'go on', from: cursor.offset, lines: cursor.lines, state: kept.state, open: kept.open };
}

/** The cursor of a file, of several that formats of different kinds left: the one that fits the format, the one that needs no reading. */
export function cursorFor(
  cursors: readonly FileCursor[],
  format: FormatId | undefined,
  isCurrent: (cursor: FileCursor) => boolean,
): FileCursor | undefined {
  const fitting = format === undefined ? cursors : cursors.filter((cursor) => cursor.kind === formats[format].format.kind);
  return fitting.find(isCurrent) ?? fitting.at(-1);
}

/** The format that a file was read in. */
export function formatOf(cursor: FileCursor | undefined): FormatId | undefined {
  return cursor && keptOf(cursor)?.format;
}

export function toCursor(at: {
  readonly path: string;
  readonly format: FormatId;
  readonly size: number;
  readonly mtimeMs: number;
  readonly offset: number;
  readonly lines: number;
  readonly sample: Buffer;
  readonly tail: Buffer;
  readonly state: unknown;
  readonly whole?: boolean;
  readonly open?: boolean;
}): FileCursor {
  const headBytes = Math.min(headSampleBytes, at.offset, at.sample.length);
  const kept: Kept = {
    format: at.format,
    whole: at.whole ?? false,
    open: at.open ?? false,
    tail: fingerprint(at.tail),
    tailBytes: at.tail.length,
    // `undefined` is the state of formats that have none.
    state: at.state ?? null,
  };
  return {
    path: at.path,
    kind: formats[at.format].format.kind,
    size: at.size,
    mtimeMs: wholeMs(at.mtimeMs),
    offset: at.offset,
    lines: at.lines,
    head: fingerprint(at.sample.subarray(0, headBytes)),
    headBytes,
    state: JSON.stringify(kept),
  };
}

function keptOf(cursor: FileCursor): Kept | undefined {
  try {
    const kept = JSON.parse(cursor.state) as Partial<Kept> | null;
    return kept && typeof kept === 'object' && typeof kept.format === 'string' && kept.format in formats && typeof kept.tail === 'string'
      ? ({ ...kept, state: kept.state ?? undefined } as Kept)
      : undefined;
  } catch {
    return undefined;
  }
}
