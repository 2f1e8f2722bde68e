import type { Failure } from '../../evidence/failure.ts';
import type { HttpAnswer } from '../../evidence/transport.ts';
import { RotationFailure } from '../failure.ts';

export type Capability = 'create' | 'read' | 'update' | 'patch' | 'delete' | 'list';

/** What a call was about, as far as it may be shown. */
export interface Subject {
  /** Vault's own path, as policies name it: `kv/data/agents/openai`. */
  readonly path: string;
  /** What a policy must grant. */
  readonly needs: readonly Capability[];
  /** It changes nothing: it may be asked again whatever happened. */
  readonly reading: boolean;
  readonly namespace: string | undefined;
}

/** Texts of Vault that mean something here; others are never shown, for they may echo what was sent. */
const knownTexts = [
  'check-and-set parameter did not match the current version',
  'check-and-set parameter required for this call',
  'custom_metadata validation failed',
  'Upgrading from non-versioned to versioned data',
  'Vault is sealed',
  'no active Vault instance found',
  'rate limit quota exceeded',
  'namespace not found',
  'no handler for route',
  'invalid token',
  'missing client token',
  'lease is not renewable',
] as const;
export type KnownText = (typeof knownTexts)[number];

/** Which of Vault's texts an answer holds; undefined: none that is known. */
export function knownText(answer: HttpAnswer): KnownText | undefined {
  const text = answer.body.subarray(0, 4096).toString('utf8');
  return knownTexts.find((known) => text.includes(known));
}

/** `{"errors":[]}` or nothing: the thing is not there, as against a wrong address. */
export function isAbsent(answer: HttpAnswer): boolean {
  if (answer.status !== 404) return false;
  if (answer.body.length === 0) return true;
  try {
    const { errors, warnings } = JSON.parse(answer.body.toString('utf8')) as { errors?: unknown; warnings?: unknown };
    return Array.isArray(errors) ? errors.length === 0 : !warnings;
  } catch {
    return false;
  }
}

const neverConnected = new Set(['connection refused', 'no route to host', 'network unreachable', 'address not available']);

/** The request certainly did not reach the server: no connection was made. */
export function neverSent(failure: Failure): boolean {
  if (failure.phase === 'dns') return true;
  // A code of OpenSSL's that we do not know may come from the middle of a connection.
  if (failure.phase === 'tls') return !failure.detail.startsWith('TLS: ERR_');
  return failure.phase === 'tcp' && neverConnected.has(failure.detail);
}

/** No answer came. After a write that may have arrived, nobody knows what is stored: the caller reads back. */
export function unanswered(failure: Failure, subject: Subject): RotationFailure {
  const lost = !subject.reading && !neverSent(failure) ? unknownOutcome : '';
  return new RotationFailure('transient', `Vault, ${subject.path}: ${failure.detail}${lost}`);
}

const unknownOutcome = '; the outcome of the write is not known';

/** An answer that is no success, as what follows from it. */
export function refusal(answer: HttpAnswer, subject: Subject): RotationFailure {
  const { status } = answer;
  const known = knownText(answer);
  const at = `Vault, ${subject.path}`;
  if (status === 403) return forbidden(subject, known);
  if (known === 'check-and-set parameter did not match the current version') {
    return new RotationFailure('conflict', `${subject.path} was changed by somebody else meanwhile (check-and-set refused)`);
  }
  if (known === 'check-and-set parameter required for this call') {
    return new RotationFailure('operator', `${at}: check-and-set is required, and the request had none`);
  }
  if (known === 'custom_metadata validation failed') {
    return new RotationFailure('operator', `${at}: the custom metadata is over Vault's limits`, { hint: metadataLimits });
  }
  if (known === 'Upgrading from non-versioned to versioned data') {
    return new RotationFailure('transient', `${at}: the mount is still being upgraded to versioned data`);
  }
  if (known === 'Vault is sealed') return new RotationFailure('transient', `${at}: Vault is sealed`, { hint: 'vault operator unseal' });
  if (known === 'no active Vault instance found') return new RotationFailure('transient', `${at}: no active Vault instance`);
  if (known === 'namespace not found') {
    return new RotationFailure('operator', `${at}: the namespace ${subject.namespace ?? ''} does not exist`, {
      hint: 'see vault.namespace',
    });
  }
  if (status === 404) {
    const why = known === 'no handler for route' ? 'nothing is mounted there' : 'there is no such path';
    return new RotationFailure('operator', `${at}: ${why}`, { hint: 'see the mount in agentops.yaml' });
  }
  if (status === 429) return new RotationFailure('transient', `${at}: answers 429: ${known ?? 'too many requests'}`);
  if (status === 412) return new RotationFailure('transient', `${at}: answers 412: this node has not caught up yet`);
  if (status === 472 || status === 473 || status >= 500) {
    return new RotationFailure('transient', `${at}: answers ${status}${subject.reading ? '' : unknownOutcome}`);
  }
  if (status === 413) return new RotationFailure('operator', `${at}: answers 413: the secret is too large`);
  if (status === 307) return redirected(answer, at);
  return new RotationFailure('operator', `${at}: answers ${status}`, { hint: 'the audit log of Vault says why' });
}

/** A standby that was told not to forward. Only the origin of where it points is shown. */
function redirected(answer: HttpAnswer, at: string): RotationFailure {
  const where = URL.canParse(answer.headers.location ?? '') ? new URL(answer.headers.location ?? '').origin : 'somewhere else';
  const hint = 'set vault.address to the active node, or to an address that forwards';
  return new RotationFailure('transient', `${at}: this is a standby that redirects to ${where}; the token was not sent there`, { hint });
}

export const metadataLimits = 'at most 64 entries, keys of 1 to 128 bytes, values of 1 to 512, all printable';

function forbidden({ path, needs, namespace }: Subject, known: KnownText | undefined): RotationFailure {
  if (known === 'invalid token' || known === 'missing client token') {
    const hint = 'log in again: vault login; or see vault.auth in agentops.yaml';
    return new RotationFailure('transient', `Vault, ${path}: the token is missing, invalid or expired`, { hint });
  }
  const where = namespace === undefined ? path : `${path} in namespace ${namespace}`;
  const what = needs.map((capability) => `"${capability}"`).join(' and ');
  const hint = `needs ${what} on ${where}; \`agentops rbac --vault --for secrets\` prints the policy`;
  return new RotationFailure('transient', `Vault, ${path}: permission denied`, { hint });
}

/** An answer of 2xx that does not read as Vault's. */
export function unreadable(subject: Subject): RotationFailure {
  const lost = subject.reading ? '' : unknownOutcome;
  return new RotationFailure('transient', `Vault, ${subject.path}: the answer is not Vault's (cut short, or a proxy's?)${lost}`);
}
