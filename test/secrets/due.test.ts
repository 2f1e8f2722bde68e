import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dueSecrets } from '../../packages/core/src/secrets/due.ts';
import { listSecrets } from '../../packages/core/src/secrets/list.ts';
import { testNow } from '../support/host.ts';
import { day, type Fake, forbidden, hour, iso, journalOf, metadataOf, partsOf, stillContext } from './fakes.ts';

/** testNow is Saturday, 21 Nov 2026, 13:07:31 UTC: 14:07 in Berlin. */
async function decide(fakes: readonly Fake[], now = testNow, timeZone = 'UTC'): Promise<string[]> {
  const statuses = await listSecrets(fakes.map(partsOf), stillContext(now));
  return dueSecrets(statuses, now, timeZone).map(({ secret, action, reason }) => `${secret} ${action}: ${reason}`);
}

const named = (name: string, days: number, more: Fake = {}): Fake => ({
  metadata: metadataOf([days]),
  ...more,
  entry: { name, ...more.entry },
});

describe('one secret', () => {
  it.each<[string, Fake, string]>([
    ['due', named('a', 95), 'a rotate: due since 2026-11-16 13:07'],
    ['due now', named('a', 90), 'a rotate: due since 2026-11-21 13:07'],
    ['not due', named('a', 12), 'a skip: not due until 2027-02-07 13:07'],
    [
      'due, and the last try was rolled back: not again by itself',
      named('a', 95, { journal: journalOf({ state: 'ROLLED_BACK', oldVersion: 1, newVersion: null, restoredVersion: null }) }),
      'a operator: due, but its last rotation was rolled back; agentops secrets rotate a tries again',
    ],
    [
      'due, and somebody has written a version since the last one was rolled back',
      named('a', 95, {
        metadata: metadataOf([200, 95]),
        journal: journalOf({ state: 'ROLLED_BACK', oldVersion: 1, newVersion: null, restoredVersion: null }),
      }),
      'a rotate: due since 2026-11-16 13:07',
    ],
    [
      'watched only',
      named('a', 400, { entry: { issuer: undefined } }),
      'a skip: it has no issuer: its age is watched, and nothing is rotated',
    ],
    [
      'not seen',
      named('a', 1, { metadata: () => forbidden('kv') }),
      'a unknown: its metadata: kv: permission denied (agentops permissions)',
    ],
    [
      'due, but its journals are not seen: a rotation may stand in the middle',
      named('a', 95, { journal: () => forbidden('journals') }),
      'a unknown: its rotations: journals: permission denied (agentops permissions)',
    ],
    [
      'no value',
      named('a', 1, { metadata: undefined }),
      'a operator: no value: nothing was ever written there; agentops secrets rotate a makes one',
    ],
    ['may be due', named('a', 1, { metadata: metadataOf([100, 2], { agentops_version: '1' }) }), 'a rotate: due since 2026-11-11 13:07'],
    [
      'may have been due for ever',
      named('a', 1, { metadata: metadataOf([2], { agentops_version: '1', agentops_value_since: 'soon' }) }),
      'a rotate: may be over its limit of 90 d: custom_metadata agentops_value_since is no time',
    ],
    [
      'in the middle, though it is not due',
      named('a', 1, { journal: journalOf({ state: 'ROLLED' }) }),
      'a resume: its rotation stands at ROLLED',
    ],
    ['going back', named('a', 1, { journal: journalOf({ state: 'ROLLING_BACK' }) }), 'a resume: its rotation stands at ROLLING_BACK'],
    [
      'in the middle, outside its window: what was begun is ended',
      named('a', 1, { entry: { window: 'Mon 09:00-10:00' }, journal: journalOf({ state: 'ROLLED' }) }),
      'a resume: its rotation stands at ROLLED',
    ],
    [
      'due within its grace',
      named('a', 95, { journal: journalOf({ state: 'GRACE', graceUntil: iso(testNow + hour) }) }),
      'a skip: both values are valid until 2026-11-21 14:07',
    ],
    [
      'its grace ends now',
      named('a', 1, { journal: journalOf({ state: 'GRACE', graceUntil: iso(testNow) }) }),
      'a resume: its grace is over: the old value can be revoked',
    ],
    [
      'a revoke that waits for its next try',
      named('a', 1, {
        journal: journalOf({
          state: 'GRACE',
          graceUntil: iso(testNow - hour),
          revoke: { begun: true, attempts: 1, lastFailure: '503', nextAt: iso(testNow + 5 * 60_000) },
        }),
      }),
      'a operator: the old value is revoked again at 2026-11-21 13:12, after a try that failed',
    ],
    [
      'it needs a person',
      named('a', 95, { journal: journalOf({ state: 'NEEDS_OPERATOR', operator: 'look' }) }),
      'a operator: its rotation needs a person: look',
    ],
  ])('%s', async (_name, fake, expected) => {
    expect(await decide([fake])).toEqual([expected]);
  });

  it('an abandoned rotation may have left anything', async () => {
    expect(await decide([named('a', 95, { journal: journalOf({ state: 'ABANDONED' }) })])).toEqual([
      'a operator: due, but its last rotation was abandoned; agentops secrets rotate a tries again',
    ]);
  });
});

describe('windows', () => {
  const within = (window: string): Fake => named('a', 95, { entry: { window } });
  it.each<[string, string, string, string]>([
    ['open', 'Sat 13:00-13:08', 'UTC', 'a rotate: due since 2026-11-16 13:07'],
    ['just over', 'Sat 13:00-13:07', 'UTC', 'a skip: due, but outside its window (Sat 13:00-13:07) until 2026-11-28 13:00'],
    ['another day', 'Mon-Fri 09:00-16:00', 'UTC', 'a skip: due, but outside its window (Mon-Fri 09:00-16:00) until 2026-11-23 09:00'],
    ['later today', '22:00-04:00', 'UTC', 'a skip: due, but outside its window (22:00-04:00) until 2026-11-21 22:00'],
    ['by the clocks of the zone', 'Sat 14:00-14:30', 'Europe/Berlin', 'a rotate: due since 2026-11-16 14:07'],
    [
      'by the clocks of the zone, closed',
      'Sat 13:00-13:30',
      'Europe/Berlin',
      'a skip: due, but outside its window (Sat 13:00-13:30) until 2026-11-28 13:00',
    ],
  ])('%s', async (_name, window, timeZone, expected) => {
    expect(await decide([within(window)], testNow, timeZone)).toEqual([expected]);
  });
});

it('what was begun comes first, then what is due, the longest first; then what is left alone', async () => {
  const order = await decide([
    named('young', 1),
    named('due', 95),
    named('stuck', 100, { journal: journalOf({ state: 'NEEDS_OPERATOR' }) }),
    named('unseen', 1, { metadata: () => forbidden('kv') }),
    named('overdue', 300),
    named('begun', 1, { journal: journalOf({ state: 'STAGED' }) }),
  ]);
  expect(order.map((line) => line.split(':')[0])).toEqual([
    'begun resume',
    'overdue rotate',
    'due rotate',
    'stuck operator',
    'unseen unknown',
    'young skip',
  ]);
});

it('each secret is decided about once, and none is rotated that is young, unseen, empty or in the middle', async () => {
  const fake = fc.record({
    days: fc.integer({ min: 0, max: 400 }),
    seen: fc.boolean(),
    state: fc.constantFrom(undefined, 'DONE' as const, 'GRACE' as const, 'SYNCED' as const, 'NEEDS_OPERATOR' as const),
    issuer: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fake, { maxLength: 8 }), async (specs) => {
      const fakes = specs.map(({ days, seen, state, issuer }, index) =>
        named(`s${index}`, days, {
          ...(seen ? {} : { metadata: () => forbidden('kv') }),
          ...(issuer ? {} : { entry: { issuer: undefined } }),
          journal: state && journalOf({ state, graceUntil: iso(testNow + day) }),
        }),
      );
      const statuses = await listSecrets(fakes.map(partsOf), stillContext());
      const decisions = dueSecrets(statuses, testNow, 'UTC');
      expect(decisions.map(({ secret }) => secret).toSorted()).toEqual(specs.map((_spec, index) => `s${index}`).toSorted());
      for (const { secret, action } of decisions) {
        const spec = specs[Number(secret.slice(1))];
        const may = spec?.seen && spec.issuer && spec.days >= 90 && (spec.state === undefined || spec.state === 'DONE');
        expect(action === 'rotate').toBe(may === true);
      }
    }),
    { numRuns: 60 },
  );
});
