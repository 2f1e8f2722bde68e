import { describe, expect, it } from 'vitest';
import type { RotationJournal } from '../../../packages/core/src/model/rotation.ts';
import { RotationFailure } from '../../../packages/core/src/secrets/failure.ts';
import type { RotationParts } from '../../../packages/core/src/secrets/parts.ts';
import type { Issuer } from '../../../packages/core/src/secrets/ports.ts';
import { planRotation } from '../../../packages/core/src/secrets/rotate/plan.ts';
import { abandonSecret, resumeSecret, rollbackSecret, rotateSecret } from '../../../packages/core/src/secrets/rotate/run.ts';
import { SecretValue } from '../../../packages/core/src/secrets/value.ts';
import { type Process, World } from './world.ts';

type Command = typeof rotateSecret;

/** A process whose parts differ from the world's in something. */
function bent(world: World, bend: (parts: RotationParts) => Partial<RotationParts>): Process {
  const process = world.process();
  const plain = process.parts.bind(process);
  process.parts = () => {
    const parts = plain();
    return { ...parts, ...bend(parts) };
  };
  return process;
}

const bentIssuer = (parts: RotationParts, change: Partial<Issuer>): Partial<RotationParts> =>
  parts.issuer ? { issuer: { ...parts.issuer, ...change } } : {};

function journalOf(world: World): RotationJournal {
  const [text] = [...world.journals.values()].map((each) => each.text).slice(-1);
  return JSON.parse(text ?? '{}') as RotationJournal;
}

const run = (process: Process, command: Command, more: Parameters<Process['run']>[1] = {}): ReturnType<Process['run']> =>
  process.run(command, more);

describe('a rotation', () => {
  it('goes through its states, tells the audit, and leaves who issued what', async () => {
    const world = new World({ issuer: 'theirs' });
    expect(await run(world.process(), rotateSecret)).toMatchObject({
      result: 'done',
      state: 'DONE',
      version: 2,
      detail: 'version 2 serves, the old value is revoked',
      next: [],
    });
    expect(journalOf(world).history.map(({ state }) => state)).toEqual([
      'PLANNED',
      'LOCKED',
      'STAGED',
      'ISSUED',
      'VERIFIED',
      'PUBLISHED',
      'SYNCED',
      'ROLLED',
      'CONFIRMED',
      'GRACE',
      'REVOKED',
      'DONE',
    ]);
    expect(world.records.map(({ event, by, version }) => [event, by, version])).toEqual([
      ['rotation-started', 'tester', 1],
      ['published', 'tester', 2],
      ['revoked', 'tester', 1],
      ['done', 'tester', 2],
    ]);
    expect(Object.fromEntries(world.custom)).toEqual({
      agentops_version: '2',
      agentops_rotation: journalOf(world).id,
      agentops_key_id: 'key-1',
      agentops_key_name: expect.stringMatching(/^agentops-key-[0-9a-f]{10}-1$/),
    });
  });

  it('never writes a value into its journal or the audit', async () => {
    const world = new World({ trouble: 'roll' });
    await run(world.process(), rotateSecret);
    expect(JSON.stringify([...world.journals.values(), world.records, [...world.custom]])).not.toMatch(/value-\d/);
  });

  it('keeps both values for the overlap, then revokes the old one', async () => {
    const world = new World({ overlapMs: 86_400_000 });
    const outcome = await run(world.process(), rotateSecret);
    expect(outcome).toMatchObject({ result: 'grace', state: 'GRACE', version: 2, detail: 'both values are valid' });
    expect([...world.live.keys()]).toEqual(['value-0', 'value-1']);
    world.now += 80_000_000;
    expect(await run(world.process(), resumeSecret)).toMatchObject({ result: 'grace' });
    expect([...world.live.keys()]).toEqual(['value-0', 'value-1']);
    world.now += 7_000_000;
    expect(await run(world.process(), rotateSecret)).toMatchObject({ result: 'done' });
    expect([...world.live.keys()]).toEqual(['value-1']);
  });

  it('does not revoke what somebody still refers to, and says who', async () => {
    const world = new World();
    const process = bent(world, ({ consumers }) => ({
      consumers: consumers.map((consumer) => ({ ...consumer, stillOn: async () => ['Pod agents/straggler'] })),
    }));
    expect(await run(process, rotateSecret)).toMatchObject({
      result: 'stopped',
      detail: 'still in use by Pod agents/straggler',
    });
    expect(world.live.has('value-0')).toBe(true);
    expect(journalOf(world).revoke).toMatchObject({ begun: false, attempts: 1, lastFailure: 'still in use by Pod agents/straggler' });
    // It comes back to it, later.
    expect(await run(world.process(), rotateSecret)).toMatchObject({ result: 'stopped', graceUntil: expect.any(Number) });
    world.now += 300_000;
    expect(await run(world.process(), rotateSecret)).toMatchObject({ result: 'done' });
    expect(world.records.map(({ event }) => event)).toContain('revoke-failed');
  });

  it('keeps on revoking until the issuer refuses the old value', async () => {
    const world = new World();
    const process = bent(world, (parts) => bentIssuer(parts, { revoke: async () => ({ result: 'revoked', detail: 'it says so' }) }));
    expect(await run(process, rotateSecret)).toMatchObject({
      result: 'stopped',
      detail: 'it says so; the old value: it is still accepted',
    });
    expect(journalOf(world)).toMatchObject({ state: 'GRACE', revoke: { begun: true, attempts: 1 } });
    world.now += 300_000;
    expect(await run(world.process(), rotateSecret)).toMatchObject({ result: 'done' });
    expect([...world.live.keys()]).toEqual(['value-1']);
  });

  it('asks a person where only a person can revoke, and believes the verifier', async () => {
    const world = new World();
    const manual = (parts: RotationParts): Partial<RotationParts> =>
      bentIssuer(parts, { revoke: async () => ({ result: 'manual', detail: 'in the console' }) });
    expect(await run(bent(world, manual), rotateSecret)).toMatchObject({
      result: 'needs-operator',
      state: 'NEEDS_OPERATOR',
      detail:
        'the old value has to be revoked by hand: in the console; it is still accepted (at the issuer; then: agentops secrets resume key)',
    });
    // Said, and not true: the verifier still gets in.
    expect(await run(bent(world, manual), resumeSecret, { revokedByHand: true })).toMatchObject({ result: 'needs-operator' });
    world.live.delete('value-0');
    expect(await run(bent(world, manual), resumeSecret)).toMatchObject({ result: 'done' });
  });

  it('takes a person’s word where nobody can try the old value', async () => {
    const world = new World();
    const manual = (parts: RotationParts): Partial<RotationParts> => ({
      ...bentIssuer(parts, { revoke: async () => ({ result: 'manual', detail: 'in the console' }) }),
      verifier: undefined,
    });
    expect(await run(bent(world, manual), rotateSecret)).toMatchObject({
      result: 'needs-operator',
      detail:
        'the old value has to be revoked by hand: in the console; nothing can prove it (at the issuer; then: agentops secrets resume key --revoked)',
    });
    expect(await run(bent(world, manual), resumeSecret, { revokedByHand: true })).toMatchObject({
      result: 'done',
      detail: 'version 2 serves; that the old value is revoked was said by tester, and not seen',
    });
  });

  it('lets one of eight through and names the holder to the others', async () => {
    const world = new World();
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => run(world.process(), rotateSecret)));
    const results = outcomes.map((outcome) => (outcome === 'died' ? outcome : outcome.result));
    expect(results.toSorted()).toEqual(['done', ...Array.from({ length: 7 }, () => 'locked')]);
    for (const outcome of outcomes) {
      if (outcome !== 'died' && outcome.result === 'locked') expect(outcome.detail).toMatch(/^tester [0-9a-f]{6} is at it since 2026-/);
    }
    expect(world.versions).toHaveLength(2);
  });

  it('never overwrites a version that somebody wrote meanwhile', async () => {
    const world = new World();
    const process = bent(world, ({ verifier }) => ({
      verifier: {
        type: 'memory',
        describe: () => '',
        verify: async (credential, context) => {
          if (world.versions.length === 1) {
            world.live.set('value-of-another', { enabled: true });
            world.versions.push({ fields: new Map([['value', 'value-of-another']]), createdAt: world.now });
          }
          return verifier?.verify(credential, context) ?? { accepted: true, detail: '' };
        },
      },
    }));
    expect(await run(process, rotateSecret)).toMatchObject({
      result: 'needs-operator',
      detail: expect.stringContaining('kv/agents/key is at version 2, which this rotation did not write'),
    });
    expect(await run(world.process(), rollbackSecret)).toMatchObject({ result: 'rolled-back' });
    expect(world.versions.at(-1)?.fields.get('value')).toBe('value-of-another');
    expect([...world.live.keys()]).toEqual(['value-0', 'value-of-another']);
    expect(world.pending.size).toBe(0);
  });

  it('reads back what became of a write whose answer was lost', async () => {
    const world = new World();
    let lost = 0;
    const process = bent(world, ({ kv }) => ({
      kv: {
        ...kv,
        write: async (at, fields, cas) => {
          const written = await kv.write(at, fields, cas);
          if (lost++ === 0) throw new RotationFailure('transient', 'the outcome of the write is not known');
          return written;
        },
      },
    }));
    expect(await run(process, rotateSecret)).toMatchObject({ result: 'done', version: 2 });
    expect(world.versions).toHaveLength(2);
  });

  it('does not go on once another process has taken it over', async () => {
    const world = new World();
    const process = bent(world, ({ verifier }) => ({
      verifier: {
        type: 'memory',
        describe: () => '',
        verify: async (credential, context) => {
          // Its lease ran out unnoticed, and somebody else went on.
          for (const [id, entry] of world.journals) world.journals.set(id, { ...entry, version: entry.version + 1 });
          return verifier?.verify(credential, context) ?? { accepted: true, detail: '' };
        },
      },
    }));
    expect(await run(process, rotateSecret)).toMatchObject({
      result: 'stopped',
      detail: 'another process has taken this rotation over',
    });
    expect(world.versions).toHaveLength(1);
  });

  it('stops at a boundary when asked, and goes on later', async () => {
    const world = new World({ workloads: 3 });
    const stop = new AbortController();
    const boundary = ({ name, moment }: { name: string; moment: string }): void => {
      if (name === 'roll Deployment agents/w0' && moment === 'after') stop.abort();
    };
    expect(await run(world.process(), rotateSecret, { stop: stop.signal, boundary })).toMatchObject({
      result: 'stopped',
      state: 'SYNCED',
      detail: 'stopped, as asked',
      next: ['agentops secrets resume key', 'agentops secrets rollback key'],
    });
    expect(world.pods.map(({ reference }) => reference)).toEqual(['key-v2', 'key', 'key']);
    expect(await run(world.process(), resumeSecret)).toMatchObject({ result: 'done' });
  });

  it('refuses an issuer with one live value, unless downtime is accepted', async () => {
    const world = new World();
    const one = (parts: RotationParts): Partial<RotationParts> => bentIssuer(parts, { live: 'one' });
    expect(await run(bent(world, one), rotateSecret)).toMatchObject({
      result: 'failed',
      detail: expect.stringContaining('--accept-downtime'),
    });
    expect(world.journals.size).toBe(0);
    expect(await run(bent(world, one), rotateSecret, { acceptDowntime: true })).toMatchObject({ result: 'done' });
  });

  it('has no way back where the issuer made the one live value', async () => {
    const world = new World({ issuer: 'theirs', trouble: 'verify' });
    const one = (parts: RotationParts): Partial<RotationParts> => bentIssuer(parts, { live: 'one' });
    expect(await run(bent(world, one), rotateSecret, { acceptDowntime: true })).toMatchObject({
      result: 'needs-operator',
      detail: 'there is no way back: the issuer has one live value and made it itself: the old one is gone',
    });
  });

  it('sets the one live value of ours back', async () => {
    const world = new World({ trouble: 'roll' });
    const one = (parts: RotationParts): Partial<RotationParts> =>
      bentIssuer(parts, {
        live: 'one',
        issue: async ({ value }) => {
          if (!value) throw new Error('nothing to set');
          world.live.clear();
          world.live.set(value.text(), { enabled: true });
          return { value, key: {} };
        },
      });
    expect(await run(bent(world, one), rotateSecret, { acceptDowntime: true })).toMatchObject({ result: 'rolled-back' });
    expect([...world.live.keys()]).toEqual(['value-0']);
    expect(world.pods.map(({ value }) => value)).toEqual(['value-0', 'value-0']);
  });

  it('marks the old value, written again, with its true age', async () => {
    const world = new World({ trouble: 'confirm' });
    expect(await run(world.process(), rotateSecret)).toMatchObject({
      result: 'rolled-back',
      version: 3,
      detail: 'memory key does not hold the new value: it says so',
    });
    expect(Object.fromEntries(world.custom)).toMatchObject({
      agentops_version: '3',
      agentops_value_since: new Date(world.versions[0]?.createdAt ?? 0).toISOString(),
    });
    // The next rotation still knows how old it is.
    await run(world.process(), rotateSecret);
    expect(journalOf(world).oldCreatedAt).toBe(new Date(world.versions[0]?.createdAt ?? 0).toISOString());
  });

  it('has no way back once the old value is revoked, and none to a value that may be', async () => {
    const world = new World({ issuer: 'disabling' });
    // It dies after the issuer was told, before that was recorded.
    const count = await boundaryOf(new World({ issuer: 'disabling' }), 'after effect revoke');
    expect(await run(world.process(count), rotateSecret)).toBe('died');
    expect(await run(world.process(), rollbackSecret)).toMatchObject({
      result: 'failed',
      state: 'GRACE',
      detail: 'there is no way back: the old value is revoked already',
    });
    expect(world.pods.map(({ value }) => value)).toEqual(['value-1', 'value-1']);
    expect(await run(world.process(), resumeSecret)).toMatchObject({ result: 'done' });
    expect(await run(world.process(), rollbackSecret)).toMatchObject({ result: 'failed' });
  });

  it('brings a disabled old value back into service', async () => {
    const world = new World({ issuer: 'disabling' });
    const count = await boundaryOf(new World({ issuer: 'disabling' }), 'after effect disable');
    expect(await run(world.process(count), rotateSecret)).toBe('died');
    expect(world.accepts('value-0')).toBe(false);
    expect(await run(world.process(), rollbackSecret)).toMatchObject({ result: 'rolled-back' });
    expect(world.accepts('value-0')).toBe(true);
    expect(world.broken).toEqual([]);
  });

  it('needs the value of an issuer that makes none, and keeps it once it has it', async () => {
    const world = new World();
    const supplied = (parts: RotationParts): Partial<RotationParts> => bentIssuer(parts, { origin: 'supplied' });
    expect(await run(bent(world, supplied), rotateSecret)).toMatchObject({
      result: 'failed',
      detail: 'its issuer makes no values: bring the new one on standard input',
      next: ['agentops secrets rotate key --stdin'],
    });
    expect(world.journals.size).toBe(0);
    expect(await run(bent(world, supplied), rotateSecret, { supplied: SecretValue.fromText('value-9') })).toMatchObject({ result: 'done' });
    expect([...world.live.keys()]).toEqual(['value-9']);
  });

  it('writes the first version of a secret that has none, and takes it away again', async () => {
    const empty = (options: ConstructorParameters<typeof World>[0]): World => {
      const world = new World({ workloads: 0, ...options });
      world.versions.splice(0);
      world.live.clear();
      return world;
    };
    const world = empty({});
    expect(await run(world.process(), rotateSecret)).toMatchObject({ result: 'done', version: 1 });
    expect([...world.live.keys()]).toEqual(['value-1']);
    const failing = empty({ trouble: 'confirm' });
    expect(await run(failing.process(), rotateSecret)).toMatchObject({ result: 'rolled-back' });
    expect([failing.versions.length, failing.live.size]).toEqual([0, 0]);
  });

  it('is left as it stands when it is abandoned', async () => {
    const world = new World({ overlapMs: 86_400_000 });
    await run(world.process(), rotateSecret);
    expect(await run(world.process(), abandonSecret)).toMatchObject({ result: 'skipped', state: 'ABANDONED' });
    expect([...world.live.keys()]).toEqual(['value-0', 'value-1']);
    expect(await run(world.process(), resumeSecret)).toMatchObject({ result: 'skipped', detail: 'no rotation of it is unfinished' });
    expect(world.records.at(-1)).toMatchObject({ event: 'abandoned', detail: 'in GRACE' });
  });

  it('does nothing where the plan was made for another version', async () => {
    const world = new World();
    expect(await run(world.process(), rotateSecret, { plannedVersion: 4 })).toMatchObject({
      result: 'failed',
      detail: 'key is at version 1 now, the plan was made for version 4 (look at the plan again)',
    });
    expect(world.journals.size).toBe(0);
  });
});

describe('what a hostile reader found', () => {
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

async function boundaryOf(world: World, name: string): Promise<number> {
  const process = world.process();
  await process.run(rotateSecret);
  const index = process.boundaries.indexOf(name);
  expect(index).toBeGreaterThan(0);
  return index;
}

describe('a plan', () => {
  const planOf = (world: World, bend: (parts: RotationParts) => Partial<RotationParts> = () => ({})): ReturnType<typeof planRotation> => {
    const parts = bent(world, bend).parts();
    const context = { host: { clock: { now: () => 0, monotonic: () => 0 } }, signal: new AbortController().signal, deadline: 1e9 };
    return planRotation(parts, context as never, { acceptDowntime: false });
  };

  it('names every step and object', async () => {
    expect(await planOf(new World({ overlapMs: 86_400_000, workloads: 3 }))).toEqual({
      secret: 'key',
      location: 'kv/agents/key',
      currentVersion: 1,
      valueSince: expect.any(Number),
      steps: [
        { step: 'lock', text: 'lock key', objects: ['lock key'] },
        { step: 'stage', text: 'kv/agentops/pending/key, until it is over', objects: ['kv/agentops/pending/key'] },
        { step: 'issue', text: 'make one', objects: [] },
        { step: 'verify', text: 'ask the memory', objects: [] },
        { step: 'publish', text: 'kv/agents/key, check-and-set on version 1', objects: ['kv/agents/key'] },
        { step: 'sync', text: 'Secret key-v2', objects: ['Secret key-v2'] },
        {
          step: 'roll',
          text: 'Deployment agents/w0 (1 pod), Deployment agents/w1 (1 pod), Deployment agents/w2 (1 pod): 1, then 1 at a time',
          objects: ['Deployment agents/w0', 'Deployment agents/w1', 'Deployment agents/w2'],
        },
        { step: 'grace', text: '24 h: both values are valid', objects: [] },
        { step: 'revoke', text: 'delete the old', objects: [] },
      ],
      undoUntil: 'revoke',
      warnings: [],
      blocked: undefined,
      notSeen: [],
    });
  });

  it('of a rotation that was begun is what is left of it', async () => {
    const world = new World({ overlapMs: 86_400_000 });
    await run(world.process(), rotateSecret);
    const plan = await planOf(world);
    expect([plan.currentVersion, plan.steps.map(({ step }) => step)]).toEqual([1, ['lock', 'grace', 'revoke']]);
    expect(plan.warnings).toEqual(['its rotation stands at GRACE: this goes on with it instead of beginning another']);
    const early = new World();
    await run(early.process(await boundaryOf(new World(), 'after journal PUBLISHED')), rotateSecret);
    const rest = await planOf(early);
    expect([rest.currentVersion, rest.steps.map(({ step }) => step)]).toEqual([1, ['lock', 'sync', 'roll', 'grace', 'revoke']]);
  });

  it('reads no value', async () => {
    const world = new World();
    const plan = await planOf(world, ({ kv }) => ({
      kv: {
        ...kv,
        read: () => {
          throw new Error('a value was read');
        },
      },
    }));
    expect(plan.blocked).toBeUndefined();
  });

  it('is blocked where the version cannot be seen, and says what it did not see', async () => {
    const forbidden = (): never => {
      throw new RotationFailure('transient', 'answers 403: not allowed', { hint: 'needs read on kv/metadata/agents/key' });
    };
    const plan = await planOf(new World(), ({ kv, journal }) => ({
      kv: { ...kv, metadata: async () => forbidden() },
      journal: { ...journal, list: async () => forbidden() },
    }));
    expect(plan.blocked).toBe('its version in Vault: answers 403: not allowed (needs read on kv/metadata/agents/key)');
    expect(plan.notSeen).toEqual(['whether a rotation is unfinished: answers 403: not allowed (needs read on kv/metadata/agents/key)']);
  });

  it('warns where there is no version, or none to go back to', async () => {
    const nothing = await planOf(new World(), ({ kv }) => ({ kv: { ...kv, metadata: async () => undefined } }));
    expect(nothing.warnings).toEqual(['kv/agents/key does not exist yet: it would be created (is the path right?)']);
    const gone = await planOf(new World(), ({ kv }) => ({
      kv: {
        ...kv,
        metadata: async (at) => {
          const metadata = await kv.metadata(at);
          return metadata && { ...metadata, versions: metadata.versions.map((version) => ({ ...version, gone: true })) };
        },
      },
    }));
    expect(gone.warnings).toEqual(['version 1 of kv/agents/key is deleted: there is no old value to go back to']);
  });

  it('warns where nothing tries the new value', async () => {
    const plan = await planOf(new World(), () => ({ verifier: undefined }));
    expect(plan.warnings).toEqual(['no verifier is configured: nothing tries the new value before it is used']);
    expect(plan.steps.map(({ step }) => step)).not.toContain('verify');
  });
});
