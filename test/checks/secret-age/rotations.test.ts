import { describe, expect, it } from 'vitest';
import { graceExpired } from '../../../packages/core/src/checks/secret-age/grace-expired.ts';
import { revokePending } from '../../../packages/core/src/checks/secret-age/revoke-pending.ts';
import { rootPasswordAge } from '../../../packages/core/src/checks/secret-age/root-password.ts';
import { rotationFailed } from '../../../packages/core/src/checks/secret-age/rotation-failed.ts';
import { rotationNeedsOperator } from '../../../packages/core/src/checks/secret-age/rotation-needs-operator.ts';
import { rotationUnfinished } from '../../../packages/core/src/checks/secret-age/rotation-unfinished.ts';
import { type RotationState, rotationStates } from '../../../packages/core/src/model/rotation.ts';
import type { VaultRotations } from '../../../packages/core/src/model/servers.ts';
import { testNow } from '../../support/host.ts';
import { lines, run } from '../network-policy/builders.ts';
import { daysAgo, journal, rotations, secondsAgo } from './builders.ts';

const all = [rotationNeedsOperator, rotationUnfinished, graceExpired, revokePending, rotationFailed] as const;
const of = (check: (typeof all)[number] | typeof rootPasswordAge, given: VaultRotations, settings: unknown = {}) =>
  run(check, { 'vault.rotations': given }, settings);

describe('every check on rotations', () => {
  it.each(all.map((check) => [check.meta.id, check] as const))('%s: nothing to say of what ended well or never began', (_id, check) => {
    expect(of(check, rotations([journal('DONE', 9_000_000)]))).toMatchObject({
      status: 'pass',
      findings: [],
      examined: { count: 1, noun: 'secret' },
    });
    expect(of(check, rotations([]))).toMatchObject({ status: 'pass', note: 'no rotation is on record' });
  });

  it.each(all.map((check) => [check.meta.id, check] as const))(
    '%s: what may not be read is unknown, what nobody configured skipped',
    (_id, check) => {
      const forbidden = {
        ok: false,
        reason: 'forbidden',
        source: 'vault',
        detail: 'needs "list" on kv/metadata/agentops/rotations',
      } as const;
      expect(run(check, { 'vault.rotations': forbidden }).status).toBe('unknown');
      expect(run(check, { 'vault.rotations': { ...forbidden, reason: 'not-configured' } }).status).toBe('skipped');
      const part = { ok: true, source: 'vault', data: rotations([journal('DONE', 0)]), gaps: [forbidden] } as const;
      expect(run(check, { 'vault.rotations': part }).status).toBe('unknown');
    },
  );

  it('no state but an end that is well escapes all of them, however long it lasts', () => {
    const silent = rotationStates.filter((state) => {
      const long = journal(state, 9_000_000, { graceUntil: secondsAgo(8_000_000) });
      return all.every((check) => of(check, rotations([long])).findings.length === 0);
    });
    // A person took an abandoned one over.
    expect(silent).toEqual(['DONE', 'ABANDONED']);
  });

  it('each state is one finding, not several', () => {
    for (const state of rotationStates.filter((each) => each !== 'DONE' && each !== 'ABANDONED')) {
      const long = journal(state, 9_000_000, { graceUntil: secondsAgo(8_000_000) });
      expect(all.flatMap((check) => of(check, rotations([long])).findings.map(({ id }) => id))).toHaveLength(1);
    }
  });
});

describe('secret-age/rotation-unfinished', () => {
  it.each<[RotationState, string]>([
    ['PLANNED', 'warning'],
    ['LOCKED', 'warning'],
    ['STAGED', 'warning'],
    ['ISSUED', 'warning'],
    ['VERIFIED', 'warning'],
    ['PUBLISHED', 'critical'],
    ['SYNCED', 'critical'],
    ['ROLLED', 'critical'],
    ['CONFIRMED', 'warning'],
    ['REVOKED', 'warning'],
    ['ROLLING_BACK', 'critical'],
  ])('%s left alone is %s', (state, severity) => {
    expect(lines(of(rotationUnfinished, rotations([journal(state, 1500)])))).toEqual([
      `${severity} SecretRotation/openai-key: stands at ${state} for 25 min | somebody at it; begun by ada`,
    ]);
  });

  it('VERIFIED is critical as soon as publishing was about to happen', () => {
    const result = of(rotationUnfinished, rotations([journal('VERIFIED', 1500, { intent: 'publish' })]));
    expect(result.findings[0]).toMatchObject({ severity: 'critical', detail: 'about to: publish' });
  });

  it('says what failed, and what to run: looking first', () => {
    const failure = { step: 'roll', reason: 'Deployment agents/code-gen: 1 pod crashes', at: secondsAgo(1500) };
    expect(of(rotationUnfinished, rotations([journal('SYNCED', 1500, { failure, intent: 'roll' })])).findings[0]).toMatchObject({
      detail: 'roll failed: Deployment agents/code-gen: 1 pod crashes; about to: roll',
      next: ['agentops secrets history openai-key', 'agentops secrets resume openai-key'],
      measured: { value: 1500, unit: 's' },
      threshold: { value: 60, unit: 's' },
      since: secondsAgo(1500),
    });
  });

  it('is judged by the lock’s lifetime', () => {
    expect(of(rotationUnfinished, rotations([journal('SYNCED', 60)])).status).toBe('pass');
    expect(of(rotationUnfinished, rotations([journal('SYNCED', 61)])).status).toBe('fail');
  });

  const lock = (expiresIn: number) => ({ lock: { holder: 'ci/7', since: testNow - 900_000, expiresAt: testNow + expiresIn } });

  it('somebody is at it: shown, not a finding', () => {
    expect(of(rotationUnfinished, rotations([journal('SYNCED', 900)], lock(1)))).toMatchObject({
      status: 'pass',
      findings: [],
      facts: [{ label: 'rotation under way', text: 'SYNCED, by ci/7' }],
    });
  });

  it('a lock that ran out is nobody’s', () => {
    expect(of(rotationUnfinished, rotations([journal('SYNCED', 900)], lock(0))).status).toBe('fail');
  });

  it('a lock that was not seen: a warning, and certain when no run takes so long', () => {
    const unseen = { lock: undefined };
    expect(lines(of(rotationUnfinished, rotations([journal('SYNCED', 900)], unseen)))).toEqual([
      'warning SecretRotation/openai-key: stands at SYNCED for 15 min | progress within 60 s; begun by ada',
    ]);
    expect(of(rotationUnfinished, rotations([journal('SYNCED', 900)], unseen)).findings[0]?.detail).toBe(
      'whether somebody is at it was not seen',
    );
    expect(of(rotationUnfinished, rotations([journal('SYNCED', 3601)], unseen)).status).toBe('fail');
  });

  it('a journal from the future tells nothing', () => {
    expect(of(rotationUnfinished, rotations([journal('SYNCED', -61)]))).toMatchObject({
      status: 'unknown',
      gaps: [{ source: 'rotation of openai-key', detail: 'its journal was written in the future: whether it goes on cannot be told' }],
    });
    expect(of(rotationUnfinished, rotations([journal('SYNCED', -60)])).status).toBe('pass');
  });

  it('one that a later rotation left behind is said too', () => {
    expect(of(rotationUnfinished, rotations([journal('DONE', 10), journal('SYNCED', 90_000)])).status).toBe('fail');
  });
});

describe('secret-age/rotation-needs-operator', () => {
  it('is critical at once, with what the journal says', () => {
    const history = [
      { state: 'VERIFIED', at: secondsAgo(40), ms: 1 },
      { state: 'NEEDS_OPERATOR', at: secondsAgo(30), ms: 1 },
    ] as const;
    const stuck = journal('NEEDS_OPERATOR', 30, { operator: 'version 5 was written by somebody else', history: [...history] });
    const result = of(rotationNeedsOperator, rotations([stuck]));
    expect(lines(result)).toEqual([
      'critical SecretRotation/openai-key: needs a person for 30 s | a rotation that ends by itself; it came to VERIFIED',
    ]);
    expect(result.findings[0]).toMatchObject({
      detail: 'version 5 was written by somebody else',
      next: ['agentops secrets history openai-key', 'agentops secrets resume openai-key'],
    });
  });
});

describe('secret-age/grace-expired', () => {
  const grace = (over: number) => rotations([journal('GRACE', 90_000, { graceUntil: secondsAgo(over) })]);

  it('an hour is granted', () => {
    expect(of(graceExpired, grace(-1)).status).toBe('pass');
    expect(of(graceExpired, grace(3600)).status).toBe('pass');
    expect(lines(of(graceExpired, grace(3601)))).toEqual([
      'warning SecretRotation/openai-key: old value not revoked 1 h after its grace | revoked within 1 h; version 4',
    ]);
  });

  it('the hours are a setting', () => {
    expect(of(graceExpired, grace(3601), { hours: 25 }).status).toBe('pass');
    expect(of(graceExpired, grace(1), { hours: 0 }).status).toBe('warn');
  });

  it('a grace without an end is unknown, not endless', () => {
    expect(of(graceExpired, rotations([journal('GRACE', 90_000)]))).toMatchObject({
      status: 'unknown',
      gaps: [{ detail: 'it is in its grace, and its journal does not say until when' }],
    });
  });
});

describe('secret-age/revoke-pending', () => {
  const revoke = { begun: true, attempts: 3, lastFailure: 'still in use by Pod agents/code-gen-1', nextAt: secondsAgo(-600) };
  const pending = (over: number, more = {}) =>
    rotations([journal('GRACE', 60, { graceUntil: secondsAgo(over), revoke: { ...revoke, ...more } })]);

  it('counts the tries and says why the last one failed and when the next one is', () => {
    const result = of(revokePending, pending(7200));
    expect(lines(result)).toEqual([
      'warning SecretRotation/openai-key: old value not revoked after 3 tries, 2 h after its grace | refused by its issuer; version 4',
    ]);
    expect(result.findings[0]).toMatchObject({
      detail: 'still in use by Pod agents/code-gen-1; next try in 10 min',
      next: ['agentops secrets history openai-key', 'agentops secrets resume openai-key'],
    });
  });

  it('says when nobody tries any more', () => {
    expect(of(revokePending, pending(7200, { nextAt: secondsAgo(3600) })).findings[0]?.detail).toBe(
      'still in use by Pod agents/code-gen-1; the next try was due 1 h ago',
    );
    expect(of(revokePending, pending(7200, { nextAt: null, lastFailure: null })).findings[0]?.detail).toBe(
      'the journal does not say why; no time is set for the next try',
    );
  });

  it('is critical after a day', () => {
    expect(of(revokePending, pending(86_400)).status).toBe('warn');
    expect(of(revokePending, pending(86_401)).status).toBe('fail');
  });

  it('a revoke that was not tried yet is left to the grace', () => {
    const begun = pending(7200, { attempts: 0, lastFailure: null, nextAt: null });
    expect(of(revokePending, begun).findings).toEqual([]);
    expect(of(graceExpired, begun).status).toBe('warn');
  });
});

describe('secret-age/rotation-failed', () => {
  const back = journal('ROLLED_BACK', 7200, {
    failure: { step: 'confirm', reason: 'agents/code-gen serves version 4', at: secondsAgo(7300) },
  });

  it('says which step failed and why', () => {
    const result = of(rotationFailed, rotations([back]));
    expect(lines(result)).toEqual(['warning SecretRotation/openai-key: went back 2 h ago | version 5 in place of 4']);
    expect(result.findings[0]).toMatchObject({
      detail: 'confirm failed: agents/code-gen serves version 4',
      next: ['agentops secrets history openai-key', 'agentops secrets rotate openai-key --dry-run'],
    });
  });

  it('a later rotation makes good for it', () => {
    expect(of(rotationFailed, rotations([journal('DONE', 60), back])).status).toBe('pass');
  });
});

describe('secret-age/root-password', () => {
  const root = { root: { maxAge: 30 * 86_400_000 } };
  const issued = (days: number) =>
    journal('DONE', 60, { history: [{ state: 'ISSUED', at: new Date(daysAgo(days)).toISOString(), ms: 1 }] });

  it.each<[string, VaultRotations, string[], string]>([
    ['young', rotations([issued(30)], root), [], 'pass'],
    [
      'over maxAge',
      rotations([issued(31)], root),
      ['warning SecretRotation/openai-key: 31 d | over 30 d (maxAge of openai-key); its last rotation'],
      'warn',
    ],
    [
      'over twice of it',
      rotations([issued(61)], root),
      ['critical SecretRotation/openai-key: 61 d | over 60 d (twice the maxAge of openai-key); its last rotation'],
      'fail',
    ],
    [
      'never rotated',
      rotations([], root),
      ['warning SecretRotation/openai-key: never rotated by agentops | a rotation on record: its age is not known'],
      'warn',
    ],
    [
      'one that failed before it made a password does not count',
      rotations([journal('PLANNED', 60), issued(31)], root),
      ['warning SecretRotation/openai-key: 31 d | over 30 d (maxAge of openai-key); its last rotation'],
      'warn',
    ],
    ['no rotation made a password', rotations([journal('ROLLED_BACK', 60)], root), [], 'unknown'],
    ['secrets that have versions are not its business', rotations([]), [], 'pass'],
  ])('%s', (_name, given, expected, status) => {
    const result = of(rootPasswordAge, given);
    expect(lines(result)).toEqual(expected);
    expect(result.status).toBe(status);
  });
});
