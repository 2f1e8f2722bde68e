import type { RotationState, RotationStep } from '../../model/rotation.ts';
import { failureKind } from '../failure.ts';
import { audit } from './audit.ts';
import { checkStop, iso, pause, type Run } from './run-state.ts';
import { beginGrace, confirm } from './steps/confirm.ts';
import { finish } from './steps/finish.ts';
import { issue } from './steps/issue.ts';
import { publish } from './steps/publish.ts';
import { type NotYet, revoke } from './steps/revoke.ts';
import { roll } from './steps/roll.ts';
import { stage } from './steps/stage.ts';
import { sync } from './steps/sync.ts';
import { verify } from './steps/verify.ts';

interface Step {
  readonly step: RotationStep;
  /** Answers only where it has to be put off. */
  readonly perform: (run: Run) => Promise<void> | Promise<NotYet | undefined>;
}

/** The work that follows a state. Each may be done again after a crash anywhere in it. */
export const stepAfter: { readonly [S in RotationState]?: Step } = {
  LOCKED: { step: 'stage', perform: stage },
  STAGED: { step: 'issue', perform: issue },
  ISSUED: { step: 'verify', perform: verify },
  VERIFIED: { step: 'publish', perform: publish },
  PUBLISHED: { step: 'sync', perform: sync },
  SYNCED: { step: 'roll', perform: roll },
  ROLLED: { step: 'confirm', perform: confirm },
  CONFIRMED: { step: 'grace', perform: beginGrace },
  GRACE: { step: 'revoke', perform: revoke },
  REVOKED: { step: 'finish', perform: finish },
};

/** Where going forth ended. */
export type Driven = { readonly end: 'done' } | { readonly end: 'grace'; readonly until: number; readonly detail: string };

/** Waits between tries of a step whose servers could not be reached, ms. */
const retryAfter = [1000, 3000];

/** Goes forth from the journal's state until it is done or must wait. Throws what stopped it. */
export async function drive(run: Run): Promise<Driven> {
  const { keeper } = run;
  for (;;) {
    checkStop(run);
    const { state } = keeper.journal;
    const next = stepAfter[state];
    if (!next) return { end: 'done' };
    if (state === 'GRACE') {
      const wait = await graceOver(run);
      if (wait) return wait;
    }
    const started = run.context.host.clock.monotonic();
    run.event(next.step, 'started', '');
    const notYet = await withRetries(run, next);
    if (notYet) {
      const until = await putOff(run, notYet.reason);
      run.event(next.step, 'failed', notYet.reason);
      return { end: 'grace', until, detail: notYet.reason };
    }
    run.event(next.step, 'done', '', Math.round(run.context.host.clock.monotonic() - started));
  }
}

/** Undefined: it is over. */
async function graceOver(run: Run): Promise<Driven | undefined> {
  const { journal } = run.keeper;
  const { clock } = run.context.host;
  const until = Math.max(...[journal.graceUntil, journal.revoke?.nextAt ?? null].map((time) => (time === null ? 0 : Date.parse(time))));
  // Only where a person was asked for it: the overlap is not theirs to cut short by it.
  if (run.options.revokedByHand && journal.revoke?.begun) return undefined;
  while (clock.now() < until) {
    const detail = journal.revoke?.lastFailure ?? 'both values are valid';
    if (!run.options.wait) return { end: 'grace', until, detail };
    run.event('grace', 'waiting', `until ${iso(until)}: ${detail}`);
    if (!(await pause(run, Math.min(until - clock.now(), 30_000)))) return { end: 'grace', until, detail };
  }
  return undefined;
}

async function withRetries(run: Run, next: Step): Promise<NotYet | undefined> {
  for (const wait of [...retryAfter, undefined]) {
    try {
      return (await next.perform(run)) ?? undefined;
    } catch (error) {
      if (failureKind(error) !== 'transient' || wait === undefined || run.context.signal.aborted) throw error;
      run.event(next.step, 'waiting', `${error instanceof Error ? error.message : ''}; trying again`);
      if (!(await pause(run, wait))) throw error;
    }
  }
  return undefined;
}

/** A revoke that is not proven stays on the list: 5 min, 10, 20… up to a day. */
async function putOff(run: Run, reason: string): Promise<number> {
  const { keeper } = run;
  const { begun = false, attempts: before = 0 } = keeper.journal.revoke ?? {};
  const attempts = before + 1;
  const nextAt = run.context.host.clock.now() + Math.min(300_000 * 2 ** (attempts - 1), 86_400_000);
  await keeper.note({ revoke: { begun, attempts, lastFailure: reason, nextAt: iso(nextAt) } });
  await audit(run, 'revoke-failed', reason, keeper.journal.oldVersion);
  return nextAt;
}
