import { expect, it } from 'vitest';
import { startConsumerProbe } from '../support/consumer-probe.ts';
import { failPodsOf } from '../support/failing-pods.ts';
import { untilSettled, watchRestarts } from '../support/restart-watch.ts';
import { firstValue, openScene } from '../support/rotation-scene.ts';
import { leaveClean } from './clean.ts';
import { describeReal } from './support.ts';

describeReal(['kubernetes', 'vault'], 'rotations on a real Vault and a real cluster', (servers) => {
  leaveClean(servers.kubernetes);
  it('eight at once: one publishes, the others name who is at it', async () => {
    const scene = await openScene(servers, { name: 'eight', lockFor: '30s' });
    try {
      await untilSettled(scene.api, scene.namespace);
      const runs = await Promise.all(Array.from({ length: 8 }, () => scene.child('rotate')));
      const outcomes = runs.map(({ outcome, ended }) => outcome ?? { result: ended.stderr, detail: '' });
      expect(outcomes.map(({ result }) => result).toSorted()).toEqual(['done', ...Array.from({ length: 7 }, () => 'locked')]);
      const losers = outcomes.filter(({ result }) => result === 'locked');
      for (const { detail } of losers) expect(detail).toMatch(/^child [0-9a-f]{8} [0-9a-f]{6} is at it since 2\d{3}-/);
      expect(new Set(losers.map(({ detail }) => detail)).size).toBe(1);
      expect(scene.issuer.issued).toHaveLength(2);
    } finally {
      await scene.close();
    }
  });

  it('keeps both values for the overlap; rollback from there is seen by nobody', async () => {
    const scene = await openScene(servers, { name: 'overlap', overlap: '24h', deployments: 3, replicas: 2 });
    await untilSettled(scene.api, scene.namespace);
    const probe = startConsumerProbe(scene.api, scene.namespace, scene.issuer);
    try {
      expect((await scene.child('rotate')).outcome).toMatchObject({ result: 'grace', state: 'GRACE', version: 2 });
      expect(scene.issuer.live.size).toBe(2);
      expect([...(await scene.references()).values()]).toEqual(['key-v2', 'key-v2', 'key-v2']);
      // Hours later still, as often as a schedule asks.
      expect((await scene.child('rotate')).outcome).toMatchObject({ result: 'grace' });
      expect((await scene.child('rollback')).outcome).toMatchObject({ result: 'rolled-back', version: 3 });
      expect([...scene.issuer.live]).toEqual([firstValue]);
      expect([...(await scene.references()).values()]).toEqual(['key', 'key', 'key']);
      expect([...(await scene.secrets()).keys()]).toEqual(['key']);
      const seen = await probe.stop();
      expect(seen.refused).toEqual([]);
      expect(seen.asked).toBeGreaterThan(50);
    } finally {
      await probe.stop();
      await scene.close();
    }
  });

  it('a new value that fails on the way through 20 deployments is taken back within a minute', { timeout: 300_000 }, async () => {
    const scene = await openScene(servers, { name: 'twenty', deployments: 20, batch: 3 });
    await untilSettled(scene.api, scene.namespace);
    const probe = startConsumerProbe(scene.api, scene.namespace, scene.issuer);
    const restarts = watchRestarts(scene.api, scene.namespace);
    // The canary and some batches are well; what runs in w9 cannot live with the new value.
    const failing = failPodsOf(scene.api, scene.namespace, /^key-v/, /^w9-/);
    try {
      const { outcome, ended } = await scene.child('rotate');
      expect(outcome, ended.stderr).toMatchObject({ result: 'rolled-back', version: 3 });
      expect(outcome?.detail).toMatch(/w9.*CrashLoopBackOff|CrashLoopBackOff.*w9/);
      const journal = await scene.journal();
      const at = (state: string): number => Date.parse(journal?.history.find((entry) => entry.state === state)?.at ?? '');
      expect(at('ROLLED_BACK') - at('ROLLING_BACK')).toBeLessThan(60_000);
      expect(new Set((await scene.references()).values())).toEqual(new Set(['key']));
      expect([...scene.issuer.live]).toEqual([firstValue]);
      expect((await restarts.stop()).most).toBeLessThanOrEqual(3);
      expect((await probe.stop()).refused).toEqual([]);
    } finally {
      await Promise.all([probe.stop(), restarts.stop(), failing.stop()]);
      await scene.close();
    }
  });
});
