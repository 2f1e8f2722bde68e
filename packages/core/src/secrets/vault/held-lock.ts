import { z } from 'zod';
import { failureKind } from '../failure.ts';
import type { HeldLock, KvPath, RunContext } from '../ports.ts';
import { writeSurely } from './documents.ts';
import type { VaultKv } from './kv.ts';

/** Times are RFC 3339. `holder` null: it is free; the epoch stays, so that it only grows. */
export const lockDocument = z.object({
  holder: z.string().nullable(),
  /** Random; tells this holder's writes from another's. */
  claim: z.string(),
  epoch: z.int().nonnegative(),
  since: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
});
export type LockDocument = z.infer<typeof lockDocument>;

/** How long giving it back may take, ms. */
const releaseMs = 3000;

/** What was just acquired. */
export interface LockStart {
  readonly document: LockDocument;
  readonly version: number;
  readonly lockForMs: number;
  /** Monotonic ms just before the write: the lock lasts from then, whenever the answer came. */
  readonly asked: number;
  readonly context: RunContext;
}

/**
 * Renews a lock in the background, at a third of its time, until it is
 * released. Renewals do not end with the run's signal: what must be undone
 * after it still needs the lock. The timers keep no process alive.
 */
export function keepLock(kv: VaultKv, at: KvPath, start: LockStart): HeldLock {
  const { lockForMs, context } = start;
  const { clock } = context.host;
  const lost = new AbortController();
  let { document, version } = start;
  let validUntil = start.asked + lockForMs;
  let renewal: Promise<void> = Promise.resolve();
  let released = false;
  let timer: NodeJS.Timeout | undefined;
  let expiry: NodeJS.Timeout | undefined;

  const stop = (): void => {
    clearTimeout(timer);
    clearTimeout(expiry);
  };
  const lose = (): void => {
    stop();
    if (!released) lost.abort();
  };
  const within = (ms: number): RunContext => ({
    host: context.host,
    signal: AbortSignal.timeout(Math.max(1, Math.ceil(ms))),
    deadline: clock.monotonic() + ms,
  });
  const watchExpiry = (): void => {
    clearTimeout(expiry);
    expiry = setTimeout(lose, Math.max(0, validUntil - clock.monotonic()));
    expiry.unref();
  };
  const schedule = (ms: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      renewal = renew();
    }, ms);
    timer.unref();
  };

  const renew = async (): Promise<void> => {
    const asked = clock.monotonic();
    const next = { ...document, expiresAt: new Date(clock.now() + lockForMs).toISOString() };
    const store = kv.during(within(Math.min(validUntil - asked, Math.max(lockForMs / 3, 1000))));
    try {
      version = await writeSurely(store, at, next, version);
      document = next;
      validUntil = asked + lockForMs;
      if (released || lost.signal.aborted) return;
      watchExpiry();
      schedule(lockForMs / 3);
    } catch (error) {
      if (released || lost.signal.aborted) return;
      if (failureKind(error) === 'conflict' && !(await adopt(store))) lose();
      // Until it runs out there is time to try again.
      else schedule(Math.max(50, lockForMs / 12));
    }
  };
  /** An earlier write of ours, whose answer was lost, may be what stands there. */
  const adopt = async (store: VaultKv): Promise<boolean> => {
    const found = await store.readDocument(at).catch(() => undefined);
    if (!found) return true;
    const { claim, holder } = (found.document ?? {}) as Partial<LockDocument>;
    if (claim !== document.claim || holder === null) return false;
    version = found.version;
    return true;
  };

  watchExpiry();
  schedule(lockForMs / 3);
  return {
    epoch: document.epoch,
    lost: lost.signal,
    release: async () => {
      if (released) return;
      released = true;
      stop();
      await renewal;
      if (lost.signal.aborted) return;
      const store = kv.during(within(releaseMs));
      const free = (): Promise<unknown> => store.writeDocument(at, { ...document, holder: null }, version);
      // Where that fails it runs out by itself.
      await free()
        .catch(async (error: unknown) => failureKind(error) === 'conflict' && (await adopt(store)) && free())
        .catch(() => undefined);
    },
  };
}
