import { describe, expect, it } from 'vitest';
import { startConsumerProbe } from '../support/consumer-probe.ts';
import { failPodsOf } from '../support/failing-pods.ts';
import { type SceneIssuer, startOpenAiIssuer } from '../support/http-issuer.ts';
import { firstValue, openScene, openSceneWith, type Scene } from '../support/rotation-scene.ts';
import { leaveClean } from './clean.ts';
import { describeReal } from './support.ts';

/** No trouble, with an issuer that makes the values itself. */
const theirs = 'theirs';
type Trouble = 'none' | 'verify' | 'roll' | typeof theirs;
const endsWell = (trouble: Trouble): boolean => trouble === 'none' || trouble === theirs;

/** What must hold at the end, however often it was killed on the way. */
async function expectEnd(scene: Scene<SceneIssuer>, expected: 'DONE' | 'ROLLED_BACK'): Promise<void> {
  const [journal, fields, secrets, references, pending] = await Promise.all([
    scene.journal(),
    scene.vaultFields(),
    scene.secrets(),
    scene.references(),
    scene.vaultList('pending/key'),
  ]);
  const { value } = fields;
  expect(journal?.state).toBe(expected);
  expect(fields).toEqual({ value, other: 'kept' });
  expect(value === firstValue).toBe(expected === 'ROLLED_BACK');
  // What serves is what the issuer accepts, and nothing else: no value lost, none left behind.
  expect([scene.issuer.accepts(value ?? ''), scene.issuer.liveCount()]).toEqual([true, 1]);
  expect(pending).toEqual([]);
  for (const reference of references.values()) expect(secrets.get(reference)).toBe(value);
  // The user's own Secret, and at most one of ours.
  expect(secrets.get('key')).toBe(firstValue);
  expect([...secrets.keys()].toSorted()).toEqual(expected === 'DONE' ? ['key', [...references.values()][0]] : ['key']);
}

describeReal(['kubernetes', 'vault'], 'a rotation that is killed with SIGKILL', (servers) => {
  leaveClean(servers.kubernetes);
  const open = async (name: string, trouble: Trouble): Promise<Scene<SceneIssuer>> => {
    const options = { name, timeout: '20s' };
    if (trouble === theirs) return openSceneWith(servers, options, await startOpenAiIssuer(firstValue));
    const scene = await openScene(servers, options);
    scene.issuer.breakNew = trouble === 'verify';
    return scene;
  };
  const stage = async (name: string, trouble: Trouble): Promise<{ scene: Scene<SceneIssuer>; end: () => Promise<void> }> => {
    const scene = await open(name, trouble);
    const failing = trouble === 'roll' ? failPodsOf(scene.api, scene.namespace, /^key-v/) : undefined;
    return {
      scene,
      end: async () => {
        await failing?.stop();
        await scene.close();
      },
    };
  };

  const throughout = async (name: string, trouble: Trouble, dieAt: number): Promise<void> => {
    const { scene, end } = await stage(name, trouble);
    const probe = startConsumerProbe(scene.api, scene.namespace, scene.issuer);
    try {
      const first = await scene.child('rotate', dieAt);
      expect(first.ended.signal, first.ended.stderr).toBe('SIGKILL');
      // The lock of the dead runs out after its two seconds.
      let outcome = (await scene.child('rotate')).outcome;
      for (let tries = 0; outcome?.result === 'locked' && tries < 20; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 500));
        outcome = (await scene.child('rotate')).outcome;
      }
      expect(outcome, JSON.stringify(outcome)).toMatchObject({ result: endsWell(trouble) ? 'done' : 'rolled-back' });
      const seen = await probe.stop();
      expect(seen.refused).toEqual([]);
      expect(seen.asked).toBeGreaterThan(10);
      await expectEnd(scene, endsWell(trouble) ? 'DONE' : 'ROLLED_BACK');
    } finally {
      await probe.stop();
      await end();
    }
  };

  describe.each(['none', 'verify', 'roll', theirs] as const)('trouble: %s', (trouble) => {
    it('ends well, whichever boundary it died at', { timeout: 900_000 }, async () => {
      // A run that nobody kills tells how many boundaries there are.
      const whole = await stage(`crash-${trouble}`, trouble);
      const { ended, outcome } = await whole.scene.child('rotate');
      expect(outcome, ended.stderr).toMatchObject({ result: endsWell(trouble) ? 'done' : 'rolled-back' });
      await expectEnd(whole.scene, endsWell(trouble) ? 'DONE' : 'ROLLED_BACK');
      await whole.end();
      const count = ended.stderr.split('\n').filter((line) => line.startsWith('B ')).length;
      expect(count).toBeGreaterThan(20);
      const problems: string[] = [];
      const queue = Array.from({ length: count }, (_, index) => index);
      const worker = async (): Promise<void> => {
        for (let dieAt = queue.shift(); dieAt !== undefined; dieAt = queue.shift()) {
          await throughout(`crash-${trouble}-${dieAt}`, trouble, dieAt).catch((error: unknown) => {
            problems.push(`${dieAt} ${ended.stderr.split('\n')[dieAt]}: ${error instanceof Error ? error.message : String(error)}`);
          });
        }
      };
      await Promise.all(Array.from({ length: 4 }, worker));
      expect(problems).toEqual([]);
    });
  });
});
