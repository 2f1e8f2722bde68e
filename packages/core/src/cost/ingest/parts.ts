import type { OnBatch } from './pool.ts';
import type { ReadBatch, ReadJob } from './read-file.ts';

/** What is known of a file whose parts come in any order. */
interface Progress {
  /** Where the next part must begin. */
  expected: number;
  lines: number;
  /** Parts do not meet: the file changed while it was read. What follows is left to a later run. */
  stopped: boolean;
  /** Where the part begins that is to be passed on next. */
  next: number;
  /** Finished parts by where they begin. */
  readonly waiting: Map<number, { readonly job: ReadJob; readonly to: number; readonly batches: readonly ReadBatch[] }>;
}

/**
 * Puts the parts of large files in order again, so that each cursor that is
 * written holds for all bytes before it. Other batches pass through.
 */
export class PartsInOrder {
  readonly #pass: OnBatch;
  readonly #files = new Map<string, Progress>();
  readonly #collected = new Map<ReadJob, ReadBatch[]>();

  constructor(pass: OnBatch) {
    this.#pass = pass;
  }

  async batch(job: ReadJob, batch: ReadBatch): Promise<void> {
    if (!job.part) return this.#pass(job, batch);
    const collected = this.#collected.get(job);
    if (collected) collected.push(batch);
    else this.#collected.set(job, [batch]);
  }

  async done(job: ReadJob): Promise<void> {
    if (!job.part) return;
    const file = this.#file(job.path);
    file.waiting.set(job.part.from, { job, to: job.part.to, batches: this.#collected.get(job) ?? [] });
    this.#collected.delete(job);
    for (let part = file.waiting.get(file.next); part; part = file.waiting.get(file.next)) {
      file.waiting.delete(file.next);
      file.next = part.to;
      for (const batch of part.batches) await this.#inOrder(part.job, batch, file);
    }
  }

  #file(path: string): Progress {
    const known = this.#files.get(path);
    if (known) return known;
    const file: Progress = { expected: 0, lines: 0, stopped: false, next: 0, waiting: new Map() };
    this.#files.set(path, file);
    return file;
  }

  async #inOrder(job: ReadJob, batch: ReadBatch, file: Progress): Promise<void> {
    if (file.stopped) return;
    if (batch.cursor === undefined || batch.begin !== file.expected) {
      file.stopped = true;
      if (batch.cursor === undefined) await this.#pass(job, batch);
      return;
    }
    const before = file.lines;
    file.expected = batch.end;
    file.lines += batch.cursor.lines;
    await this.#pass(job, {
      ...batch,
      cursor: { ...batch.cursor, lines: file.lines },
      rejects: batch.rejects.map((reject) => (reject.line === 0 ? reject : { ...reject, line: reject.line + before })),
    });
  }
}
