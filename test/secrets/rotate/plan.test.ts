import { describe, expect, it } from 'vitest';
import { RotationFailure } from '../../../packages/core/src/secrets/failure.ts';
import type { RotationParts } from '../../../packages/core/src/secrets/parts.ts';
import { planRotation } from '../../../packages/core/src/secrets/rotate/plan.ts';
import { rotateSecret } from '../../../packages/core/src/secrets/rotate/run.ts';
import { bent, boundaryOf, run } from './bent.ts';
import { World } from './world.ts';

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
