import { duration } from '../../model/format.ts';
import type { RotationEvent } from '../../model/rotation-plan.ts';
import { printable } from '../terminal/text.ts';

const words: Readonly<Record<RotationEvent['status'], string>> = {
  started: '',
  waiting: '',
  done: 'done',
  failed: 'failed',
  skipped: 'skipped',
};

/** `openai-key  roll  Deployment agents/code-gen: 4 of 6 pods ready`, for a log. */
export function eventLine(event: RotationEvent): string {
  return [event.secret, event.step, eventText(event)].filter(Boolean).join('  ');
}

/** What of an event follows its step: `done in 41 s`. */
export function eventText({ step, status, detail, ms }: RotationEvent): string {
  // The step is over when the grace begins, which is not over yet.
  if (step === 'grace' && status === 'done') return 'begun: both values are valid';
  if (step === 'lock' && status === 'done') return `held: ${printable(detail)}`;
  const word = words[status];
  const took = ms === undefined ? word : `${word} in ${duration(ms)}`;
  return [took, printable(detail)].filter(Boolean).join(': ');
}

/** How often a wait that goes on says so, ms. */
const often = 10_000;

/**
 * Which events are worth a line that stays: each end of a step once, and in a
 * log (`waits`) a wait when it says something new, but not every second. `now`
 * in ms on a clock that never jumps.
 */
export function worthALine({ waits }: { readonly waits: boolean }): (event: RotationEvent, now: number) => boolean {
  let last = { key: '', detail: '', at: Number.NEGATIVE_INFINITY };
  let skipped = '';
  return ({ secret, step, status, detail }, now) => {
    const key = `${secret} ${step}`;
    if (status === 'started') return waits && detail !== '' && step !== 'lock';
    if (status === 'waiting') {
      if (!waits || (key === last.key && (detail === last.detail || now - last.at < often))) return false;
      last = { key, detail, at: now };
      return true;
    }
    // What was skipped is done as well, which says nothing.
    if (status === 'done' && skipped === key) return false;
    if (status === 'skipped') skipped = key;
    return true;
  };
}
