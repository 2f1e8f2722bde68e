import type { RotationStep } from '../../model/rotation.ts';
import type { RotationEvent } from '../../model/rotation-plan.ts';
import { RotationFailure } from '../failure.ts';
import type { RotationParts } from '../parts.ts';
import type { Boundary, BoundaryHook, Issuer, RunContext } from '../ports.ts';
import type { SecretValue } from '../value.ts';
import type { JournalKeeper } from './keeper.ts';

export interface RotateOptions {
  /** Who does it, for the journal and the audit. */
  readonly by: string;
  /** Stay until the grace period is over. */
  readonly wait: boolean;
  /** Rotate though old and new cannot be valid at once. */
  readonly acceptDowntime: boolean;
  /** Of issuers that cannot make one: what the operator brought. Wiped by the caller. */
  readonly supplied?: SecretValue;
  /** Aborts where the person wants to stop: at the next safe boundary. */
  readonly stop: AbortSignal;
  readonly boundary?: BoundaryHook;
  /** The operator says that the old value is revoked, where nothing can prove it. */
  readonly revokedByHand?: boolean;
  /** Version that the confirmed plan was made for: another one by now means a new plan. */
  readonly plannedVersion?: number;
}

/** What every step works with. */
export interface Run {
  readonly parts: RotationParts;
  readonly issuer: Issuer;
  readonly options: RotateOptions;
  /** Ends at the deadline, and when the lock is lost. */
  readonly context: RunContext;
  readonly keeper: JournalKeeper;
  event(step: RotationStep, status: RotationEvent['status'], detail: string, ms?: number): void;
}

/** Thrown where the person asked to stop: what was begun can be gone on with at any time. */
export class Stopped extends Error {
  constructor() {
    super('stopped');
    this.name = 'Stopped';
  }
}

/** Throws {@link Stopped} where the person asked for it. */
export function checkStop(run: Pick<Run, 'options'>): void {
  if (run.options.stop.aborted) throw new Stopped();
}

/** Waits, ms; throws {@link Stopped} as soon as the person asks for it, and answers false where the run's time is over. */
export function pause(run: Pick<Run, 'options' | 'context'>, ms: number): Promise<boolean> {
  checkStop(run);
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const { stop } = run.options;
  const { signal } = run.context;
  const onStop = (): void => reject(new Stopped());
  const onEnd = (): void => resolve(false);
  const timer = setTimeout(() => resolve(!signal.aborted), ms);
  if (signal.aborted) onEnd();
  stop.addEventListener('abort', onStop, { once: true });
  signal.addEventListener('abort', onEnd, { once: true });
  return promise.finally(() => {
    clearTimeout(timer);
    stop.removeEventListener('abort', onStop);
    signal.removeEventListener('abort', onEnd);
  });
}

/** Waits for work that may be left alone at any time: throws {@link Stopped} at once where the person asks for it. */
export async function unlessStopped<T>(run: Pick<Run, 'options'>, work: Promise<T>): Promise<T> {
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const onStop = (): void => reject(new Stopped());
  const { stop } = run.options;
  if (stop.aborted) onStop();
  stop.addEventListener('abort', onStop, { once: true });
  // The work that is left behind may fail later: nobody listens any more.
  work.catch(() => undefined);
  try {
    return await Promise.race([work, stopped]);
  } finally {
    stop.removeEventListener('abort', onStop);
  }
}

/** Does something outside this process between two boundaries; not where the lock is lost or the time is over. */
export async function effect<T>(run: Pick<Run, 'options' | 'context'>, name: string, work: () => Promise<T>): Promise<T> {
  if (run.context.signal.aborted) throw new RotationFailure('transient', `${name}: the time is over, or the lock is lost`);
  await run.options.boundary?.({ moment: 'before', kind: 'effect', name } satisfies Boundary);
  const result = await work();
  await run.options.boundary?.({ moment: 'after', kind: 'effect', name } satisfies Boundary);
  return result;
}

/** RFC 3339, UTC. */
export function iso(at: number): string {
  return new Date(at).toISOString();
}
