import { detectFormat } from '../sources/detect.ts';
import { Malformed } from '../sources/fields.ts';
import { type FormatId, formats } from '../sources/formats.ts';
import { parseJson } from '../sources/json-text.ts';
import type { Limits, ReadBatch } from './read-file.ts';
import { isBlank, isWholeJson, Reading } from './reading.ts';
import { LineScanner } from './scan.ts';

const detectionBytes = 1 << 16;

/**
 * Reads a stream to its end (standard input). It cannot be read again, so there
 * is no cursor, and what its end leaves unfinished is rejected.
 */
export async function* readStream(
  name: string,
  stream: AsyncIterable<Uint8Array>,
  format: FormatId | undefined,
  limits: Limits,
): AsyncGenerator<ReadBatch> {
  let held: Buffer = Buffer.alloc(0);
  let reader: StreamReader | undefined;
  for await (const chunks of gathered(stream, limits.blockBytes)) {
    held = Buffer.concat([held, ...chunks]);
    if (!reader && held.length >= detectionBytes) reader = startReader(name, held, format, limits);
    if (reader) {
      held = reader.feed(held);
      if (reader.reading.size >= limits.batchRecords) yield reader.batch();
    }
  }
  reader ??= startReader(name, held, format, limits);
  if (reader) {
    reader.end(reader.feed(held));
    yield reader.batch();
  } else if (!isBlank(held)) {
    const rejects = [{ source: name, line: 0, reason: 'unknown-shape', detail: 'none of the formats that are read' }] as const;
    yield { format: undefined, records: [], rejects, lines: 1, empty: 0, restart: false, begin: 0, end: 0, pending: 0 };
  }
}

/** Chunks of a pipe are small: as many at once as make a block. */
async function* gathered(stream: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Uint8Array[]> {
  let chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    size += chunk.length;
    if (size < bytes) continue;
    yield chunks;
    chunks = [];
    size = 0;
  }
  if (size > 0) yield chunks;
}

function startReader(name: string, first: Buffer, format: FormatId | undefined, limits: Limits): StreamReader | undefined {
  const id = format ?? detectFormat(first.subarray(0, detectionBytes), name);
  return id === undefined ? undefined : new StreamReader(name, id, first, limits);
}

class StreamReader {
  readonly reading: Reading;
  readonly #id: FormatId;
  readonly #limits: Limits;
  /** One JSON document: kept until its end. */
  readonly #whole: boolean;
  #lines = 0;
  #discarding = false;

  constructor(name: string, id: FormatId, first: Buffer, limits: Limits) {
    this.#id = id;
    this.#limits = limits;
    this.reading = new Reading(id, { path: name }, { source: name });
    const end = first.indexOf(0x0a);
    const jsonLines = end >= 0 && isWholeJson(first.subarray(0, end)) && !isBlank(first.subarray(end));
    this.#whole = formats[id].rows === 'documents' && !jsonLines;
  }

  batch(): ReadBatch {
    return { format: this.#id, ...this.reading.take(), restart: false, begin: 0, end: 0, pending: 0 };
  }

  /** Takes the whole lines; gives back what is left. */
  feed(bytes: Buffer): Buffer {
    if (this.#whole) return this.#bounded(bytes, this.#limits.maxDocumentBytes);
    const start = this.#discarding ? bytes.indexOf(0x0a) + 1 : 0;
    if (this.#discarding && start === 0) return Buffer.alloc(0);
    this.#discarding = false;
    const text = bytes.subarray(start);
    const before = this.#lines;
    const { format, rows } = formats[this.#id];
    const most = rows === 'documents' ? this.#limits.maxDocumentBytes : this.#limits.maxLineBytes;
    const sink = {
      line: (line: Buffer, number: number) =>
        line.length > most ? this.reading.tooLong(before + number) : this.reading.line(line, before + number),
      tooLong: (number: number) => this.reading.tooLong(before + number),
    };
    const scanner = new LineScanner((into, offset, length, position) => text.copy(into, offset, position, position + length), sink, {
      from: 0,
      to: Number.POSITIVE_INFINITY,
      size: text.length,
      partial: false,
      quotedRows: 'quotedRows' in format && format.quotedRows === true,
      blockBytes: Math.max(1, text.length),
      maxLineBytes: Math.max(1, text.length),
    });
    for (const _ of scanner.blocks());
    this.#lines += scanner.lines;
    return this.#bounded(text.subarray(scanner.offset), most);
  }

  end(rest: Buffer): void {
    if (this.#discarding || isBlank(rest)) return;
    if (!this.#whole) {
      this.reading.line(rest, this.#lines + 1);
      return;
    }
    try {
      this.reading.document(parseJson(rest), 0);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.reading.reject(0, error.reason, error.message);
    }
  }

  #bounded(bytes: Buffer, most: number): Buffer {
    if (bytes.length <= most) return bytes;
    this.reading.tooLong(++this.#lines);
    this.#discarding = true;
    return Buffer.alloc(0);
  }
}
