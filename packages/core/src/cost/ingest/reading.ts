import type { Reject, RejectReason, UsageRecord } from '../../model/usage.ts';
import { Malformed } from '../sources/fields.ts';
import { type Format, type FormatId, formats } from '../sources/formats.ts';
import { endsClosed, parseJson, trimmed } from '../sources/json-text.ts';
import type { FileFacts } from '../sources/source.ts';
import { BestRecords } from './best.ts';
import type { LineSink } from './scan.ts';

/** What was read since it was last taken. */
export interface Portion {
  readonly records: readonly UsageRecord[];
  readonly rejects: readonly Reject[];
  readonly lines: number;
  readonly empty: number;
}

/** The reading of one file or stream by its format: lines in, records, rejects and counts out. */
export class Reading implements LineSink {
  readonly #format: Format;
  readonly #file: FileFacts;
  readonly #source: string;
  readonly #best = new BestRecords();
  #rejects: Reject[] = [];
  #lines = 0;
  #empty = 0;
  /** Added to line numbers: lines of the file before the part that is read. */
  readonly #before: number;
  state: unknown;

  constructor(
    id: FormatId,
    file: FileFacts,
    options: { readonly source: string; readonly state?: unknown; readonly linesBefore?: number },
  ) {
    this.#format = formats[id];
    this.#file = file;
    this.#source = options.source;
    this.#before = options.linesBefore ?? 0;
    this.state = options.state === undefined ? this.#format.format.start(file) : options.state;
  }

  get size(): number {
    return this.#best.size + this.#rejects.length;
  }

  take(): Portion {
    const portion = { records: this.#best.take(), rejects: this.#rejects, lines: this.#lines, empty: this.#empty };
    this.#rejects = [];
    this.#lines = 0;
    this.#empty = 0;
    return portion;
  }

  line(bytes: Buffer, number: number): void {
    if (isBlank(bytes)) this.#none();
    else if (this.#format.rows === 'documents') this.#documentLine(bytes, number);
    else if (!this.#format.format.mayMatter(bytes)) this.#skipped(bytes, number);
    else {
      const result = this.#format.format.read(bytes, this.state, this.#file);
      this.state = result.state;
      if (result.kind === 'record') this.#record(result.record);
      else if (result.kind === 'reject') this.reject(number, result.reason, result.detail);
      else this.#none();
    }
  }

  tooLong(number: number): void {
    this.reject(number, 'too-long', 'longer than a line may be');
  }

  /** A parsed document, `number` its line or 0. */
  document(document: unknown, number: number): void {
    if (this.#format.rows !== 'documents') throw new TypeError('not a format of documents');
    const result = this.#format.format.read(document, this.state, this.#file);
    this.state = result.state;
    for (const record of result.records) this.#record(record);
    for (const { reason, detail } of result.rejects) this.reject(number, reason, detail);
    this.#lines += result.empty;
    this.#empty += result.empty;
  }

  reject(number: number, reason: RejectReason, detail: string): void {
    this.#lines++;
    this.#rejects.push({ source: this.#source, line: number === 0 ? 0 : this.#before + number, reason, detail });
  }

  /** It holds no usage; but a line that was cut short may have held some. */
  #skipped(bytes: Buffer, number: number): void {
    if (endsClosed(bytes)) this.#none();
    else this.reject(number, 'cut-short', 'the line ends early');
  }

  #documentLine(bytes: Buffer, number: number): void {
    try {
      this.document(parseJson(bytes), number);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.reject(number, error.reason, error.message);
    }
  }

  #record(record: UsageRecord): void {
    this.#lines++;
    this.#best.add(record);
  }

  #none(): void {
    this.#lines++;
    this.#empty++;
  }
}

export function isBlank(bytes: Buffer): boolean {
  return trimmed(bytes).length === 0;
}

/** Whether a text without a line feed at its end is a whole JSON object or array: nothing that is written later can be part of it. */
export function isWholeJson(bytes: Buffer): boolean {
  if (!endsClosed(bytes)) return false;
  try {
    const value = parseJson(bytes);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}
