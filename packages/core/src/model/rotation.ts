import { z } from 'zod';

/**
 * What a rotation is and how far it came. A state names the last thing that is
 * certainly done; the effect of the next one may or may not have happened (see
 * {@link rotationJournal}, `intent`).
 */
export const rotationStates = [
  'PLANNED',
  'LOCKED',
  'STAGED',
  'ISSUED',
  'VERIFIED',
  'PUBLISHED',
  'SYNCED',
  'ROLLED',
  'CONFIRMED',
  'GRACE',
  'REVOKED',
  'DONE',
  'ROLLING_BACK',
  'ROLLED_BACK',
  'NEEDS_OPERATOR',
  'ABANDONED',
] as const;
export type RotationState = (typeof rotationStates)[number];

/** Nothing is left to do in these; ABANDONED: a person took it over as it stood. */
export const finalStates = ['DONE', 'ROLLED_BACK', 'ABANDONED'] as const satisfies readonly RotationState[];

/** True where nothing is left to do. */
export function isFinal(state: RotationState): boolean {
  return (finalStates as readonly RotationState[]).includes(state);
}

/** The work between two states, in the order of a run that meets no trouble. */
export const rotationSteps = [
  'lock',
  'stage',
  'issue',
  'verify',
  'publish',
  'sync',
  'roll',
  'confirm',
  'grace',
  'revoke',
  'finish',
] as const;
export type RotationStep = (typeof rotationSteps)[number] | 'rollback';

const time = z.iso.datetime({ offset: true });

/** What tells one credential of an issuer from another, without being one. */
export const issuerKey = z.strictObject({
  id: z.string().optional().describe('as the issuer calls it, e.g. a key id'),
  name: z.string().optional().describe('as we called it when we had it made'),
  account: z.string().optional().describe('login or role that the value belongs to'),
  /** The issuer's object that a key hangs on, e.g. OpenAI's service account. */
  parent: z.string().optional(),
});
export type IssuerKey = z.infer<typeof issuerKey>;

/** A place in a pod template that names a Kubernetes Secret. */
export const templateReference = z.strictObject({
  pointer: z.string().describe('JSON pointer into the workload object'),
  name: z.string().describe('the Secret it named before'),
});
export type TemplateReference = z.infer<typeof templateReference>;

/** A workload whose pods take up the new value. */
export const workloadRecord = z.strictObject({
  kind: z.string(),
  namespace: z.string(),
  name: z.string(),
  references: z.array(templateReference).describe('before the change: what a way back restores'),
  annotation: z.string().optional().describe('rotation that its pod template said it was of before; left out: of none'),
});
export type WorkloadRecord = z.infer<typeof workloadRecord>;

/** What one consumer must know to go on, or back, on another machine. */
export const consumerRecord = z.strictObject({
  id: z.string(),
  /** The object that held the old value, e.g. the Secret `openai-key-v4`; null: there was none. */
  from: z.string().nullable(),
  /** The object that holds the new one. */
  to: z.string(),
  mark: z.string().optional().describe('changed in place: rotation that the object said it was of before; left out: of none'),
  workloads: z.array(workloadRecord),
});
export type ConsumerRecord = z.infer<typeof consumerRecord>;

/**
 * The journal of one rotation: everything that another process needs to carry
 * it to its end, and never a value. Written to
 * `<mount>/agentops/rotations/<secret>/<run>`, each time with check-and-set on
 * the version before, so that a holder who lost the lock cannot write.
 */
export const rotationJournal = z.strictObject({
  format: z.literal(1),
  /** `<secret>/<run>`; the run sorts by time. */
  id: z.string(),
  secret: z.string(),
  state: z.enum(rotationStates),
  /** The effect that is about to happen, recorded before it; null between steps. */
  intent: z.string().nullable(),
  /** Fencing: it grows with every holder of the lock. */
  epoch: z.int(),
  holder: z.string(),
  /** Who began it, as the host names the person or the job. */
  by: z.string(),
  startedAt: time,
  updatedAt: time,
  target: z
    .strictObject({ mount: z.string(), path: z.string(), field: z.string() })
    .nullable()
    .describe('null: the value never leaves Vault'),
  issuer: z.string().describe('its type'),
  /** KV version that was read when it was planned; 0: there was none. */
  oldVersion: z.int(),
  newVersion: z.int().nullable(),
  /** Version that a way back wrote: the old value again. */
  restoredVersion: z.int().nullable(),
  /** When the old value was made: what its age is after a way back. */
  oldCreatedAt: time.nullable(),
  oldKey: issuerKey.nullable(),
  newKey: issuerKey.nullable(),
  /** Keyed (HMAC-SHA256 under a key in Vault), so that equal values can be told without either. */
  oldFingerprint: z.string().nullable(),
  newFingerprint: z.string().nullable(),
  consumers: z.array(consumerRecord),
  acceptDowntime: z.boolean(),
  /** ms that both values stay valid. */
  overlapMs: z.number(),
  graceUntil: time.nullable(),
  revoke: z
    .strictObject({
      /** The issuer may have been told already: whether the old value still lives must be asked. */
      begun: z.boolean(),
      attempts: z.int(),
      lastFailure: z.string().nullable(),
      nextAt: time.nullable(),
    })
    .nullable()
    .describe('a revoke that is not proven yet'),
  failure: z.strictObject({ step: z.string(), reason: z.string(), at: time }).nullable(),
  /** What a person must do; in NEEDS_OPERATOR. */
  operator: z.string().nullable(),
  /** What the end of it does not prove, or leaves to somebody: part of how it ended. */
  remarks: z.array(z.string()).default([]),
  history: z.array(z.strictObject({ state: z.enum(rotationStates), at: time, ms: z.number().describe('since the state before') })),
});
export type RotationJournal = z.infer<typeof rotationJournal>;

/** What happened, for whoever has to prove it later. Append-only, each record carries the hash of the one before. */
export const auditRecord = z.strictObject({
  seq: z.int().describe('from 1, without gaps, per secret'),
  at: time,
  by: z.string(),
  secret: z.string(),
  event: z.enum([
    'rotation-started',
    'rotation-resumed',
    'published',
    'rolled-back',
    'revoked',
    'revoke-failed',
    'done',
    'failed',
    'needs-operator',
    'abandoned',
    'stored',
    'fetched',
    'verified',
  ]),
  rotation: z.string().nullable(),
  version: z.int().nullable(),
  detail: z.string(),
  previous: z.string().describe('hash of the record before; 64 zeros for the first'),
  hash: z.string().describe('SHA-256, hex, of this record without `hash` as JSON with sorted keys'),
});
export type AuditRecord = z.infer<typeof auditRecord>;

/** Entries of a KV secret's custom metadata that agentops keeps; none is secret. */
export const customMetadata = {
  /** The KV version that the other entries speak of; they are void for any other. */
  version: 'agentops_version',
  rotation: 'agentops_rotation',
  keyId: 'agentops_key_id',
  keyName: 'agentops_key_name',
  keyParent: 'agentops_key_parent',
  account: 'agentops_account',
  /** RFC 3339: when the value was made, where the version's own time does not tell (the old value, written again). */
  valueSince: 'agentops_value_since',
} as const;

/** Annotations on the Secrets and pod templates that agentops writes. */
export const annotations = {
  rotation: 'agentops.dev/rotation',
  rotatedAt: 'agentops.dev/rotated-at',
  vaultPath: 'agentops.dev/vault-path',
  vaultVersion: 'agentops.dev/vault-version',
  /** The configured name, whatever version suffix the object has. */
  family: 'agentops.dev/secret',
} as const;
