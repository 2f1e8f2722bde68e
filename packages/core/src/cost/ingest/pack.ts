import type { UsageRecord } from '../../model/usage.ts';
import type { ReadBatch } from './read-file.ts';

/**
 * Batches as columns: cloning thousands of small objects from one thread to
 * another costs more than reading them.
 */
export interface PackedBatch {
  readonly batch: Omit<ReadBatch, 'records'>;
  readonly keys: readonly string[];
  /** Every text that occurs, once. */
  readonly texts: readonly string[];
  /** {@link textFields} of each record as indices into `texts`. */
  readonly names: Uint32Array;
  /** {@link numberFields} of each record; NaN is null. */
  readonly numbers: Float64Array;
  /** Bit 0: sidechain; bits 1 and 2: long context said, and its value. */
  readonly flags: Uint8Array;
  readonly claims: readonly (bigint | null)[] | undefined;
}

const textFields = ['source', 'model', 'provider', 'agent', 'session', 'task', 'project', 'serviceTier', 'geo', 'status'] as const;
const tokenFields = ['input', 'output', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h'] as const;
const numberFields = ['at', ...tokenFields, 'reasoning', 'requests', 'webSearches', 'latencyMs'] as const;

export function packBatch({ records, ...batch }: ReadBatch): PackedBatch {
  const texts = new Map<string, number>();
  const names = new Uint32Array(records.length * textFields.length);
  const numbers = new Float64Array(records.length * numberFields.length);
  const flags = new Uint8Array(records.length);
  let name = 0;
  let number = 0;
  for (const [row, record] of records.entries()) {
    for (const field of textFields) {
      const text = record[field];
      let index = texts.get(text);
      if (index === undefined) {
        index = texts.size;
        texts.set(text, index);
      }
      names[name++] = index;
    }
    numbers[number++] = record.at;
    for (const field of tokenFields) numbers[number++] = record.tokens[field];
    numbers[number++] = record.reasoning;
    numbers[number++] = record.requests;
    numbers[number++] = record.webSearches;
    numbers[number++] = record.latencyMs ?? Number.NaN;
    flags[row] = (record.sidechain ? 1 : 0) | (record.longContext === undefined ? 0 : record.longContext ? 6 : 2);
  }
  const claimed = records.some((record) => record.claimedPico !== null);
  return {
    batch,
    keys: records.map((record) => record.key),
    texts: [...texts.keys()],
    names,
    numbers,
    flags,
    claims: claimed ? records.map((record) => record.claimedPico) : undefined,
  };
}

export function unpackBatch({ batch, keys, texts, names, numbers, flags, claims }: PackedBatch): ReadBatch {
  const records = keys.map((key, row): UsageRecord => {
    const text = (field: number): string => texts[names[row * textFields.length + field] as number] as string;
    const number = (field: number): number => numbers[row * numberFields.length + field] as number;
    const flag = flags[row] as number;
    const latency = number(9);
    return {
      key,
      source: text(0) as UsageRecord['source'],
      at: number(0),
      model: text(1),
      provider: text(2),
      agent: text(3),
      session: text(4),
      task: text(5),
      project: text(6),
      tokens: { input: number(1), output: number(2), cacheRead: number(3), cacheWrite5m: number(4), cacheWrite1h: number(5) },
      reasoning: number(6),
      requests: number(7),
      webSearches: number(8),
      serviceTier: text(7),
      geo: text(8),
      ...((flag & 2) === 0 ? {} : { longContext: (flag & 4) !== 0 }),
      sidechain: (flag & 1) !== 0,
      status: text(9) as UsageRecord['status'],
      latencyMs: Number.isNaN(latency) ? null : latency,
      claimedPico: claims?.[row] ?? null,
    };
  });
  return { ...batch, records };
}

/** The buffers of a packed batch, to hand over instead of copying. */
export function buffersOf(packed: PackedBatch): ArrayBuffer[] {
  return [packed.names.buffer, packed.numbers.buffer, packed.flags.buffer] as ArrayBuffer[];
}

/** What a batch takes of the memory for those on their way, in records: an empty one takes some too. */
export function weightOf({ keys }: PackedBatch): number {
  return Math.max(128, keys.length);
}
