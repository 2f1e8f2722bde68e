import { z } from 'zod';

const answer = z.enum(['yes', 'no', 'unknown']);

/** Whether the present value of one secret is accepted, and held by everyone who uses it. */
export const secretVerification = z.strictObject({
  secret: z.string(),
  location: z.string().nullable(),
  version: z.int().nullable(),
  result: z.enum(['ok', 'bad', 'unknown']),
  accepted: z
    .array(z.strictObject({ by: z.string().describe('issuer openai, verifier http'), accepted: answer, detail: z.string() }))
    .describe('empty: there is nobody to ask'),
  consumers: z.array(z.strictObject({ consumer: z.string(), holds: answer, detail: z.string() })),
  /** Whether the value is still the one that the last rotation made, by its keyed fingerprint. */
  sinceRotation: z.enum(['same', 'changed', 'unknown', 'never-rotated']),
  notes: z.array(z.string()),
});
export type SecretVerification = z.infer<typeof secretVerification>;
