import { z } from 'zod';

/**
 * Why a piece of evidence could not be had. `absent`: the server answered, the
 * thing is not there (a CRD, metrics.k8s.io). `invalid`: it answered something
 * that is not what its API promises. `not-configured`: nobody asked us to look.
 * `unsupported`: it is there, and agentops cannot judge it (another policy
 * engine's objects).
 */
export const unavailableReason = z.enum([
  'forbidden',
  'unauthorized',
  'timeout',
  'unreachable',
  'rate-limited',
  'server-error',
  'absent',
  'invalid',
  'not-configured',
  'unsupported',
]);
export type UnavailableReason = z.infer<typeof unavailableReason>;

/** A Kubernetes permission that would have been needed; `namespace` is absent where it must hold cluster-wide. */
export const missingPermission = z.object({
  verb: z.string(),
  group: z.string().describe('API group; empty for the core group'),
  resource: z.string(),
  namespace: z.string().optional(),
});
export type MissingPermission = z.infer<typeof missingPermission>;

export const unavailable = z.object({
  ok: z.literal(false),
  reason: unavailableReason,
  /** Which server, as a person would name it: `prometheus http://prom:9090`. Never with credentials. */
  source: z.string(),
  /** One short sentence without secrets: `connection refused`, `metrics.k8s.io answers 503`. */
  detail: z.string(),
  missing: z.array(missingPermission).optional(),
  /** Set on a gap that concerns one namespace only. */
  namespace: z.string().optional(),
  /** What to do about it, if we know: a setting, a command. */
  hint: z.string().optional(),
});
export type Unavailable = z.infer<typeof unavailable>;

export interface Available<T> {
  readonly ok: true;
  readonly source: string;
  readonly data: T;
  /**
   * Parts that could not be seen though the rest could (one namespace of
   * five forbidden, one query of twelve failed). A check that got such
   * evidence is `unknown` unless it fails anyway.
   */
  readonly gaps?: readonly Unavailable[];
}

export type Evidence<T> = Available<T> | Unavailable;

/** Evidence that is there. */
export function available<T>(source: string, data: T, gaps?: readonly Unavailable[]): Available<T> {
  return gaps && gaps.length > 0 ? { ok: true, source, data, gaps } : { ok: true, source, data };
}
