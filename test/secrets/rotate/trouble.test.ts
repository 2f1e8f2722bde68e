import { describe, expect, it } from 'vitest';
import { RotationFailure } from '../../../packages/core/src/secrets/failure.ts';
import type { RotationParts } from '../../../packages/core/src/secrets/parts.ts';
import { abandonSecret, resumeSecret, rollbackSecret, rotateSecret } from '../../../packages/core/src/secrets/rotate/run.ts';
import { SecretValue } from '../../../packages/core/src/secrets/value.ts';
import { bent, bentIssuer, boundaryOf, run } from './bent.ts';
import { World } from './world.ts';

describe('in trouble', () => {
  const boom = async (): Promise<never> => {
    throw new RotationFailure('operator', 'forbidden');
  };

  it('no way back to a value that was revoked, whatever failed after it', async () => {
    const world = new World();
    const process = bent(world, ({ pending }) => ({ pending: { ...pending, remove: boom } }));
    const outcome = await run(process, rotateSecret);
    expect(outcome).toMatchObject({ result: 'needs-operator', detail: 'forbidden' });
    expect(outcome === 'died' ? [] : outcome.next).toEqual([
      'agentops secrets history key',
      'agentops secrets resume key',
      'agentops secrets abandon key',
    ]);
    expect(await run(world.process(), rollbackSecret)).toMatchObject({
      result: 'failed',
      detail: 'there is no way back: the old value is revoked',
    });
    expect(await run(world.process(), resumeSecret)).toMatchObject({ result: 'done' });
  });

  const empty = (options: ConstructorParameters<typeof World>[0], workloads = 0): World => {
    const world = new World({ workloads, ...options });
    world.versions.splice(0);
    world.live.clear();
    return world;
  };

  it('the only value that is accepted is not thrown away', async () => {
    const world = empty({ trouble: 'confirm' });
    const one = (parts: RotationParts): Partial<RotationParts> => bentIssuer(parts, { live: 'one' });
    expect(await run(bent(world, one), rotateSecret, { acceptDowntime: true })).toMatchObject({
      result: 'needs-operator',
      detail: 'there is no way back: the issuer has one live value, and nobody knows the one before it',
    });
    expect([...world.live.keys()]).toEqual([world.versions[0]?.fields.get('value')]);
  });

  it('a copy whose value is nowhere else is not overwritten', async () => {
    const world = empty({ inPlace: true }, 1);
    expect(await run(world.process(), rotateSecret)).toMatchObject({
      result: 'failed',
      detail: expect.stringContaining('memory key has a value already, and Vault has none to go back to'),
    });
    expect([world.copies.get('key'), world.journals.size]).toEqual(['value-0', 0]);
  });

  it('nothing is issued once somebody has changed over by hand', async () => {
    const world = new World({ issuer: 'accounts' });
    const staged = await boundaryOf(new World({ issuer: 'accounts' }), 'after journal STAGED');
    expect(await run(world.process(staged), rotateSecret)).toBe('died');
    world.live.set('by-hand', { account: 'b', enabled: true });
    world.versions.push({
      fields: new Map([
        ['value', 'by-hand'],
        ['user', 'b'],
      ]),
      createdAt: world.now,
    });
    expect(await run(world.process(), rotateSecret)).toMatchObject({
      result: 'needs-operator',
      detail: expect.stringContaining('kv/agents/key is at version 2, the rotation was planned on 1'),
    });
    expect(world.accepts('by-hand')).toBe(true);
  });

  it('an edit of another field survives the way back', async () => {
    const world = new World({ overlapMs: 86_400_000 });
    await run(world.process(), rotateSecret);
    const present = world.versions.at(-1);
    world.versions.push({ fields: new Map([...(present?.fields ?? []), ['other', 'edited']]), createdAt: world.now });
    expect(await run(world.process(), rollbackSecret)).toMatchObject({ result: 'rolled-back', version: 4 });
    expect(Object.fromEntries(world.versions.at(-1)?.fields ?? [])).toMatchObject({ value: 'value-0', other: 'edited' });
  });

  it('a foreign version that serves is told of after the way back', async () => {
    const world = new World({ overlapMs: 86_400_000 });
    await run(world.process(), rotateSecret);
    world.versions.push({ fields: new Map([['value', 'of-another']]), createdAt: world.now });
    world.live.set('of-another', { enabled: true });
    expect(await run(world.process(), rollbackSecret)).toMatchObject({
      result: 'rolled-back',
      detail: 'asked for; version 3 was not written by this rotation and serves: look at it',
    });
  });

  it('a new value that is still accepted after the way back is not forgotten', async () => {
    const world = new World({ trouble: 'confirm' });
    const process = bent(world, (parts) => bentIssuer(parts, { revoke: async () => ({ result: 'revoked', detail: 'it says so' }) }));
    expect(await run(process, rotateSecret)).toMatchObject({
      result: 'stopped',
      state: 'ROLLING_BACK',
      detail: 'the new value: it says so; it is still accepted',
    });
    expect(world.pending.size).toBe(1);
    expect(await run(world.process(), resumeSecret)).toMatchObject({ result: 'rolled-back' });
    expect([[...world.live.keys()], world.pending.size]).toEqual([['value-0'], 0]);
  });

  it('a new value that only a person can revoke is not passed over', async () => {
    const world = new World({ trouble: 'confirm' });
    const process = bent(world, (parts) => bentIssuer(parts, { revoke: async () => ({ result: 'manual', detail: 'in the console' }) }));
    expect(await run(process, rotateSecret)).toMatchObject({
      result: 'needs-operator',
      detail: expect.stringContaining('the new value has to be revoked by hand: in the console'),
    });
  });

  it('the key that the configuration names is revoked, though Vault had no version', async () => {
    const world = empty({ issuer: 'theirs', overlapMs: 1000 });
    world.live.set('from-the-console', { id: 'key-0', enabled: true });
    expect(await run(world.process(), rotateSecret)).toMatchObject({ result: 'grace' });
    world.now += 2000;
    expect(await run(world.process(), rotateSecret)).toMatchObject({ result: 'done' });
    expect([...world.live.keys()]).toEqual(['value-1']);
  });

  it('an issuer that refuses to revoke is no reason to go back', async () => {
    const world = new World();
    const process = bent(world, (parts) =>
      bentIssuer(parts, {
        revoke: async () => {
          throw new RotationFailure('refused', 'the key is locked');
        },
      }),
    );
    expect(await run(process, rotateSecret)).toMatchObject({ result: 'stopped', state: 'GRACE', detail: 'the key is locked' });
    expect(world.pods.map(({ value }) => value)).toEqual(['value-1', 'value-1']);
  });

  it('what was abandoned half-way is not rotated over', async () => {
    const world = new World();
    const published = await boundaryOf(new World(), 'after journal PUBLISHED');
    await run(world.process(published), rotateSecret);
    await run(world.process(), abandonSecret);
    expect(await run(world.process(), rotateSecret)).toMatchObject({
      result: 'failed',
      detail: expect.stringContaining('the last rotation was abandoned, and memory key is not seen to hold version 2'),
    });
    expect(world.broken).toEqual([]);
  });

  it('a second value that is brought is not dropped in silence', async () => {
    const world = new World();
    const supplied = (parts: RotationParts): Partial<RotationParts> => bentIssuer(parts, { origin: 'supplied' });
    const typo = { supplied: SecretValue.fromText('typo') };
    const down = (parts: RotationParts): Partial<RotationParts> =>
      bentIssuer(parts, {
        origin: 'supplied',
        issue: async () => {
          throw new RotationFailure('transient', 'unreachable');
        },
      });
    expect(await run(bent(world, down), rotateSecret, typo)).toMatchObject({ result: 'stopped', state: 'STAGED' });
    expect(await run(bent(world, supplied), rotateSecret, { supplied: SecretValue.fromText('right') })).toMatchObject({
      result: 'failed',
      detail: 'another value is staged already: resume with that one, or roll back and begin anew',
    });
    expect(world.versions).toHaveLength(1);
  });

  it('a person’s word neither cuts the overlap short nor beats a verifier', async () => {
    const world = new World({ overlapMs: 86_400_000 });
    await run(world.process(), rotateSecret);
    expect(await run(world.process(), resumeSecret, { revokedByHand: true })).toMatchObject({ result: 'grace' });
    world.now += 90_000_000;
    const blind = (parts: RotationParts): Partial<RotationParts> => ({
      ...bentIssuer(parts, { revoke: async () => ({ result: 'manual', detail: 'in the console' }) }),
      verifier: {
        type: 'memory',
        describe: () => '',
        verify: async ({ value }) =>
          value.text() === 'value-0' ? { accepted: 'unknown', detail: 'timed out' } : { accepted: true, detail: '' },
      },
    });
    expect(await run(bent(world, blind), resumeSecret, { revokedByHand: true })).toMatchObject({
      result: 'needs-operator',
      detail: expect.stringContaining('whether it is refused could not be seen: timed out'),
    });
  });

  it('a consumer that came into the configuration since is asked before the old value ends', async () => {
    const world = new World({ overlapMs: 1000 });
    await run(world.process(), rotateSecret);
    world.now += 2000;
    const process = bent(world, ({ consumers }) => ({
      consumers: [
        ...consumers,
        ...consumers.map((consumer) => ({ ...consumer, id: 'late', holds: async () => ({ holds: 'no' as const, detail: 'the old one' }) })),
      ],
    }));
    expect(await run(process, rotateSecret)).toMatchObject({ result: 'stopped', detail: 'still in use by late (the old one)' });
    expect(world.accepts('value-0')).toBe(true);
  });

  it('a journal that somebody deleted is not taken for no rotation', async () => {
    const world = new World();
    const process = bent(world, ({ journal }) => ({
      journal: { ...journal, list: async () => ['key/20261121t000000z-aaaa'], read: async () => undefined },
    }));
    expect(await run(process, rotateSecret)).toMatchObject({
      result: 'failed',
      detail: 'the journal key/20261121t000000z-aaaa is deleted (vault kv undelete brings it back)',
    });
  });

  it('says of whom it was not seen that they hold the new value', async () => {
    const world = new World();
    const process = bent(world, ({ consumers }) => ({
      consumers: consumers.map((consumer) => ({
        ...consumer,
        holds: async () => ({ holds: 'unknown' as const, detail: 'cannot be asked' }),
      })),
    }));
    expect(await run(process, rotateSecret)).toMatchObject({
      result: 'done',
      detail: 'version 2 serves, the old value is revoked; not seen whether memory key holds the new value: cannot be asked',
    });
  });
});
