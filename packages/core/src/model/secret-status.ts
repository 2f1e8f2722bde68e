import { z } from 'zod';
import { rotationStates } from './rotation.ts';

const instant = z.iso.datetime();

/** What one look at a configured secret found, worst first. `what` is stable, `text` is for people. */
export const secretRemark = z.strictObject({
  what: z.enum([
    /** A person must act on its rotation. */
    'needs-operator',
    /** The old value could not be revoked yet: it may still be accepted. */
    'revoke-failed',
    /** Older than twice its limit. */
    'overdue',
    /** Something could not be seen, so nothing good can be said of it. */
    'not-seen',
    /** There is no value to serve: never written, or its current version is deleted. */
    'no-value',
    'due',
    /** A rotation stands in the middle. */
    'unfinished',
    /** The old value's grace is over, and it is not revoked yet. */
    'grace-over',
    'grace',
    'in-time',
  ]),
  status: z.enum(['fail', 'unknown', 'warn', 'pass']),
  text: z.string(),
});
export type SecretRemark = z.infer<typeof secretRemark>;

/** A secret's newest rotation, as its journal has it. */
export const lastRotation = z.strictObject({
  id: z.string(),
  state: z.enum(rotationStates),
  stage: z.enum(['finished', 'grace', 'unfinished', 'needs-operator']),
  by: z.string(),
  startedAt: instant,
  updatedAt: instant,
  graceUntil: instant.nullable(),
  /** When a revoke that failed is tried again. */
  revokeAt: instant.nullable(),
  /** KV version that it left; another one by now is somebody else's. */
  version: z.int().nullable(),
});
export type LastRotation = z.infer<typeof lastRotation>;

/** One configured secret: how old its value is, when it is due, how its last rotation ended. Never a value. */
export const secretStatus = z.strictObject({
  secret: z.string(),
  location: z.string().nullable().describe('mount/path; null: the value never leaves Vault'),
  issuer: z.string().nullable().describe('null: its age is watched, and nothing is rotated'),
  version: z.int().nullable().describe('current KV version; null: not seen, or it is in no KV store'),
  age: z
    .strictObject({
      minSeconds: z.number(),
      maxSeconds: z.number().nullable().describe('null: nothing bounds it'),
      /** The earliest time at which the value may have been made; null: nothing tells. */
      since: instant.nullable(),
      source: z.enum(['vault-version', 'metadata', 'journal']),
      basis: z.string().describe('Vault version 4'),
    })
    .nullable()
    .describe('null: not seen, or there is no value'),
  maxAgeSeconds: z.number(),
  dueAt: instant.nullable(),
  status: z.enum(['fail', 'unknown', 'warn', 'pass']),
  remarks: z.array(secretRemark).min(1),
  rotation: lastRotation.nullable().describe('null: there was none, or it was not seen (see remarks)'),
  window: z.string().nullable().describe('when --due may begin it'),
  consumers: z.array(z.string()),
  next: z.array(z.string()).describe('commands'),
});
export type SecretStatus = z.infer<typeof secretStatus>;

/** What `agentops secrets list -o json` prints. */
export const secretList = z.strictObject({
  schemaVersion: z.literal(1),
  lab: z.string().optional(),
  generatedAt: instant,
  timeZone: z.string(),
  exitCode: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]),
  secrets: z.array(secretStatus).describe('worst first'),
  notSeen: z.array(z.string()).describe('what could not be seen at all: a folder that a pattern names, Vault itself'),
});
export type SecretList = z.infer<typeof secretList>;
