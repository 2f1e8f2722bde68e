import { randomBytes } from 'node:crypto';
import { failureKind, RotationFailure } from '../failure.ts';
import type { KvPath, Lock, RunContext } from '../ports.ts';
import { brokenRecord, type RecordsAt, recordPath, writeSurely } from './documents.ts';
import { keepLock, type LockDocument, lockDocument } from './held-lock.ts';
import type { VaultKv } from './kv.ts';
import { placeOf } from './paths.ts';

/** Nobody waits longer for an answer, ms; a little less than the 2 s that the port promises. */
const acquireMs = 1800;

/** Locks as keys at `<folder>/locks/<secret>`, held by check-and-set and renewed while they are held. */
export function vaultLock(kv: VaultKv, options: RecordsAt & { readonly lockForMs: number }): Lock {
  const { lockForMs } = options;
  const placeFor = (secret: string): KvPath => recordPath(options, 'locks', secret);

  return {
    description: (secret) => `Vault ${placeOf(placeFor(secret))}`,
    acquire: async (secret, holder, context) => {
      const at = placeFor(secret);
      const within = limited(context);
      const store = kv.during(within);
      const { clock } = context.host;
      for (;;) {
        const { version, document } = await store.readDocument(at);
        const present = document === undefined ? undefined : parse(at, document);
        const now = clock.now();
        if (present?.holder != null && Date.parse(present.expiresAt) > now) return { held: heldBy(present, present.holder) };
        const asked = clock.monotonic();
        const mine: LockDocument = {
          holder,
          claim: randomBytes(8).toString('hex'),
          // Of a deleted document only the version is known; it is never lower than the epoch.
          epoch: (present?.epoch ?? version) + 1,
          since: new Date(now).toISOString(),
          expiresAt: new Date(now + lockForMs).toISOString(),
        };
        try {
          const written = await writeSurely(store, at, mine, version);
          return keepLock(kv, at, { document: mine, version: written, lockForMs, asked, context });
        } catch (error) {
          if (failureKind(error) !== 'conflict') throw error;
          // Somebody was faster; who, the next look tells.
          if (within.signal.aborted) throw new RotationFailure('transient', `${placeOf(at)} changes too fast to be locked`);
        }
      }
    },
  };
}

function heldBy(document: LockDocument, holder: string): { holder: string; since: number; expiresAt: number } {
  return { holder, since: Date.parse(document.since), expiresAt: Date.parse(document.expiresAt) };
}

function limited(context: RunContext): RunContext {
  const deadline = Math.min(context.deadline, context.host.clock.monotonic() + acquireMs);
  return { host: context.host, deadline, signal: AbortSignal.any([context.signal, AbortSignal.timeout(acquireMs)]) };
}

function parse(at: KvPath, document: unknown): LockDocument {
  const parsed = lockDocument.safeParse(document);
  if (!parsed.success) throw brokenRecord(at, 'is no lock of agentops');
  return parsed.data;
}
