import type { z } from 'zod';
import { RotationFailure } from '../failure.ts';
import type { RunContext } from '../ports.ts';
import { type SecretFields, wipeFields } from '../value.ts';

/** One call of Vault's API. */
interface VaultCall {
  readonly method: 'GET' | 'POST';
  /** Below /v1/, each segment as it is (not encoded). */
  readonly path: readonly string[];
  readonly body?: Readonly<Record<string, unknown>>;
}

/**
 * A Vault that we are logged in to. `data` is the envelope's own, undefined
 * where there was none; `found` is false for a 404 that says "not there". Any
 * other answer outside 2xx is a {@link RotationFailure} with neither body nor
 * token in it.
 */
export interface VaultRequests {
  request(call: VaultCall, context: RunContext): Promise<{ readonly found: boolean; readonly data: unknown }>;
  /** For answers that hold secrets: the caller wipes the fields. Undefined: not there. */
  requestFields(call: VaultCall, context: RunContext): Promise<SecretFields | undefined>;
}

/** A mount such as `team/database` with what comes below it. */
function below(mount: string, rest: readonly string[]): readonly string[] {
  return [...mount.split('/').filter((part) => part !== ''), ...rest];
}

/** What a path below a mount holds. Throws `operator` where it is not there; `what` names it: `static role app`. */
export async function readBelow<T>(
  vault: VaultRequests,
  at: { readonly mount: string; readonly path: readonly string[]; readonly what: string },
  schema: z.ZodType<T>,
  context: RunContext,
): Promise<T> {
  const { found, data } = await vault.request({ method: 'GET', path: below(at.mount, at.path) }, context);
  if (!found) throw notThere(at.what, at.mount);
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  // Zod's own text may hold parts of the answer.
  throw new RotationFailure('transient', `Vault: the answer about ${at.what} of ${at.mount} is not of the expected form`);
}

/** Hands the secret fields of a path below a mount to `use`, and wipes them after it. */
export async function withFieldsBelow<T>(
  vault: VaultRequests,
  at: { readonly mount: string; readonly path: readonly string[]; readonly what: string },
  use: (fields: SecretFields) => T,
  context: RunContext,
): Promise<T> {
  const fields = await vault.requestFields({ method: 'GET', path: below(at.mount, at.path) }, context);
  if (!fields) throw notThere(at.what, at.mount);
  try {
    return use(fields);
  } finally {
    wipeFields(fields);
  }
}

/** An action below a mount; its answer says nothing. */
export async function postBelow(vault: VaultRequests, mount: string, path: readonly string[], context: RunContext): Promise<void> {
  await vault.request({ method: 'POST', path: below(mount, path), body: {} }, context);
}

function notThere(what: string, mount: string): RotationFailure {
  return new RotationFailure('operator', `Vault: ${what} of ${mount} is not there`, { hint: 'see mount and roles of the issuer' });
}
