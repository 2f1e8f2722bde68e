import { randomBytes } from 'node:crypto';
import { isFinal, type RotationJournal, type RotationState } from '../../model/rotation.ts';
import type { RotationEvent, RotationOutcome } from '../../model/rotation-plan.ts';
import { failureKind, RotationFailure } from '../failure.ts';
import type { RotationParts } from '../parts.ts';
import type { HeldLock, Issuer, RunContext } from '../ports.ts';
import { audit } from './audit.ts';
import { newJournal } from './begin.ts';
import { type Driven, drive } from './drive.ts';
import { JournalKeeper, newestJournal, unfinishedJournal } from './keeper.ts';
import { needsOperator, outcomeOf, plainOutcome } from './outcome.ts';
import { planRotation } from './plan.ts';
import { whyNoWayBack } from './reached.ts';
import { oldMustLive, rollBack } from './rollback.ts';
import { iso, type RotateOptions, type Run, Stopped } from './run-state.ts';

type OnEvent = (event: RotationEvent) => void;

/**
 * Rotates a secret, or goes on with its unfinished rotation. Never throws for
 * what the world does: the outcome says how it ended and what to do next.
 */
export function rotateSecret(
  parts: RotationParts,
  options: RotateOptions,
  context: RunContext,
  onEvent: OnEvent,
): Promise<RotationOutcome> {
  return locked(parts, options, context, onEvent, async (lock, issuer) => {
    const newest = await newestJournal(parts.journal, parts.entry.name);
    if (newest && !isFinal(newest.journal.state)) {
      if (newest.journal.state === 'NEEDS_OPERATOR') return needsOperator(newest.journal, issuer);
      return (await staged(parts, newest.journal.id, options)) ?? resumed(newest, parts, issuer, options, lock, context, onEvent);
    }
    if (issuer.origin === 'supplied' && !options.supplied) {
      const next = [`agentops secrets rotate ${parts.entry.name} --stdin`];
      return plainOutcome(parts, 'failed', 'its issuer makes no values: bring the new one on standard input', next);
    }
    const plan = await planRotation(parts, context, { acceptDowntime: options.acceptDowntime });
    if (plan.blocked !== undefined) return plainOutcome(parts, 'failed', plan.blocked);
    const holder = { holder: lock.holder, epoch: lock.epoch };
    const journal = await newJournal(parts, issuer, options, holder, lock.context);
    const keeper = new JournalKeeper(parts.journal, journal, 0, { clock: context.host.clock, boundary: options.boundary });
    const run = newRun(parts, issuer, options, lock, keeper, onEvent);
    onEvent({ secret: parts.entry.name, step: 'lock', status: 'done', detail: parts.lock.description(parts.entry.name) });
    await keeper.note({});
    return goOn(run, () => audit(run, 'rotation-started', `version ${journal.oldVersion} → ${journal.oldVersion + 1}`, journal.oldVersion));
  });
}

/** Goes on with an unfinished rotation, also one that needed a person. */
export function resumeSecret(
  parts: RotationParts,
  options: RotateOptions,
  context: RunContext,
  onEvent: OnEvent,
): Promise<RotationOutcome> {
  return locked(parts, options, context, onEvent, async (lock, issuer) => {
    const unfinished = await unfinishedJournal(parts.journal, parts.entry.name);
    if (!unfinished) return plainOutcome(parts, 'skipped', 'no rotation of it is unfinished');
    return (await staged(parts, unfinished.journal.id, options)) ?? resumed(unfinished, parts, issuer, options, lock, context, onEvent);
  });
}

async function resumed(...found: Parameters<typeof takeOver>): Promise<RotationOutcome> {
  const run = await takeOver(...found);
  return goOn(run, () => audit(run, 'rotation-resumed', `from ${found[0].journal.state}`));
}

/** A value that is brought must be the one that is staged: the other would be dropped in silence. */
async function staged(parts: RotationParts, id: string, { supplied }: RotateOptions): Promise<RotationOutcome | undefined> {
  const pending = supplied && (await parts.pending.read(id));
  if (!supplied || !pending) return undefined;
  const same = pending.value.equals(supplied);
  pending.value.wipe();
  const { name } = parts.entry;
  return same
    ? undefined
    : plainOutcome(parts, 'failed', 'another value is staged already: resume with that one, or roll back and begin anew', [
        `agentops secrets resume ${name}`,
        `agentops secrets rollback ${name}`,
      ]);
}

/** Goes back to the old value, as long as that is possible. */
export function rollbackSecret(
  parts: RotationParts,
  options: RotateOptions,
  context: RunContext,
  onEvent: OnEvent,
): Promise<RotationOutcome> {
  return locked(parts, options, context, onEvent, async (lock, issuer) => {
    const unfinished = await unfinishedJournal(parts.journal, parts.entry.name);
    if (!unfinished) {
      return plainOutcome(parts, 'failed', 'no rotation of it is unfinished: there is nothing to go back from', [
        `agentops secrets history ${parts.entry.name}`,
      ]);
    }
    const why = whyNoWayBack(unfinished.journal, issuer);
    if (why !== undefined) return plainOutcome(parts, 'failed', `there is no way back: ${why}`);
    const run = await takeOver(unfinished, parts, issuer, options, lock, context, onEvent);
    const { journal } = run.keeper;
    try {
      // Looked at before anything is begun: where it fails, the rotation stays where it is and can go on.
      await oldMustLive(run);
    } catch (error) {
      if (failureKind(error) === undefined || run.keeper.lost) throw error;
      return outcomeOf(journal, 'failed', messageOf(error), { issuer });
    }
    const outcome = await ended(run, async () => {
      await rollBack(run);
      return { end: 'done' };
    });
    return outcome.result === 'rolled-back' ? { ...outcome, asked: true } : outcome;
  });
}

/** Leaves a rotation as it stands, for good: a person takes over what is left of it. Touches nothing else. */
export function abandonSecret(parts: RotationParts, options: RotateOptions, context: RunContext): Promise<RotationOutcome> {
  return locked(
    parts,
    options,
    context,
    () => undefined,
    async (lock, issuer) => {
      const unfinished = await unfinishedJournal(parts.journal, parts.entry.name);
      if (!unfinished) return plainOutcome(parts, 'skipped', 'no rotation of it is unfinished');
      const run = await takeOver(unfinished, parts, issuer, options, lock, context, () => undefined);
      await audit(run, 'abandoned', `in ${unfinished.journal.state}`, unfinished.journal.newVersion);
      await run.keeper.advance('ABANDONED', { intent: run.keeper.journal.intent });
      return outcomeOf(run.keeper.journal, 'skipped', 'abandoned as it stood');
    },
  );
}

interface Held extends HeldLock {
  readonly holder: string;
  /** Ends when the lock is lost, too. */
  readonly context: RunContext;
}

/** Runs with the lock, and turns what stopped it before it began into an outcome. */
async function locked(
  parts: RotationParts,
  options: RotateOptions,
  context: RunContext,
  onEvent: OnEvent,
  work: (lock: Held, issuer: Issuer) => Promise<RotationOutcome>,
): Promise<RotationOutcome> {
  const { name } = parts.entry;
  const { issuer } = parts;
  if (!issuer) return plainOutcome(parts, 'failed', 'it has no issuer: its age is watched, and nothing is rotated');
  const holder = `${options.by} ${randomBytes(3).toString('hex')}`;
  let lock: HeldLock | undefined;
  let outcome: RotationOutcome;
  try {
    onEvent({ secret: name, step: 'lock', status: 'started', detail: parts.lock.description(name) });
    await options.boundary?.({ moment: 'before', kind: 'effect', name: 'lock' });
    const taken = await parts.lock.acquire(name, holder, context);
    if ('held' in taken) {
      const since = iso(taken.held.since);
      return plainOutcome(parts, 'locked', `${taken.held.holder} is at it since ${since}`, [`agentops secrets history ${name}`]);
    }
    lock = taken;
    await options.boundary?.({ moment: 'after', kind: 'effect', name: 'lock' });
    const inner = { ...context, signal: AbortSignal.any([context.signal, taken.lost]) };
    outcome = await work({ ...taken, holder, context: inner, release: () => taken.release() }, issuer);
  } catch (error) {
    outcome = early(parts, error);
  } finally {
    await lock?.release();
  }
  await notify(parts, outcome, context);
  return outcome;
}

/** What ended it before there was a journal to write it into. */
function early(parts: RotationParts, error: unknown): RotationOutcome {
  if (error instanceof Stopped) return plainOutcome(parts, 'skipped', 'stopped before anything was changed');
  if (failureKind(error) === undefined || !(error instanceof RotationFailure)) throw error;
  return plainOutcome(parts, 'failed', error.hint === undefined ? error.message : `${error.message} (${error.hint})`);
}

function newRun(parts: RotationParts, issuer: Issuer, options: RotateOptions, lock: Held, keeper: JournalKeeper, onEvent: OnEvent): Run {
  return {
    parts,
    issuer,
    options,
    context: lock.context,
    keeper,
    event: (step, status, detail, ms) => onEvent({ secret: parts.entry.name, step, status, detail, ...(ms === undefined ? {} : { ms }) }),
  };
}

/** Makes the rotation ours: a higher epoch in the journal shuts out whoever had it before. */
async function takeOver(
  found: { readonly journal: RotationJournal; readonly version: number },
  parts: RotationParts,
  issuer: Issuer,
  options: RotateOptions,
  lock: Held,
  context: RunContext,
  onEvent: OnEvent,
): Promise<Run> {
  const { journal, version } = found;
  const keeper = new JournalKeeper(parts.journal, journal, version, { clock: context.host.clock, boundary: options.boundary });
  const run = newRun(parts, issuer, options, lock, keeper, onEvent);
  await keeper.note({ epoch: Math.max(lock.epoch, journal.epoch + 1), holder: lock.holder });
  return run;
}

function goOn(run: Run, first: () => Promise<void>): Promise<RotationOutcome> {
  return ended(run, async () => {
    const { keeper } = run;
    await first();
    if (keeper.journal.state === 'NEEDS_OPERATOR') {
      await keeper.advance(lastWorkingState(keeper.journal), { operator: null, intent: keeper.journal.intent });
    }
    if (keeper.journal.state === 'ROLLING_BACK') {
      await rollBack(run);
      return { end: 'done' };
    }
    return drive(run);
  });
}

function lastWorkingState(journal: RotationJournal): RotationState {
  return journal.history.findLast(({ state }) => state !== 'NEEDS_OPERATOR')?.state ?? 'LOCKED';
}

/** Goes to the end, or back where the new value is not well, and says how it ended. */
async function ended(run: Run, work: () => Promise<Driven>): Promise<RotationOutcome> {
  try {
    return driven(run, await work());
  } catch (error) {
    if (failureKind(error) !== 'refused' || run.keeper.journal.state === 'ROLLING_BACK') return stoppedBy(run, error);
    try {
      await noteFailure(run, error);
      await rollBack(run);
      return outcomeOf(run.keeper.journal, 'rolled-back', messageOf(error));
    } catch (second) {
      return stoppedBy(run, second);
    }
  }
}

function driven(run: Run, result: Driven): RotationOutcome {
  const { keeper, issuer } = run;
  const { journal } = keeper;
  const { remarks, revoke } = journal;
  if (result.end === 'grace') {
    // A revoke that was tried and is not proven is no grace: somebody should know of it.
    return outcomeOf(journal, revoke && revoke.attempts > 0 ? 'stopped' : 'grace', result.detail, { graceUntil: result.until, issuer });
  }
  const said = remarks.map((remark) => `; ${remark}`).join('');
  if (journal.state === 'ROLLED_BACK') {
    const outcome = outcomeOf(journal, 'rolled-back', `${journal.failure?.reason ?? 'asked for'}${said}`);
    return journal.failure === null ? { ...outcome, asked: true } : outcome;
  }
  const old = journal.oldVersion === 0 && journal.oldKey === null;
  const ended = old || remarks.some((remark) => remark.includes('the old value')) ? '' : ', the old value is revoked';
  return outcomeOf(journal, 'done', `version ${journal.newVersion ?? '—'} serves${ended}${said}`);
}

/** It stands in the middle: safe, and to be gone on with. */
async function stoppedBy(run: Run, error: unknown): Promise<RotationOutcome> {
  const { keeper, issuer } = run;
  if (error instanceof Stopped) return outcomeOf(keeper.journal, 'stopped', 'stopped, as asked', { issuer });
  const kind = failureKind(error);
  if (kind === undefined) throw error;
  if (keeper.lost) return outcomeOf(keeper.journal, 'stopped', 'another process has taken this rotation over');
  await noteFailure(run, error);
  if (kind === 'transient') return outcomeOf(keeper.journal, 'stopped', messageOf(error), { issuer });
  const operator = messageOf(error);
  try {
    await keeper.advance('NEEDS_OPERATOR', { operator, intent: keeper.journal.intent });
    await audit(run, 'needs-operator', operator);
  } catch (second) {
    if (failureKind(second) === undefined) throw second;
    if (keeper.journal.state === 'NEEDS_OPERATOR') return needsOperator(keeper.journal, issuer);
    return outcomeOf(keeper.journal, 'stopped', `${operator}; and the journal could not be written: ${messageOf(second)}`);
  }
  return needsOperator(keeper.journal, issuer);
}

/** Best effort: where the journal cannot be written, its last state still tells where to go on. */
async function noteFailure(run: Run, error: unknown): Promise<void> {
  const { keeper, context } = run;
  const step = keeper.journal.intent ?? keeper.journal.state;
  try {
    await keeper.note({ failure: { step, reason: messageOf(error), at: iso(context.host.clock.now()) } });
    if (failureKind(error) === 'refused') await audit(run, 'failed', messageOf(error), keeper.journal.newVersion);
  } catch (second) {
    if (failureKind(second) === undefined) throw second;
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown failure';
  const { hint } = error as { hint?: unknown };
  return typeof hint === 'string' ? `${error.message} (${hint})` : error.message;
}

async function notify(parts: RotationParts, outcome: RotationOutcome, context: RunContext): Promise<void> {
  if (outcome.result === 'skipped' || outcome.result === 'locked') return;
  const message = { secret: parts.entry.name, outcome: outcome.result, detail: outcome.detail };
  await Promise.all(parts.notifiers.map((notifier) => notifier.notify(message, context)));
}
