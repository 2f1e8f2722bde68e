import type { SecretStatus } from '../model/secret-status.ts';
import { isInWindow, nextOpening, parseWindow } from '../model/window.ts';
import { localTime } from './when.ts';

/** What `--due` does about one secret, and why. */
export interface DueDecision {
  readonly secret: string;
  readonly action: /** Go on with a rotation that was begun, or end a grace that is over. */
    | 'resume'
    | 'rotate'
    /** Nothing may go on by itself. */
    | 'operator'
    /** It was not seen whether it is due. */
    | 'unknown'
    /** All is well, or it has to wait. */
    | 'skip';
  readonly reason: string;
}

const order: readonly DueDecision['action'][] = ['resume', 'rotate', 'operator', 'unknown', 'skip'];

/**
 * What is due now: rotations that were begun and graces that are over first,
 * then what is due and within its window, the longest due first; then what is
 * left alone, with the reason. `now` in ms, the zone is that of windows. Pure.
 */
export function dueSecrets(statuses: readonly SecretStatus[], now: number, timeZone: string): DueDecision[] {
  // Looking for an opening goes through a week of minutes: once for each window.
  const openings = new Map<string, ReturnType<typeof opensAt>>();
  const opening = (window: string | null): ReturnType<typeof opensAt> => {
    if (window === null) return 'now';
    if (!openings.has(window)) openings.set(window, opensAt(window, now, timeZone));
    return openings.get(window);
  };
  const byDue = statuses.toSorted((a, b) => (a.dueAt ?? '').localeCompare(b.dueAt ?? '') || a.secret.localeCompare(b.secret));
  return byDue
    .map((status) => ({ secret: status.secret, ...decide(status, now, timeZone, opening) }))
    .toSorted((a, b) => order.indexOf(a.action) - order.indexOf(b.action));
}

function decide(
  status: SecretStatus,
  now: number,
  timeZone: string,
  openingOf: (window: string | null) => ReturnType<typeof opensAt>,
): Omit<DueDecision, 'secret'> {
  const { rotation, remarks, issuer, secret, dueAt } = status;
  const until = (text: string): string => localTime(Date.parse(text), timeZone);
  const remark = (what: (typeof remarks)[number]['what']): string | undefined => remarks.find((each) => each.what === what)?.text;
  if (rotation?.stage === 'needs-operator')
    return { action: 'operator', reason: remark('needs-operator') ?? 'its rotation needs a person' };
  if (rotation && rotation.stage !== 'finished') {
    if (rotation.stage === 'grace' && rotation.graceUntil !== null && Date.parse(rotation.graceUntil) > now) {
      return { action: 'skip', reason: `both values are valid until ${until(rotation.graceUntil)}` };
    }
    if (rotation.revokeAt !== null && Date.parse(rotation.revokeAt) > now) {
      // Nothing to do now, and somebody should know.
      return { action: 'operator', reason: `the old value is revoked again at ${until(rotation.revokeAt)}, after a try that failed` };
    }
    return rotation.stage === 'grace'
      ? { action: 'resume', reason: 'its grace is over: the old value can be revoked' }
      : { action: 'resume', reason: `its rotation stands at ${rotation.state}` };
  }
  if (issuer === null) return { action: 'skip', reason: 'it has no issuer: its age is watched, and nothing is rotated' };
  const unseen = remark('not-seen');
  if (unseen !== undefined) return { action: 'unknown', reason: unseen };
  const empty = remark('no-value');
  if (empty !== undefined) return { action: 'operator', reason: `${empty}; agentops secrets rotate ${secret} makes one` };
  if (dueAt !== null && Date.parse(dueAt) > now) return { action: 'skip', reason: `not due until ${until(dueAt)}` };
  const given = gaveUp(status);
  if (given !== undefined) return { action: 'operator', reason: `${given}; agentops secrets rotate ${secret} tries again` };
  const opening = openingOf(status.window);
  if (opening === 'now') return { action: 'rotate', reason: dueAt === null ? (remark('due') ?? 'due') : `due since ${until(dueAt)}` };
  return {
    action: 'skip',
    reason: `due, but outside its window (${status.window})${opening === undefined ? '' : ` until ${localTime(opening, timeZone)}`}`,
  };
}

/** Why nothing begins by itself: the last rotation went back, or was given up, and nothing has changed since. It would fail every hour. */
function gaveUp({ rotation, version }: SecretStatus): string | undefined {
  if (rotation?.stage !== 'finished' || rotation.state === 'DONE') return undefined;
  if (version !== null && rotation.version !== null && version > rotation.version) return undefined;
  return rotation.state === 'ABANDONED' ? 'due, but its last rotation was abandoned' : 'due, but its last rotation was rolled back';
}

/** `now` within the window; else when it opens next. */
function opensAt(text: string, now: number, timeZone: string): number | 'now' | undefined {
  const window = parseWindow(text);
  // The configuration's schema has refused such a window already.
  if (typeof window === 'string') return undefined;
  return isInWindow(window, now, timeZone) ? 'now' : nextOpening(window, now, timeZone);
}
