import { describe, expect, it } from 'vitest';
import { RotationFailure } from '../../../packages/core/src/secrets/failure.ts';
import type { RotationParts } from '../../../packages/core/src/secrets/parts.ts';
import { abandonSecret, resumeSecret, rollbackSecret, rotateSecret } from '../../../packages/core/src/secrets/rotate/run.ts';
import { SecretValue } from '../../../packages/core/src/secrets/value.ts';
import { bent, bentIssuer, boundaryOf, journalOf, run } from './bent.ts';
import { World } from './world.ts';

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
