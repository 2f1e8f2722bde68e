/**
 * From bytes to lines: large reads, native searches for line ends, no decoding.
 * Bounded in memory by the longest line that is taken.
 */

/** Reads up to `length` bytes at `position` into a buffer; 0 at the end. */
export type ReadBytes = (into: Buffer, offset: number, length: number, position: number) => number;

export interface LineSink {
  /** A line without its line feed. The bytes are overwritten later: copy what is kept. */
  line(bytes: Buffer, number: number): void;
  tooLong(number: number): void;
}

export interface ScanOptions {
  /** First byte; a line that begins before it belongs to someone else when `partial`. */
  readonly from: number;
  /** Lines that begin at or after it belong to someone else. */
  readonly to: number;
  /** Bytes of the whole; none beyond is read. */
  readonly size: number;
  /** `from` may be inside a line: begin with the next one. */
  readonly partial: boolean;
  readonly quotedRows: boolean;
  readonly blockBytes: number;
  readonly maxLineBytes: number;
  /** The bytes before `from`, where they are known. */
  readonly tail?: Buffer;
}

const lineFeed = 0x0a;
const quoteMark = 0x22;
/** A quote that does not close within so many bytes is a mistake in its line, not the begin of a long cell. */
const longestCellBytes = 1 << 20;
/** Length of the fingerprint of what was consumed last. */
export const tailBytes = 256;

/** Run {@link blocks}, a block a step, then look at what is left. */
export class LineScanner {
  readonly #read: ReadBytes;
  readonly #sink: LineSink;
  readonly #options: ScanOptions;
  #buffer: Buffer;
  /** Bytes at the front of the buffer that are not consumed. */
  #held = 0;
  /** Position of the buffer's first byte. */
  #base: number;
  #discarding: 'too long' | 'partial' | undefined;
  #done = false;
  #tail: Buffer;

  /** Position after the last consumed line. */
  offset: number;
  /** Position where the first line began; undefined before one was found. */
  begin: number | undefined;
  lines = 0;
  /** All bytes were looked at: what is left has no line feed. */
  ended = false;
  /** The bytes ended before `size` did: the file was truncated meanwhile. */
  truncated = false;

  constructor(read: ReadBytes, sink: LineSink, options: ScanOptions, buffer?: Buffer) {
    this.#read = read;
    this.#sink = sink;
    this.#options = options;
    this.#buffer = buffer ?? Buffer.allocUnsafeSlow(options.blockBytes);
    this.#base = options.from;
    this.offset = options.from;
    this.#tail = options.tail ?? Buffer.alloc(0);
    this.#discarding = options.partial ? 'partial' : undefined;
    if (!options.partial) this.begin = options.from;
  }

  /** What begins after the last line feed. */
  get rest(): Buffer {
    return this.#discarding ? Buffer.alloc(0) : this.#buffer.subarray(0, this.#held);
  }

  /** The last bytes that were consumed, as a fingerprint of what came before `offset`. */
  get tail(): Buffer {
    return this.#tail;
  }

  /** Scans a block a step; after each, `offset`, `lines` and `tail` are those of the last whole line. */
  *blocks(): Generator<void> {
    while (!this.#done) {
      this.#step();
      yield;
    }
  }

  #step(): void {
    this.#makeRoom();
    const position = this.#base + this.#held;
    const wanted = Math.min(this.#buffer.length - this.#held, this.#options.size - position);
    const got = wanted > 0 ? this.#read(this.#buffer, this.#held, wanted, position) : 0;
    if (got === 0) {
      this.#done = true;
      this.ended = true;
      this.truncated = wanted > 0;
      return;
    }
    const block = this.#buffer.subarray(0, this.#held + got);
    const consumed = this.#lines(block, this.#held);
    if (consumed > 0) {
      this.#tail = Buffer.concat([this.#tail, block.subarray(Math.max(0, consumed - tailBytes), consumed)]).subarray(-tailBytes);
      this.#buffer.copyWithin(0, consumed, block.length);
    }
    this.#base += consumed;
    this.#held = block.length - consumed;
  }

  #makeRoom(): void {
    if (this.#held < this.#buffer.length) return;
    if (this.#buffer.length >= this.#options.maxLineBytes) {
      // Longer than any line may be: its rest is passed over. A part before the range is just passed over.
      this.#discarding ??= 'too long';
      this.#base += this.#held;
      this.#held = 0;
      return;
    }
    const larger = Buffer.allocUnsafeSlow(Math.min(this.#buffer.length * 2, this.#options.maxLineBytes));
    this.#buffer.copy(larger, 0, 0, this.#held);
    this.#buffer = larger;
  }

  /** Hands out the whole lines of a block; gives the bytes consumed. `searched` bytes hold no line feed (in plain lines). */
  #lines(block: Buffer, searched: number): number {
    const { to } = this.#options;
    let start = 0;
    if (this.#discarding) {
      const end = block.indexOf(lineFeed);
      if (end < 0) return block.length;
      start = end + 1;
      if (this.#discarding === 'too long') this.#sink.tooLong(++this.lines);
      else this.begin = this.#base + start;
      this.#discarding = undefined;
      this.offset = this.#base + start;
    }
    let from = Math.max(start, this.#options.quotedRows ? 0 : searched);
    const rows = this.#options.quotedRows ? new QuotedRows(block) : undefined;
    for (;;) {
      if (this.#base + start >= to) {
        this.#done = true;
        return start;
      }
      const end = rows ? rows.end(start) : block.indexOf(lineFeed, from);
      if (end < 0) return start;
      this.lines++;
      this.#sink.line(block.subarray(start, end), this.lines);
      start = end + 1;
      from = start;
      this.offset = this.#base + start;
    }
  }
}

/** The ends of CSV rows in a block: line feeds outside of quotes. */
class QuotedRows {
  readonly #block: Buffer;
  /** The first quote at or after the last place that was asked about. */
  #quote: number;

  constructor(block: Buffer) {
    this.#block = block;
    this.#quote = block.indexOf(quoteMark);
  }

  /** Where the row that begins at `start` ends; -1 where it goes on behind the block. */
  end(start: number): number {
    const block = this.#block;
    let at = start;
    for (;;) {
      const end = block.indexOf(lineFeed, at);
      const quote = this.#quoteFrom(at);
      if (quote < 0 || end < 0 || quote > end) return end;
      const closing = this.#quoteFrom(quote + 1);
      if (closing < 0 && block.length - start <= longestCellBytes) return -1;
      if (closing < 0 || closing - start > longestCellBytes) return end;
      at = closing + 1;
    }
  }

  #quoteFrom(at: number): number {
    if (this.#quote >= 0 && this.#quote < at) this.#quote = this.#block.indexOf(quoteMark, at);
    return this.#quote;
  }
}
