import { describe, expect, it } from 'vitest';
import { deployment, namespace } from '../../../../packages/lab/src/kubernetes/objects.ts';
import { stepDeployment } from '../../../../packages/lab/src/kubernetes/rollouts/deployment.ts';
import { isReady, Pods } from '../../../../packages/lab/src/kubernetes/rollouts/pods.ts';
import { ObjectStore } from '../../../../packages/lab/src/kubernetes/store.ts';
import type { Dict, KubeObject } from '../../../../packages/lab/src/kubernetes/types.ts';
import { now } from '../support.ts';

interface Change {
  readonly image?: string;
  readonly spec?: Dict;
}

/** Deployment code-gen with this many pods, and a clock of its own: each step takes half a second, a pod's start one. */
class Play {
  readonly store: ObjectStore;
  readonly pods: Pods;
  #clock = now;

  constructor(replicas: number, crashes: (pod: KubeObject) => boolean = () => false) {
    this.store = new ObjectStore(() => this.#clock);
    const containers = [{ name: 'agent', image: 'agent:1' }];
    const input = { namespace: 'agents', name: 'code-gen', at: now - 86_400_000, replicas, containers };
    this.store.load([namespace('agents', now), ...deployment(input).objects]);
    this.pods = new Pods(this.store, { startMs: 1000, crashes });
  }

  get deployment(): KubeObject & { status: Dict & { conditions: Dict[] } } {
    const [found] = this.pods.all('apps/v1', 'Deployment');
    return found as ReturnType<() => Play['deployment']>;
  }

  change({ image, spec = {} }: Change): void {
    const live = this.deployment;
    const { template, ...rest } = live.spec as { template: { spec: { containers: Dict[] } } };
    const containers = template.spec.containers.map((container) => ({ ...container, ...(image === undefined ? {} : { image }) }));
    this.pods.write({
      ...live,
      metadata: { ...live.metadata, generation: (live.metadata.generation ?? 1) + 1 },
      spec: { ...rest, template: { ...template, spec: { ...template.spec, containers } }, ...spec },
    });
  }

  /** `old ready+old not ready new ready+new not ready` after each step, until nothing moves for three. */
  run(image: string): string[] {
    const seen: string[] = [];
    while (seen.length < 60 && (seen.length < 4 || seen.slice(-4).some((each) => each !== seen.at(-1)))) {
      this.#clock += 500;
      this.pods.look();
      stepDeployment(this.pods, this.deployment);
      const all = this.pods.all('v1', 'Pod');
      const fresh = all.filter((pod) => (pod.spec as { containers: { image: string }[] }).containers[0]?.image === image);
      const old = all.filter((pod) => !fresh.includes(pod));
      seen.push(`${tally(old)} ${tally(fresh)}`);
    }
    return seen.filter((each, index) => each !== seen[index - 1]);
  }
}

function tally(pods: readonly KubeObject[]): string {
  const ready = pods.filter(isReady).length;
  return `${ready}+${pods.length - ready}`;
}

describe('a Deployment that is rolled out', () => {
  it('keeps as many pods as its strategy says', () => {
    const play = new Play(3);
    play.change({ image: 'agent:2' });
    expect(play.run('agent:2')).toEqual(['3+0 0+1', '2+0 1+0', '2+0 1+1', '1+0 2+0', '1+0 2+1', '0+0 3+0']);
  });

  it('ends with a status that says so', () => {
    const play = new Play(3);
    play.change({ image: 'agent:2' });
    play.run('agent:2');
    const { metadata, status } = play.deployment;
    const sets = play.pods.all('apps/v1', 'ReplicaSet');
    const current = sets.find((set) => set.metadata.annotations?.['deployment.kubernetes.io/revision'] === '2');
    expect(metadata.annotations).toMatchObject({ 'deployment.kubernetes.io/revision': '2' });
    expect({ ...status, conditions: status.conditions.map(({ type, status: value, reason }) => `${type} ${value} ${reason}`) }).toEqual({
      observedGeneration: 2,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      conditions: ['Available True MinimumReplicasAvailable', 'Progressing True NewReplicaSetAvailable'],
    });
    expect(sets.map((set) => (set.spec as Dict).replicas).sort()).toEqual([0, 3]);
    expect(status.conditions[1]?.message).toBe(`ReplicaSet "${current?.metadata.name}" has successfully progressed.`);
  });

  it('goes back to the ReplicaSet that it came from', () => {
    const play = new Play(1);
    const before = play.pods.all('apps/v1', 'ReplicaSet').map(({ metadata }) => metadata.name);
    play.change({ image: 'agent:2' });
    play.run('agent:2');
    play.change({ image: 'agent:1' });
    expect(play.run('agent:1')).toEqual(['1+0 0+1', '0+0 1+0']);
    const sets = play.pods.all('apps/v1', 'ReplicaSet').map(({ metadata, spec }) => ({
      first: before.includes(metadata.name),
      replicas: (spec as Dict).replicas,
      revision: metadata.annotations?.['deployment.kubernetes.io/revision'],
    }));
    expect(sets).toHaveLength(2);
    expect(sets).toContainEqual({ first: true, replicas: 1, revision: '3' });
    expect(sets).toContainEqual({ first: false, replicas: 0, revision: '2' });
  });

  it('stays where new pods crash, with the old ones that it may not spare', () => {
    const play = new Play(3, (pod) => JSON.stringify(pod.spec).includes('agent:2'));
    play.change({ image: 'agent:2' });
    expect(play.run('agent:2')).toEqual(['3+0 0+1']);
    expect(play.deployment.status).toMatchObject({ replicas: 4, updatedReplicas: 1, availableReplicas: 3, unavailableReplicas: 1 });
    const reasons = play.deployment.status.conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`);
    expect(reasons).toEqual(['Available True MinimumReplicasAvailable', 'Progressing True ReplicaSetUpdated']);
  });

  it('with the strategy Recreate ends all old pods first', () => {
    const play = new Play(2);
    play.change({ image: 'agent:2', spec: { strategy: { type: 'Recreate' } } });
    expect(play.run('agent:2')).toEqual(['1+0 0+0', '0+0 0+0', '0+0 0+1', '0+0 0+2', '0+0 1+1', '0+0 2+0']);
  });

  it('is scaled both ways', () => {
    const play = new Play(2);
    play.change({ spec: { replicas: 3 } });
    expect(play.run('agent:1')).toEqual(['0+0 2+1', '0+0 3+0']);
    play.change({ spec: { replicas: 0 } });
    expect(play.run('agent:1')).toEqual(['0+0 2+0', '0+0 1+0', '0+0 0+0']);
    expect(play.deployment.status).toMatchObject({ observedGeneration: 3, replicas: 0 });
  });

  it('that is paused is seen, and left alone', () => {
    const play = new Play(2);
    play.change({ image: 'agent:2', spec: { paused: true } });
    expect(play.run('agent:2')).toEqual(['2+0 0+0']);
    expect(play.deployment.status).toMatchObject({ observedGeneration: 2, updatedReplicas: 2 });
  });
});
