import type { AuditStore, Fingerprint, JournalStore, Lock, PendingStore } from '../ports.ts';
import { vaultAudit } from './audit.ts';
import type { RecordsAt } from './documents.ts';
import { vaultFingerprint } from './fingerprint.ts';
import { vaultJournal } from './journal.ts';
import type { VaultKv } from './kv.ts';
import { vaultLock } from './lock.ts';
import { vaultPending } from './pending.ts';

/** All that rotations keep beside the secrets, in one folder of one KV v2 mount. `lockForMs`: a lock not renewed for so long is free. */
export function recordsIn(
  kv: VaultKv,
  options: RecordsAt & { readonly lockForMs: number },
): {
  readonly lock: Lock;
  readonly journal: JournalStore;
  readonly audit: AuditStore;
  readonly pending: PendingStore;
  readonly fingerprint: Fingerprint;
} {
  return {
    lock: vaultLock(kv, options),
    journal: vaultJournal(kv, options),
    audit: vaultAudit(kv, options),
    pending: vaultPending(kv, options),
    fingerprint: vaultFingerprint(kv, options),
  };
}
