import type { SecretEntry } from '../config/secrets.ts';
import type { AuditStore, Consumer, Fingerprint, Issuer, JournalStore, KvStore, Lock, Notifier, PendingStore, Verifier } from './ports.ts';

/** Everything that one secret's rotation works with. */
export interface RotationParts {
  /** A pattern's entry is one per secret by now: no `*` in its path, no placeholder left. */
  readonly entry: SecretEntry;
  readonly kv: KvStore;
  readonly lock: Lock;
  readonly journal: JournalStore;
  readonly audit: AuditStore;
  readonly pending: PendingStore;
  readonly fingerprint: Fingerprint;
  /** Undefined: its age is watched, and nothing is rotated. */
  readonly issuer: Issuer | undefined;
  readonly verifier: Verifier | undefined;
  readonly consumers: readonly Consumer[];
  readonly notifiers: readonly Notifier[];
}
