/**
 * What the rotation needs of the world. Each port is small, is implemented
 * beside the system it speaks to, and says in its errors ({@link RotationFailure})
 * only what may be shown.
 */
import type { Host } from '../host.ts';
import type { AuditRecord, ConsumerRecord, IssuerKey, RotationJournal } from '../model/rotation.ts';
import type { SecretFields, SecretValue } from './value.ts';

/** Deadline and host of a run; every call of a port ends by it. */
export interface RunContext {
  readonly host: Host;
  /** Aborts at the deadline, or when the person wants to stop and nothing may be left half-done any more. */
  readonly signal: AbortSignal;
  /** `host.clock.monotonic()` value, ms. */
  readonly deadline: number;
}

// ---- Vault KV v2

export interface KvPath {
  readonly mount: string;
  /** Below the mount, without data/ or metadata/. */
  readonly path: string;
}

export interface KvVersionInfo {
  readonly version: number;
  /** ms since the epoch */
  readonly createdAt: number;
  /** Soft-deleted or destroyed: it has no value. */
  readonly gone: boolean;
}

export interface KvMetadata {
  /** 0: no version was ever written. */
  readonly currentVersion: number;
  readonly versions: readonly KvVersionInfo[];
  readonly customMetadata: Readonly<Record<string, string>>;
  /** How many versions are kept, as configured for the key and the mount: max of both, 10 where neither says; undefined where the mount's setting was not seen. */
  readonly keptVersions: number | undefined;
  readonly maxVersions: number;
  readonly casRequired: boolean;
}

export interface KvRead {
  readonly version: number;
  readonly createdAt: number;
  readonly fields: SecretFields;
}

/**
 * KV v2 of Vault or OpenBao. Every call makes sure first (once a mount) that
 * the mount is KV v2 and that a configured namespace means something: on KV v1
 * a check-and-set is silently ignored.
 */
export interface KvStore {
  /** Undefined: the key does not exist. No value crosses the wire. */
  metadata(at: KvPath): Promise<KvMetadata | undefined>;
  /** Undefined: the version does not exist or is gone. Default the current version. The caller wipes the fields. */
  read(at: KvPath, version?: number): Promise<KvRead | undefined>;
  /**
   * Writes a new version with check-and-set; `cas` 0: only if no version was ever written. Throws `conflict` on a
   * mismatch. Never retried after a lost answer (the caller reads back); text fields are written as strings,
   * fields of other JSON types (`SecretValue.isJson`) as what they were.
   */
  write(at: KvPath, fields: SecretFields, cas: number): Promise<{ readonly version: number }>;
  /** Merges into the key's settings; creates the key where it has none. An entry of null is taken away. */
  configure(
    at: KvPath,
    settings: { readonly maxVersions?: number; readonly customMetadata?: Readonly<Record<string, string | null>> },
  ): Promise<void>;
  /** Names directly below a folder, folders with a slash at their end; empty where there is none. */
  list(at: KvPath): Promise<readonly string[]>;
  /** Removes the key with all its versions and metadata; fine where it is not there. */
  remove(at: KvPath): Promise<void>;
  /** A document of our own (journal, lock, audit): not secret. `version` 0 and no document: not there. */
  readDocument(at: KvPath): Promise<{ readonly version: number; readonly document: unknown }>;
  /** Throws `conflict` on a mismatch. Answers the new version. */
  writeDocument(at: KvPath, document: object, cas: number): Promise<number>;
  /** Undefined: the server did not say. */
  readonly address: string;
}

// ---- Lock

export interface LockHolder {
  readonly holder: string;
  /** ms since the epoch */
  readonly since: number;
  readonly expiresAt: number;
}

export interface HeldLock {
  readonly epoch: number;
  /** Aborts when the lock was lost (a renewal failed past its expiry, or somebody took it over). */
  readonly lost: AbortSignal;
  /** Stops renewing and gives it back. Never throws. */
  release(): Promise<void>;
}

/** Where the lock lives is shown in plans: `Lease agents/agentops-openai-key`. */
export interface Lock {
  readonly description: (secret: string) => string;
  /** Takes it, or says who has it. Within 2 s either way. An expired one is taken over with a higher epoch. */
  acquire(secret: string, holder: string, context: RunContext): Promise<HeldLock | { readonly held: LockHolder }>;
}

// ---- Journal, audit, pending values: beside the secret, in Vault

export interface JournalStore {
  /** Ids of this secret's rotations, oldest first. */
  list(secret: string): Promise<readonly string[]>;
  /** `version` is what the next write must check-and-set on. */
  read(id: string): Promise<{ readonly journal: RotationJournal; readonly version: number } | undefined>;
  /** Throws `conflict` where somebody wrote since `cas`. Answers the new version. */
  write(journal: RotationJournal, cas: number): Promise<number>;
  /** Drops all but the newest `keep` finished ones. */
  prune(secret: string, keep: number): Promise<void>;
}

export interface AuditStore {
  /** Appends; seq and hashes are filled in. Retries where another process appended first. */
  append(record: Omit<AuditRecord, 'seq' | 'previous' | 'hash'>): Promise<AuditRecord>;
  /** Oldest first. */
  read(secret: string): Promise<readonly AuditRecord[]>;
}

/** The new value before anybody uses it, where no reader of the secret's path sees it. */
export interface PendingStore {
  /** For plans: `kv/agentops/pending/openai-key`. */
  readonly description: (secret: string) => string;
  /** Undefined: nothing is pending. */
  read(id: string): Promise<{ readonly value: SecretValue; readonly key: IssuerKey; readonly version: number } | undefined>;
  write(id: string, value: SecretValue, key: IssuerKey, cas: number): Promise<number>;
  remove(id: string): Promise<void>;
}

/** HMAC-SHA256 under a key in Vault, hex; created at first use. */
export type Fingerprint = (value: SecretValue) => Promise<string>;

// ---- Issuers

/** A value with what it belongs to. */
export interface Credential {
  readonly value: SecretValue;
  readonly key: IssuerKey;
}

export interface IssueRequest {
  /** `agentops-<rotation>-<epoch>`, safe for names of most systems: [a-z0-9-], at most 63 characters. */
  readonly name: string;
  /** What names of all epochs of this rotation begin with. */
  readonly namePrefix: string;
  /** Of a value that we make: as it was staged. */
  readonly value?: SecretValue;
  /** What the account or key is that now serves; null: not known, or nothing does. */
  readonly current: IssuerKey | null;
  /** No value was ever stored, so nobody uses one: either of two accounts may be taken. */
  readonly first?: boolean;
}

/** The secret that an issuer's settings are weighed against. */
export interface InspectedSecret {
  readonly key: IssuerKey | null;
  /** When the value that serves was written, ms since the epoch; undefined: there is none. */
  readonly since: number | undefined;
  /** How long a value lives: until the next one is due, and beside it. */
  readonly maxAgeMs: number;
  readonly overlapMs: number;
}

/** What an issuer's own settings mean for a rotation; told in plans. */
export interface IssuerInspection {
  /** One sentence each. */
  readonly warnings: readonly string[];
  /** Why a rotation would break consumers, or could not be told to have worked: do not begin one. */
  readonly blocked?: string;
}

/** What an answer of the issuer about a credential means. */
export type Verdict =
  | { readonly accepted: true; readonly detail: string }
  /** It was refused as such (401, wrong password). */
  | { readonly accepted: false; readonly detail: string }
  /** Nothing can be said: unreachable, timed out, 5xx. */
  | { readonly accepted: 'unknown'; readonly detail: string };

export interface Issuer {
  readonly type: string;
  /**
   * `ours`: we make the value, `issue` sets it. `theirs`: the issuer makes it. `supplied`: a person brings it.
   * `inside`: the value never leaves Vault (root rotation).
   */
  readonly origin: 'ours' | 'theirs' | 'supplied' | 'inside';
  /** Whether old and new are accepted side by side. `one`: only with `--accept-downtime`. */
  readonly live: 'both' | 'one';
  /** For plans: what `issue` and `revoke` will do, without a value. */
  describe(current: IssuerKey | null): { readonly issue: string; readonly revoke: string; readonly objects: readonly string[] };
  /** For plans, without a value: what is odd about the issuer, or forbids it. Without `secret` less can be told. */
  inspect?(context: RunContext, secret?: InspectedSecret): Promise<IssuerInspection>;
  /** A new random value; only where `origin` is `ours`. */
  generate?(): SecretValue;
  /** What the configuration says of the value that serves before the first rotation. */
  readonly presentKey?: IssuerKey;
  /** What the new value will belong to (the other one of two accounts); only where it depends on the present one. */
  nextKey?(current: IssuerKey | null): IssuerKey;
  /**
   * Makes the issuer accept the new value. `ours`: sets `request.value`; may be called again with the same one.
   * `theirs`: makes a new credential under `request.name`. `inside`: rotates; the value is empty.
   */
  issue(request: IssueRequest, context: RunContext): Promise<Credential>;
  /** Credentials whose name begins so: what a crash may have left. Only where the issuer knows names. */
  find?(namePrefix: string, context: RunContext): Promise<readonly IssuerKey[]>;
  /** Takes a credential out of service where that can be undone. */
  disable?(credential: { readonly key: IssuerKey; readonly value: SecretValue | undefined }, context: RunContext): Promise<void>;
  /** Takes back what `disable` did; fine where it is in service. */
  enable?(credential: { readonly key: IssuerKey; readonly value: SecretValue | undefined }, context: RunContext): Promise<void>;
  /**
   * Ends a credential for good; `gone`: it was not there any more (which is as good). `manual`: only a person can,
   * and `detail` says how. May be called again.
   */
  revoke(
    credential: { readonly key: IssuerKey; readonly value: SecretValue | undefined },
    context: RunContext,
  ): Promise<{ readonly result: 'revoked' | 'gone' | 'manual' | 'nothing-to-do'; readonly detail: string }>;
  /** Asks the issuer itself, where it can tell; a configured verifier is asked besides. */
  check?(credential: Credential, context: RunContext): Promise<Verdict>;
}

/** Tries a credential where it will be used. */
export interface Verifier {
  readonly type: string;
  /** For plans: `GET https://api.openai.com/v1/models with the new key`. */
  describe(): string;
  verify(credential: Credential, context: RunContext): Promise<Verdict>;
}

// ---- Consumers

export interface ConsumerChange {
  /** The rotation's id. */
  readonly rotation: string;
  /** KV version that the fields are of. */
  readonly version: number;
  /** All fields of the secret, in the version that is to be served. */
  readonly fields: SecretFields;
  /** `mount/path` of the secret in Vault. */
  readonly source: string;
  /** RFC 3339: when the value was made, where that is not now. */
  readonly madeAt?: string;
}

/** What a workload's pods do while they take up a value. */
export interface Workload {
  /** `Deployment agents/code-gen` */
  readonly label: string;
  /** Points it to `record.to`; the same rotation again changes nothing. Throws `conflict` where somebody changed the template meanwhile. */
  start(): Promise<void>;
  /**
   * Resolves when every pod is of the new template, ready for the settle time, none of the old left. Throws `refused`
   * where pods crash, cannot start, or the progress deadline passes; `transient` where nothing can be seen.
   */
  finished(report: (detail: string) => void): Promise<void>;
  /** Back to the references of its record; `finished` then waits for the way back. Fine where nothing was changed. */
  restore(): Promise<void>;
}

/** For plans. */
export interface ConsumerView {
  /** `Secret agents/openai-key-v5 (immutable)` */
  readonly sync: string;
  readonly objects: readonly string[];
  readonly workloads: readonly { readonly label: string; readonly pods: number | undefined }[];
  readonly warnings: readonly string[];
  /** Why it cannot be changed as it stands: the workload does not refer to the Secret, the Secret is somebody else's. */
  readonly blocked: string | undefined;
  readonly notSeen: readonly string[];
}

export interface Consumer {
  /** Stable across runs: `kubernetes agents/openai-key`, `file /etc/agent/key`. */
  readonly id: string;
  readonly type: string;
  /** A restart of old pods after `sync` would find the new value (a Secret changed in place, a file). */
  readonly inPlace: boolean;
  /** No value is read. `version`: the KV version that is to come. */
  view(version: number, context: RunContext): Promise<ConsumerView>;
  /** What is there now, to be recorded before anything is changed. */
  record(version: number, context: RunContext): Promise<ConsumerRecord>;
  /** Brings the value where the consumer can take it. Again with the same rotation and version: changes nothing. */
  sync(record: ConsumerRecord, change: ConsumerChange, context: RunContext): Promise<void>;
  /** In the order of the configuration. */
  workloads(record: ConsumerRecord, change: Pick<ConsumerChange, 'rotation' | 'version'>, context: RunContext): readonly Workload[];
  /** Undoes `sync`: before the workloads go back where the copy is in place (they must find the old value, which `change` carries), else after. */
  unsync(record: ConsumerRecord, change: ConsumerChange, context: RunContext): Promise<void>;
  /** Whether what it serves now is this field's value. Reads values. */
  holds(fields: SecretFields, context: RunContext): Promise<{ readonly holds: 'yes' | 'no' | 'unknown'; readonly detail: string }>;
  /** Whatever still refers to what `record.from` names: pods, workloads. Empty: nothing. Throws `transient` where it cannot be seen. */
  stillOn(record: ConsumerRecord, side: 'from' | 'to', context: RunContext): Promise<readonly string[]>;
  /** Removes what nobody needs after the end: the old versioned Secret (`from`), or after a way back the new one (`to`). */
  cleanUp(record: ConsumerRecord, side: 'from' | 'to', context: RunContext): Promise<void>;
}

/** Told about the end of a run: chat, pager, webhook. */
export interface Notifier {
  notify(message: { readonly secret: string; readonly outcome: string; readonly detail: string }, context: RunContext): Promise<void>;
}

// ---- Boundaries

/** A place where a process may die: just before or after something became true outside it. */
export interface Boundary {
  readonly moment: 'before' | 'after';
  readonly kind: 'journal' | 'effect';
  /** `STAGED`, `publish`, `sync kubernetes agents/openai-key`… */
  readonly name: string;
}

/** Tests hang in here to kill the process; else it does nothing. */
export type BoundaryHook = (boundary: Boundary) => Promise<void> | void;
