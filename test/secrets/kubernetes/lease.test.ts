import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Raw } from '../../../packages/core/src/evidence/kubernetes/raw.ts';
import type { Cluster } from '../../../packages/core/src/secrets/kubernetes/client.ts';
import { ClusterFailure } from '../../../packages/core/src/secrets/kubernetes/cluster-failure.ts';
import { leaseLock } from '../../../packages/core/src/secrets/kubernetes/lease.ts';
import type { HeldLock } from '../../../packages/core/src/secrets/ports.ts';
import { testGatherContext, testNow } from '../../support/host.ts';
import { FakeCluster, unreachable } from './fake-cluster.ts';

type Dict = Record<string, unknown>;

/** Keeps one Lease with check-and-set on its version, as the API does. */
class LeaseCluster extends FakeCluster {
  lease: { metadata: { resourceVersion: string }; spec: Dict } | undefined;
  /** The next so many writes happen, and their answers are lost. */
  lostAnswers = 0;
  version = 0;

  override async get(): Promise<Raw | undefined> {
    if (this.failing) throw this.failing;
    return this.lease && structuredClone(this.lease);
  }

  #stored(spec: Dict): Raw {
    this.version += 1;
    this.lease = { metadata: { resourceVersion: String(this.version) }, spec: { ...this.lease?.spec, ...spec } };
    if (this.lostAnswers > 0) {
      this.lostAnswers -= 1;
      throw unreachable;
    }
    return structuredClone(this.lease);
  }

  override async create(_at: unknown, object: object): Promise<Raw> {
    if (this.failing) throw this.failing;
    if (this.lease) throw new ClusterFailure('conflict', 'AlreadyExists', 'exists already');
    return this.#stored((object as { spec: Dict }).spec);
  }

  override async mergePatch(_at: unknown, patch: object): Promise<Raw> {
    if (this.failing) throw this.failing;
    const { metadata, spec } = patch as { metadata: { resourceVersion: string }; spec: Dict };
    if (!this.lease) throw new ClusterFailure('conflict', 'NotFound', 'is not there');
    if (metadata.resourceVersion !== this.lease.metadata.resourceVersion) throw new ClusterFailure('conflict', 'Conflict', 'was changed');
    return this.#stored(spec);
  }
}

const context = testGatherContext(20_000);
const lockOf = (cluster: Cluster, lockForMs: number) => leaseLock(async () => cluster, { namespace: 'agents', lockForMs });
const time = (ms: number) => new Date(testNow + ms).toISOString().replace('Z', '000Z');

function mine(answer: Awaited<ReturnType<ReturnType<typeof lockOf>['acquire']>>): HeldLock {
  if ('held' in answer) throw new Error(`held by ${answer.held.holder}`);
  return answer;
}

describe('a Lease', () => {
  it('that nobody has is taken, and given back with its epoch kept', async () => {
    const cluster = new LeaseCluster();
    const held = mine(await lockOf(cluster, 60_000).acquire('openai', 'me', context));
    expect(held.epoch).toBe(1);
    expect(cluster.lease?.spec).toEqual({
      holderIdentity: 'me',
      leaseDurationSeconds: 60,
      acquireTime: '2026-11-21T13:07:31.000000Z',
      renewTime: '2026-11-21T13:07:31.000000Z',
      leaseTransitions: 0,
    });
    await held.release();
    expect(cluster.lease?.spec).toMatchObject({ holderIdentity: null, leaseTransitions: 0 });
    const next = mine(await lockOf(cluster, 60_000).acquire('openai', 'you', context));
    expect(next.epoch).toBe(2);
    await next.release();
  });

  it('that somebody has is told of; one that expired is taken over', async () => {
    const cluster = new LeaseCluster();
    const spec = { holderIdentity: 'you', leaseDurationSeconds: 30, acquireTime: time(-100_000), leaseTransitions: 4 };
    cluster.lease = { metadata: { resourceVersion: '9' }, spec: { ...spec, renewTime: time(-29_000) } };
    expect(await lockOf(cluster, 60_000).acquire('openai', 'me', context)).toEqual({
      held: { holder: 'you', since: testNow - 100_000, expiresAt: testNow + 1000 },
    });
    cluster.lease = { metadata: { resourceVersion: '9' }, spec: { ...spec, renewTime: time(-31_000) } };
    const held = mine(await lockOf(cluster, 60_000).acquire('openai', 'me', context));
    expect(held.epoch).toBe(6);
    await held.release();
  });

  it('by the server’s clock, not by ours', async () => {
    const cluster = new LeaseCluster();
    cluster.ahead = -3_600_000;
    const spec = { holderIdentity: 'you', leaseDurationSeconds: 30, acquireTime: time(-3_600_000), leaseTransitions: 0 };
    cluster.lease = { metadata: { resourceVersion: '9' }, spec: { ...spec, renewTime: time(-3_600_000) } };
    expect(await lockOf(cluster, 60_000).acquire('openai', 'me', context)).toMatchObject({ held: { holder: 'you' } });
  });

  it('whose answer was lost is ours all the same when we look again', async () => {
    const cluster = new LeaseCluster();
    cluster.lostAnswers = 1;
    await expect(lockOf(cluster, 60_000).acquire('openai', 'me', context)).rejects.toBe(unreachable);
    const held = mine(await lockOf(cluster, 60_000).acquire('openai', 'me', context));
    expect(held.epoch).toBe(1);
    await held.release();
  });

  it('is renewed past lost answers and a server that is away for a moment', async () => {
    const cluster = new LeaseCluster();
    const held = mine(await lockOf(cluster, 900).acquire('openai', 'me', context));
    cluster.lostAnswers = 1;
    await sleep(700);
    cluster.failing = unreachable;
    await sleep(300);
    cluster.failing = undefined;
    await sleep(700);
    expect(held.lost.aborted).toBe(false);
    expect(cluster.version).toBeGreaterThan(3);
    await held.release();
    expect(cluster.lease?.spec.holderIdentity).toBeNull();
  });

  it('is lost when it could not be renewed until it expired, and at once when somebody else has it', async () => {
    const cluster = new LeaseCluster();
    const held = mine(await lockOf(cluster, 600).acquire('openai', 'me', context));
    const lost = new Promise<void>((resolve) => held.lost.addEventListener('abort', () => resolve()));
    cluster.failing = unreachable;
    await lost;
    await held.release();

    cluster.failing = undefined;
    cluster.lease = undefined;
    const again = mine(await lockOf(cluster, 600).acquire('openai', 'me', context));
    cluster.lease = {
      metadata: { resourceVersion: 'theirs' },
      spec: { holderIdentity: 'you', leaseTransitions: 1, renewTime: time(0), leaseDurationSeconds: 60 },
    };
    await new Promise<void>((resolve) => again.lost.addEventListener('abort', () => resolve()));
    await again.release();
    expect(cluster.lease.spec.holderIdentity).toBe('you');
  });

  it('cannot be told of while the server is away', async () => {
    const cluster = new LeaseCluster();
    cluster.failing = unreachable;
    await expect(lockOf(cluster, 600).acquire('openai', 'me', context)).rejects.toMatchObject({ kind: 'transient' });
  });
});
