import { z } from 'zod';
import { rotationStates } from './rotation.ts';

const instant = z.iso.datetime();

/** One rotation as people ask about it: who, when, which versions, who took the value up, how long each step took. */
export const rotationRecord = z.strictObject({
  secret: z.string(),
  id: z.string(),
  by: z.string(),
  startedAt: instant,
  /** Null while it goes on. */
  endedAt: instant.nullable(),
  state: z.enum(rotationStates),
  outcome: z.enum(['done', 'rolled-back', 'abandoned', 'grace', 'unfinished', 'needs-operator']),
  oldVersion: z.int(),
  newVersion: z.int().nullable(),
  restoredVersion: z.int().nullable(),
  graceUntil: instant.nullable(),
  consumers: z.array(z.string()),
  /** Milliseconds from the state before to this one. */
  steps: z.array(z.strictObject({ state: z.enum(rotationStates), at: instant, ms: z.number() })),
  failure: z.string().nullable().describe('publish: why'),
  operator: z.string().nullable(),
});
export type RotationRecord = z.infer<typeof rotationRecord>;

export interface SecretHistory {
  readonly secret: string;
  /** Newest first. */
  readonly rotations: readonly RotationRecord[];
  readonly notSeen: readonly string[];
}
