import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Reject, UsageRecord } from '../../model/usage.ts';
import { detectFormat } from '../sources/detect.ts';
import { Malformed } from '../sources/fields.ts';
import { type FormatId, formats } from '../sources/formats.ts';
import { parseJson } from '../sources/json-text.ts';
import type { FileCursor } from '../sources/source.ts';
import { decide, formatOf, headSampleBytes, toCursor } from './cursor.ts';
import { factsOf } from './facts.ts';
import { isSystemError, reasonOf } from './failure.ts';
import { isBlank, isWholeJson, Reading } from './reading.ts';
import { LineScanner, type ReadBytes, tailBytes } from './scan.ts';

/** What is asked of a worker: one file, or a part of one. Plain data. */
export interface ReadJob {
  readonly path: string;
  /** undefined: told by the file's content. */
  readonly format: FormatId | undefined;
  readonly cursor: FileCursor | undefined;
  /** ms: a file that was not touched for a minute is not being written. */
  readonly now: number;
  readonly part?: Part;
}

/** A part of a large file whose lines do not depend on one another. */
export interface Part {
  /** Which file it is a part of, wherever its name points by now. */
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
  readonly from: number;
  readonly to: number;
  readonly first: boolean;
}

/** What was read of a file, with the cursor that says so: both go into the ledger at once. */
export interface ReadBatch {
  readonly format: FormatId | undefined;
  readonly records: readonly UsageRecord[];
  readonly rejects: readonly Reject[];
  readonly lines: number;
  readonly empty: number;
  readonly cursor?: FileCursor;
  readonly restart: boolean;
  /** Where the first line began and the last one ended; parts of a file must meet. */
  readonly begin: number;
  readonly end: number;
  /** Bytes of an unfinished last line, left for a later run. */
  readonly pending: number;
}

export interface Limits {
  readonly blockBytes: number;
  readonly maxLineBytes: number;
  /** A file that is one JSON document. */
  readonly maxDocumentBytes: number;
  readonly batchRecords: number;
}

export const defaultLimits: Limits = { blockBytes: 1 << 20, maxLineBytes: 64 << 20, maxDocumentBytes: 256 << 20, batchRecords: 4096 };

/** ms after which a file that does not change is taken as complete. */
export const settledAfterMs = 60_000;

/** Reads what is new in a file, in batches. Failures are rejects; nothing is thrown for a file that cannot be read. */
export function* readFile(job: ReadJob, limits: Limits = defaultLimits): Generator<ReadBatch> {
  let fd: number;
  try {
    fd = openSync(job.path, 'r');
  } catch (error) {
    yield unreadable(job, error);
    return;
  }
  const block = spare?.length === limits.blockBytes ? spare : Buffer.allocUnsafeSlow(limits.blockBytes);
  spare = undefined;
  try {
    yield* new OpenFile(fd, job, limits, block).batches();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    yield unreadable(job, error);
  } finally {
    closeSync(fd);
    spare = block;
  }
}

/** The block of the file that was read last: thousands of files need not get one each. */
let spare: Buffer | undefined;

/** A batch that says only that something could not be read. */
export function unreadable(job: Pick<ReadJob, 'path' | 'format'>, error: unknown): ReadBatch {
  return rejection(job, 'unreadable', reasonOf(error));
}

function rejection(job: Pick<ReadJob, 'path' | 'format'>, reason: Reject['reason'], detail: string): ReadBatch {
  const rejects = [{ source: job.path, line: 0, reason, detail }];
  return { format: job.format, records: [], rejects, lines: 1, empty: 0, restart: false, begin: 0, end: 0, pending: 0 };
}

class OpenFile {
  readonly #fd: number;
  readonly #job: ReadJob;
  readonly #limits: Limits;
  readonly #block: Buffer;

  constructor(fd: number, job: ReadJob, limits: Limits, block: Buffer) {
    this.#fd = fd;
    this.#job = job;
    this.#limits = limits;
    this.#block = block;
  }

  *batches(): Generator<ReadBatch> {
    const { path, cursor, part } = this.#job;
    const stat = fstatSync(this.#fd);
    if (!stat.isFile()) {
      yield rejection(this.#job, 'unreadable', stat.isDirectory() ? 'a folder, not a file' : 'not a regular file');
      return;
    }
    if (part) {
      // Another file has taken the name meanwhile: a later run reads it.
      if (stat.dev === part.dev && stat.ino === part.ino) yield* this.#part(part);
      return;
    }
    const sample = this.#bytes(0, Math.min(headSampleBytes, stat.size));
    const bytesBefore = (offset: number, length: number): Buffer => this.#bytes(Math.max(0, offset - length), Math.min(offset, length));
    const known = this.#job.format ?? formatOf(cursor);
    const decision = cursor ? decide(cursor, stat, known, sample, bytesBefore) : ({ kind: 'anew', restart: false } as const);
    // Another file of the same name may have another format.
    const format =
      decision.kind === 'go on' ? known : (this.#job.format ?? detectFormat(this.#bytes(0, Math.min(1 << 16, stat.size)), path));
    if (format === undefined) {
      if (stat.size > 0) yield rejection(this.#job, 'unknown-shape', 'none of the formats that are read');
      return;
    }
    const file: Facts = { format, size: stat.size, mtimeMs: stat.mtimeMs, sample };
    if (decision.kind === 'go on') {
      const from = decision.open ? this.#lineFeedAt(decision.from, stat.size) : decision.from;
      if (from === undefined) yield* this.#anew(file, true);
      else
        yield* this.#scan(file, {
          from,
          lines: decision.lines,
          state: decision.state,
          restart: false,
          tail: bytesBefore(from, tailBytes),
          open: decision.open && from === decision.from,
        });
    } else yield* this.#anew(file, decision.restart);
  }

  *#anew(file: Facts, restart: boolean): Generator<ReadBatch> {
    if (formats[file.format].rows === 'documents' && !this.#isJsonLines(file)) yield this.#whole(file, restart);
    else yield* this.#scan(file, { from: 0, lines: 0, state: undefined, restart });
  }

  /** Whether the first line is a document of its own with others after it. */
  #isJsonLines(file: Facts): boolean {
    for (let length = Math.min(1 << 16, file.size); ; length = Math.min(length * 4, file.size)) {
      const bytes = this.#bytes(0, length);
      const end = bytes.indexOf(0x0a);
      if (end >= 0) return isWholeJson(bytes.subarray(0, end)) && !isBlank(bytes.subarray(end));
      if (length >= file.size || length >= this.#limits.maxDocumentBytes) return false;
    }
  }

  #whole(file: Facts, restart: boolean): ReadBatch {
    const reading = this.#reading(file.format, undefined, 0);
    if (file.size > this.#limits.maxDocumentBytes) reading.reject(0, 'too-long', 'longer than a document may be');
    else {
      const bytes = this.#bytes(0, file.size);
      try {
        if (!isBlank(bytes)) reading.document(parseJson(bytes), 0);
      } catch (error) {
        if (!(error instanceof Malformed)) throw error;
        reading.reject(0, error.reason, error.message);
      }
    }
    const portion = reading.take();
    const cursor = this.#cursor(file, {
      offset: file.size,
      lines: portion.lines,
      tail: Buffer.alloc(0),
      state: reading.state,
      whole: true,
    });
    return { format: file.format, ...portion, cursor, restart, begin: 0, end: file.size, pending: 0 };
  }

  *#scan(
    file: Facts,
    start: {
      readonly from: number;
      readonly lines: number;
      readonly state: unknown;
      readonly restart: boolean;
      readonly tail?: Buffer;
      readonly open?: boolean;
    },
  ): Generator<ReadBatch> {
    const reading = this.#reading(file.format, start.state, start.lines);
    const scanner = this.#scanner(file, reading, {
      from: start.from,
      to: Number.POSITIVE_INFINITY,
      partial: false,
      ...(start.tail ? { tail: start.tail } : {}),
    });
    let { restart } = start;
    let begin = start.from;
    const batch = (over: {
      readonly offset: number;
      readonly lines: number;
      readonly tail: Buffer;
      readonly open: boolean;
      readonly pending: number;
      /** Until the end is reached, the file counts as no longer than what was read: a later run goes on if this one does not. */
      readonly size: number;
    }): ReadBatch => {
      const cursor = this.#cursor({ ...file, size: over.size }, { ...over, lines: start.lines + over.lines, state: reading.state });
      const made = { format: file.format, ...reading.take(), cursor, restart, begin, end: over.offset, pending: over.pending };
      restart = false;
      begin = over.offset;
      return made;
    };
    for (const _ of scanner.blocks()) {
      if (reading.size >= this.#limits.batchRecords) yield batch({ ...at(scanner), open: false, pending: 0, size: scanner.offset });
    }
    const open = !scanner.truncated && this.#takeLast(file, scanner, reading);
    if (open) {
      const tail = Buffer.concat([scanner.tail, scanner.rest]).subarray(-tailBytes);
      yield batch({ offset: file.size, lines: scanner.lines + 1, tail, open, pending: 0, size: file.size });
      return;
    }
    // Nothing was added to a last line without a line feed: it is still that.
    const stillOpen = start.open === true && scanner.offset === start.from && start.from === file.size;
    yield batch({ ...at(scanner), open: stillOpen, pending: isBlank(scanner.rest) ? 0 : file.size - scanner.offset, size: file.size });
  }

  *#part(part: Part): Generator<ReadBatch> {
    const { format } = this.#job;
    if (format === undefined) return;
    const file: Facts = { format, size: part.size, mtimeMs: part.mtimeMs, sample: this.#bytes(0, Math.min(headSampleBytes, part.size)) };
    const reading = this.#reading(format, undefined, 0);
    const partial = !part.first && this.#bytes(part.from - 1, 1)[0] !== 0x0a;
    const scanner = this.#scanner(file, reading, { from: part.from, to: part.to, partial });
    for (const _ of scanner.blocks());
    if (scanner.begin === undefined || (scanner.begin >= part.to && scanner.lines === 0)) return;
    const open = scanner.ended && !scanner.truncated && this.#takeLast(file, scanner, reading);
    const end = open ? file.size : scanner.offset;
    // Only the part that meets the end of the file may say that all of it was read.
    const size = scanner.ended ? file.size : end;
    const tail = open ? Buffer.concat([scanner.tail, scanner.rest]).subarray(-tailBytes) : scanner.tail;
    const cursor = this.#cursor(
      { ...file, size },
      { offset: end, lines: scanner.lines + (open ? 1 : 0), tail, state: reading.state, open },
    );
    const pending = scanner.ended && !isBlank(scanner.rest) ? file.size - end : 0;
    yield { format, ...reading.take(), cursor, restart: false, begin: scanner.begin, end, pending };
  }

  /** Takes a last line without a line feed, where nothing can follow that belongs to it. */
  #takeLast(file: Facts, scanner: LineScanner, reading: Reading): boolean {
    const { rest } = scanner;
    if (isBlank(rest)) return false;
    const { format } = formats[file.format];
    const quoted = 'quotedRows' in format && format.quotedRows === true;
    if (quoted ? this.#job.now - file.mtimeMs < settledAfterMs : !isWholeJson(rest)) return false;
    reading.line(rest, scanner.lines + 1);
    return true;
  }

  /** The position after the line feed that ends an already taken line; undefined where something else follows. */
  #lineFeedAt(offset: number, size: number): number | undefined {
    if (offset === size) return offset;
    const next = this.#bytes(offset, Math.min(2, size - offset));
    if (next[0] === 0x0a) return offset + 1;
    return next[0] === 0x0d && next[1] === 0x0a ? offset + 2 : undefined;
  }

  #reading(format: FormatId, state: unknown, linesBefore: number): Reading {
    return new Reading(format, factsOf(this.#job.path, format), { source: this.#job.path, state, linesBefore });
  }

  #scanner(
    file: Facts,
    reading: Reading,
    range: { readonly from: number; readonly to: number; readonly partial: boolean; readonly tail?: Buffer },
  ): LineScanner {
    const { format } = formats[file.format];
    const options = {
      ...range,
      size: file.size,
      quotedRows: 'quotedRows' in format && format.quotedRows === true,
      blockBytes: this.#limits.blockBytes,
      maxLineBytes: formats[file.format].rows === 'documents' ? this.#limits.maxDocumentBytes : this.#limits.maxLineBytes,
    };
    return new LineScanner(this.#read, reading, options, this.#block);
  }

  #cursor(file: Facts, at: Omit<Parameters<typeof toCursor>[0], 'path' | keyof Facts>): FileCursor {
    return toCursor({ path: this.#job.path, ...file, ...at });
  }

  readonly #read: ReadBytes = (into, offset, length, position) => readSync(this.#fd, into, offset, length, position);

  #bytes(from: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const got = this.#read(bytes, filled, length - filled, from + filled);
      if (got === 0) break;
      filled += got;
    }
    return bytes.subarray(0, filled);
  }
}

interface Facts {
  readonly format: FormatId;
  readonly size: number;
  readonly mtimeMs: number;
  readonly sample: Buffer;
}

function at(scanner: LineScanner): { readonly offset: number; readonly lines: number; readonly tail: Buffer } {
  return { offset: scanner.offset, lines: scanner.lines, tail: scanner.tail };
}
