import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RotationOutcome } from '../../../packages/core/src/model/rotation-plan.ts';
import { resumeSecret, rollbackSecret, rotateSecret } from '../../../packages/core/src/secrets/rotate/run.ts';
import { type IssuerKind, World, type WorldOptions } from './world.ts';

const issuers: readonly IssuerKind[] = ['ours', 'theirs', 'accounts', 'disabling'];
const troubles = [undefined, 'verify', 'roll', 'confirm'] as const;

/** Goes on with fresh processes until the rotation is at its end. */
async function toTheEnd(world: World, deaths: readonly number[], first: typeof rotateSecret = rotateSecret): Promise<RotationOutcome> {
  let command = first;
  for (const dieAt of [...deaths, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]) {
    const outcome = await world.process(dieAt).run(command);
    if (outcome !== 'died' && outcome.result !== 'grace') return outcome;
    // An hourly `--due` would do the same: rotate goes on with what is unfinished.
    if (command !== rotateSecret || world.journals.size > 0) command = world.journals.size > 0 ? resumeSecret : rotateSecret;
    world.now += 3_600_000;
  }
  throw new Error('it does not come to an end');
}

function stateOf(world: World): string {
  const [newest] = [...world.journals].sort(([a], [b]) => (a < b ? 1 : -1));
  return newest ? (JSON.parse(newest[1].text) as { state: string }).state : 'none';
}

/** What must be true at the end, whatever happened on the way. */
function expectEnd(world: World, expected: 'DONE' | 'ROLLED_BACK'): void {
  expect(stateOf(world)).toBe(expected);
  expect(world.broken).toEqual([]);
  const latest = world.versions.at(-1)?.fields;
  const value = latest?.get('value') ?? '';
  expect(latest?.get('other')).toBe('kept');
  // Exactly what serves is accepted: nothing lost, nothing left behind.
  expect([...world.live.keys()]).toEqual([value]);
  expect(world.pods.map((pod) => pod.value)).toEqual(world.pods.map(() => value));
  expect([...world.pending.keys()]).toEqual([]);
  expect(value === 'value-0').toBe(expected === 'ROLLED_BACK');
  expect(world.mostRestarting).toBeLessThanOrEqual(Math.max(1, world.options.batch));
}

async function countBoundaries(options: WorldOptions): Promise<number> {
  const process = new World(options).process();
  await process.run(rotateSecret);
  return process.boundaries.length;
}

describe.each(issuers)('issuer %s', (issuer) => {
  describe.each([false, true])('in place: %s', (inPlace) => {
    it.each(troubles)('ends well from a death at any boundary; trouble: %s', async (trouble) => {
      const options: WorldOptions = { issuer, inPlace, ...(trouble ? { trouble } : {}) };
      const count = await countBoundaries(options);
      expect(count).toBeGreaterThan(10);
      for (let dieAt = 0; dieAt < count; dieAt++) {
        const world = new World(options);
        await toTheEnd(world, [dieAt]);
        expectEnd(world, trouble ? 'ROLLED_BACK' : 'DONE');
      }
    });
  });

  it('ends well from deaths one after the other', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(60), { maxLength: 6 }),
        fc.constantFrom(...troubles),
        fc.boolean(),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 3 }),
        async (deaths, trouble, inPlace, workloads, batch) => {
          const world = new World({ issuer, inPlace, workloads, batch, ...(trouble ? { trouble } : {}) });
          await toTheEnd(world, deaths);
          expectEnd(world, trouble ? 'ROLLED_BACK' : 'DONE');
        },
      ),
      { numRuns: 60 },
    );
  });

  it('goes back from wherever it was left, whatever dies on the way', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(60), fc.array(fc.nat(40), { maxLength: 3 }), fc.boolean(), async (left, deaths, inPlace) => {
        const world = new World({ issuer, inPlace, overlapMs: 86_400_000 });
        const outcome = await world.process(left).run(rotateSecret);
        if (world.journals.size === 0) return;
        if (outcome !== 'died') expect(outcome.result).toBe('grace');
        for (const dieAt of deaths) await world.process(dieAt).run(rollbackSecret);
        const last = await world.process().run(rollbackSecret);
        expect(last).not.toBe('died');
        expectEnd(world, 'ROLLED_BACK');
      }),
      { numRuns: 60 },
    );
  });
});
