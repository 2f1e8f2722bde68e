import { describe, expect, it } from 'vitest';
import type { RotationEvent } from '../../../packages/core/src/model/rotation-plan.ts';
import { eventLine, worthALine } from '../../../packages/core/src/render/secrets/event.ts';

const event = (step: RotationEvent['step'], status: RotationEvent['status'], detail = '', ms?: number): RotationEvent => ({
  secret: 'openai-key',
  step,
  status,
  detail,
  ...(ms === undefined ? {} : { ms }),
});

it.each<[RotationEvent, string]>([
  [
    event('roll', 'waiting', 'Deployment agents/code-gen: 4 of 6 pods ready'),
    'openai-key  roll  Deployment agents/code-gen: 4 of 6 pods ready',
  ],
  [event('roll', 'done', '', 41_000), 'openai-key  roll  done in 41 s'],
  [event('lock', 'done', 'Lease agents/x'), 'openai-key  lock  held: Lease agents/x'],
  [event('verify', 'failed', 'refused\u001B[31m'), 'openai-key  verify  failed: refused [31m'],
  [event('grace', 'done', '', 3), 'openai-key  grace  begun: both values are valid'],
])('%j', (given, line) => {
  expect(eventLine(given)).toBe(line);
});

describe('a log', () => {
  it('has the ends of steps, and of a wait what is new, at most every ten seconds', () => {
    const worth = worthALine({ waits: true });
    const told: [RotationEvent, number, boolean][] = [
      [event('lock', 'started', 'Lease agents/x'), 0, false],
      [event('lock', 'done', 'Lease agents/x'), 0, true],
      [event('roll', 'started'), 1000, false],
      [event('roll', 'waiting', '0 of 6'), 1000, true],
      [event('roll', 'waiting', '1 of 6'), 2000, false],
      [event('roll', 'waiting', '1 of 6'), 10_999, false],
      [event('roll', 'waiting', '1 of 6'), 11_000, true],
      [event('roll', 'waiting', '1 of 6'), 30_000, false],
      [event('roll', 'done', '', 5), 31_000, true],
      [event('confirm', 'waiting', 'settling'), 31_001, true],
      [event('verify', 'skipped', 'no verifier'), 31_002, true],
      [event('verify', 'done', '', 1), 31_003, false],
      [event('revoke', 'failed', '503'), 31_004, true],
    ];
    expect(told.map(([each, now]) => worth(each, now))).toEqual(told.map(([, , expected]) => expected));
  });
});

it('a spinner has the waits, so only the ends stay', () => {
  const worth = worthALine({ waits: false });
  expect([event('roll', 'waiting', '1 of 6'), event('roll', 'started', 'x'), event('roll', 'done')].map((each) => worth(each, 0))).toEqual([
    false,
    false,
    true,
  ]);
});
