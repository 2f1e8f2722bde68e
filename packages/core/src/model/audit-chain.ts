import { createHash } from 'node:crypto';
import type { AuditRecord } from './rotation.ts';

/** What the first record of a chain names as its predecessor. */
export const noPrevious = '0'.repeat(64);

/** JSON with sorted keys and without spaces; what is undefined is left out. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** SHA-256, hex, of a record as canonical JSON without its hash. */
export function auditHash(record: Omit<AuditRecord, 'hash'> & { readonly hash?: string }): string {
  const { hash: _own, ...rest } = record;
  return createHash('sha256').update(canonicalJson(rest)).digest('hex');
}

export type ChainVerdict = { readonly ok: true } | { readonly ok: false; readonly seq: number; readonly problem: string };

/**
 * Whether records (oldest first) are a whole chain: numbered from 1 without a
 * gap, none changed, none moved. `seq` is the place where it breaks. Records
 * missing at the end leave no mark in a chain: compare its head with one that
 * was kept elsewhere.
 */
export function verifyChain(records: readonly AuditRecord[]): ChainVerdict {
  let previous = noPrevious;
  for (const [index, record] of records.entries()) {
    const seq = index + 1;
    if (record.seq > seq) return { ok: false, seq, problem: `record ${seq} is missing (${record.seq} follows ${seq - 1})` };
    if (record.seq < seq) return { ok: false, seq, problem: `record ${record.seq} is out of order` };
    if (record.hash !== auditHash(record)) return { ok: false, seq, problem: `record ${seq} was changed` };
    if (record.previous !== previous) return { ok: false, seq, problem: `record ${seq} does not follow the one before it` };
    previous = record.hash;
  }
  return { ok: true };
}
