import { isAgentOpsError } from '../errors.ts';
import type { SecretStatus } from '../model/secret-status.ts';
import { atOnce } from './at-once.ts';
import type { RotationParts } from './parts.ts';
import type { RunContext } from './ports.ts';
import { targetOf } from './rotate/current.ts';
import { newestJournal } from './rotate/keeper.ts';
import { type Seen, statusOf } from './status.ts';

/** Secrets that are asked about at once. */
const parallel = 16;

const order: readonly SecretStatus['status'][] = ['fail', 'unknown', 'warn', 'pass'];

/**
 * How old each secret is, when it is due and how its last rotation ended, worst
 * first. Reads metadata and journals, never a value; what may not be read is
 * `unknown`, never in time.
 */
export async function listSecrets(secrets: readonly RotationParts[], context: RunContext): Promise<SecretStatus[]> {
  const statuses = await atOnce(secrets, parallel, (parts) => look(parts, context));
  return statuses.toSorted(
    (a, b) =>
      order.indexOf(a.status) - order.indexOf(b.status) || (a.dueAt ?? '').localeCompare(b.dueAt ?? '') || a.secret.localeCompare(b.secret),
  );
}

async function look(parts: RotationParts, context: RunContext): Promise<SecretStatus> {
  const target = targetOf(parts);
  const [metadata, journal] = await Promise.all([
    target ? seen(() => parts.kv.metadata(target)) : ({ seen: true, is: undefined } as const),
    // Where nothing is rotated there are no journals, and the right to read them need not be had.
    parts.entry.issuer
      ? seen(async () => (await newestJournal(parts.journal, parts.entry.name))?.journal)
      : ({ seen: true, is: undefined } as const),
  ]);
  return statusOf({ entry: parts.entry, consumers: parts.consumers.map(({ id }) => id), metadata, journal }, context.host.clock.now());
}

/** What a port answered, or in its own allowed words why it did not. */
export async function seen<T>(read: () => Promise<T>): Promise<Seen<T>> {
  try {
    return { seen: true, is: await read() };
  } catch (error) {
    // A client library's own message may carry a URL or a header.
    return { seen: false, why: isAgentOpsError(error) ? error.oneLine() : 'an error that says nothing that may be shown' };
  }
}
