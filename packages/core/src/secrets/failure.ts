import { AgentOpsError } from '../errors.ts';

/**
 * Why a step did not succeed, and so what follows:
 * `refused`: the value, or what uses it, is not well: roll back.
 * `transient`: nothing can be said now (unreachable, timed out, forbidden): stop here, resume later.
 * `conflict`: somebody else wrote where we would have: never overwrite; a person decides.
 * `operator`: a person must act.
 */
export type RotationFailureKind = 'refused' | 'transient' | 'conflict' | 'operator';

/** Thrown by ports. The message is built from an allow-list of fields: never a header, a body or a value. */
export class RotationFailure extends AgentOpsError {
  readonly kind: RotationFailureKind;

  constructor(kind: RotationFailureKind, message: string, options: { hint?: string } = {}) {
    super('rotation', message, options);
    this.kind = kind;
  }
}

/** By name of its fields: bundles may hold the class twice. */
export function failureKind(error: unknown): RotationFailureKind | undefined {
  if (!(error instanceof Error) || !('kind' in error)) return undefined;
  const { kind } = error;
  return kind === 'refused' || kind === 'transient' || kind === 'conflict' || kind === 'operator' ? kind : undefined;
}
