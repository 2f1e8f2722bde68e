import type { Reject, RejectReason } from '../../model/usage.ts';
import type { Ledger, LedgerBatch } from '../ledger/ledger.ts';
import { type FormatId, formats } from '../sources/formats.ts';
import type { SourceCounts } from '../sources/source.ts';
import type { ReadBatch } from './read-file.ts';

/** Records that are written at once, where the ledger can take several batches. */
const recordsAtOnce = 2048;
const batchesAtOnce = 256;
/** Rejects that a report shows one by one. */
const shownRejects = 1000;

/** What reading needs of a ledger. */
export type UsageStore = Pick<Ledger, 'write' | 'writeMany' | 'cursors'>;

interface Written {
  readonly sources: readonly SourceCounts[];
  readonly rejects: readonly Reject[];
  readonly rejectedBy: Readonly<Partial<Record<RejectReason, number>>>;
  readonly pending: readonly { readonly source: string; readonly bytes: number }[];
}

/** Writes batches in the order in which they come, and counts. */
export class LedgerWriter {
  readonly #ledger: UsageStore;
  readonly #counts = new Map<string, SourceCounts>();
  readonly #rejects: Reject[] = [];
  readonly #rejectedBy: Partial<Record<RejectReason, number>> = {};
  readonly #pending = new Map<string, number>();
  #waiting: LedgerBatch[] = [];
  #records = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(ledger: UsageStore) {
    this.#ledger = ledger;
  }

  /** `name` is the source's; `path` what the bytes came from. */
  async add(name: string, batch: ReadBatch, path = name): Promise<void> {
    if (batch.pending > 0) this.#pending.set(path, batch.pending);
    else this.#pending.delete(path);
    for (const reject of batch.rejects) {
      if (this.#rejects.length < shownRejects) this.#rejects.push(reject);
      this.#rejectedBy[reject.reason] = (this.#rejectedBy[reject.reason] ?? 0) + 1;
    }
    this.#waiting.push({
      source: name,
      kind: kindOf(batch.format),
      records: batch.records,
      rejects: batch.rejects,
      lines: batch.lines,
      empty: batch.empty,
      ...(batch.cursor ? { cursor: batch.cursor } : {}),
      ...(batch.restart ? { restart: true } : {}),
    });
    this.#records += batch.records.length;
    if (this.#records >= recordsAtOnce || this.#waiting.length >= batchesAtOnce) await this.flush();
  }

  /** Writes what waits; one write at a time, in order. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  report(): Written {
    const sources = [...this.#counts.values()].sort((a, b) => (a.source + a.kind < b.source + b.kind ? -1 : 1));
    const pending = [...this.#pending].map(([source, bytes]) => ({ source, bytes }));
    return { sources, rejects: this.#rejects, rejectedBy: this.#rejectedBy, pending };
  }

  async #write(): Promise<void> {
    const batches = this.#waiting;
    if (batches.length === 0) return;
    this.#waiting = [];
    this.#records = 0;
    if (this.#ledger.writeMany) {
      const results = await this.#ledger.writeMany(batches);
      for (const [index, batch] of batches.entries()) this.#count(batch, results[index] ?? { counted: 0, duplicate: 0 });
    } else for (const batch of batches) this.#count(batch, await this.#ledger.write(batch));
  }

  #count(batch: LedgerBatch, { counted, duplicate }: { readonly counted: number; readonly duplicate: number }): void {
    const key = JSON.stringify([batch.source, batch.kind]);
    const before = this.#counts.get(key) ?? {
      source: batch.source,
      kind: batch.kind,
      lines: 0,
      counted: 0,
      duplicate: 0,
      rejected: 0,
      empty: 0,
    };
    const rejected = batch.lines - batch.empty - counted - duplicate;
    // The ledger refuses amounts that no sum could hold.
    const refused = rejected - batch.rejects.length;
    if (refused > 0) this.#rejectedBy['bad-number'] = (this.#rejectedBy['bad-number'] ?? 0) + refused;
    this.#counts.set(key, {
      ...before,
      lines: before.lines + batch.lines,
      counted: before.counted + counted,
      duplicate: before.duplicate + duplicate,
      rejected: before.rejected + rejected,
      empty: before.empty + batch.empty,
    });
  }
}

/** The kind that something is counted under; what has no known format counts as our own. */
export function kindOf(format: FormatId | undefined): SourceCounts['kind'] {
  return format === undefined ? 'agentops' : formats[format].format.kind;
}
