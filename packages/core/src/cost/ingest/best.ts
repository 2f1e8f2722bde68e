import { recordRank, totalTokens, type UsageRecord } from '../../model/usage.ts';

/** Whether a record stays instead of another of its key, as {@link recordRank} says. */
export function beats(record: UsageRecord, other: UsageRecord): boolean {
  // The rank's first two parts, without building its text: most lines of a growing message differ in them.
  if (record.sidechain !== other.sidechain) return other.sidechain;
  const difference = totalTokens(record.tokens) - totalTokens(other.tokens);
  return difference === 0 ? recordRank(record) > recordRank(other) : difference > 0;
}

/** The best record of each key. */
export class BestRecords {
  #records = new Map<string, UsageRecord>();

  get size(): number {
    return this.#records.size;
  }

  add(record: UsageRecord): void {
    const other = this.#records.get(record.key);
    if (other === undefined || beats(record, other)) this.#records.set(record.key, record);
  }

  take(): UsageRecord[] {
    const records = [...this.#records.values()];
    this.#records = new Map();
    return records;
  }
}
