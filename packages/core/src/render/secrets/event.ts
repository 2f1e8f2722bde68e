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
export function eventText({ status, detail, ms }: RotationEvent): string {
  const word = words[status];
  const took = ms === undefined ? word : `${word} in ${duration(ms)}`;
  return [took, printable(detail)].filter(Boolean).join(': ');
}

/** How often a wait that goes on says so, ms. */
const often = 10_000;

/**
 * Which events are worth a line of a log: each end of a step, and a wait when
 * it says something new, but not every second. `now` in ms on a clock that
 * never jumps.
 */
export function quietEvents(): (event: RotationEvent, now: number) => boolean {
  let last = { key: '', detail: '', at: Number.NEGATIVE_INFINITY };
  return (event, now) => {
    const { secret, step, status, detail } = event;
    if (status === 'started') return detail !== '' && step !== 'lock';
    if (status !== 'waiting') return true;
    const key = `${secret} ${step}`;
    if (key === last.key && (detail === last.detail || now - last.at < often)) return false;
    last = { key, detail, at: now };
    return true;
  };
}
