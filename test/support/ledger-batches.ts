import type { LedgerBatch } from '../../packages/core/src/cost/ledger/ledger.ts';

/** JSON with BigInts as `{"pico":"…"}`. */
export function batchesJson(batches: readonly LedgerBatch[]): string {
  return JSON.stringify(batches, (_key, value: unknown) => (typeof value === 'bigint' ? { pico: String(value) } : value));
}

export function parseBatches(text: string): LedgerBatch[] {
  return JSON.parse(text, (_key, value: unknown) => {
    const pico = (value as { pico?: unknown } | null)?.pico;
    return typeof pico === 'string' ? BigInt(pico) : value;
  }) as LedgerBatch[];
}
