import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { configSchema } from '../../packages/core/src/config/schema.ts';
import { secretEntry } from '../../packages/core/src/config/secrets.ts';
import { openCluster } from '../../packages/core/src/secrets/kubernetes/client.ts';
import { kubernetesConsumer } from '../../packages/core/src/secrets/kubernetes/consumer.ts';
import type { KubernetesConsumerConfig } from '../../packages/core/src/secrets/kubernetes/keys.ts';
import { leaseLock } from '../../packages/core/src/secrets/kubernetes/lease.ts';
import { templateReferences } from '../../packages/core/src/secrets/kubernetes/references.ts';
import type { Consumer, ConsumerChange, HeldLock, RunContext, Workload } from '../../packages/core/src/secrets/ports.ts';
import { SecretValue } from '../../packages/core/src/secrets/value.ts';
import type { KubernetesApi } from '../../scripts/servers/kubernetes-api.ts';
import { collectionOf, deployment, namespace as namespaceObject, podTemplate } from '../../scripts/servers/kubernetes-objects.ts';
import { testHost } from '../support/host.ts';

/** A cluster whose controllers and nodes are alive, really or by somebody who plays them. */
export interface RotationWorld {
  readonly kubeconfig: string;
  /** As an administrator. */
  readonly api: KubernetesApi;
  /** A kubeconfig context that may do nothing. */
  readonly nobody: string;
  /** Containers of pods that name the Secret crash from now on, until the answered function is called. */
  crash(namespace: string, secret: string): () => void;
}

type Dict = Record<string, unknown>;

interface Stored {
  readonly metadata: {
    readonly name: string;
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly annotations?: Record<string, string>;
  };
  readonly spec: Dict & { readonly template: Dict };
  readonly data?: Record<string, string>;
  readonly type?: string;
}

const oldCanary = 'cnry-kube-rotation-old';
const newCanary = 'cnry-kube-rotation-new';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** A clock that runs: leases and deadlines live by it. */
export function runContext(ms = 290_000): RunContext {
  const host = testHost();
  const live = { ...host, clock: { ...host.clock, now: () => Date.now() }, random: Math.random };
  return { host: live, signal: new AbortController().signal, deadline: live.clock.monotonic() + ms };
}

function fieldsOf(value: string): ReadonlyMap<string, SecretValue> {
  return new Map([
    ['value', SecretValue.fromText(value)],
    ['account', SecretValue.fromText('someone')],
  ]);
}

const change = (version: number, value: string, rotation = 'openai/20261121t130731z'): ConsumerChange => ({
  rotation,
  version,
  fields: fieldsOf(value),
  source: 'kv/agents/openai',
});

/** Whatever an error shows of itself, to people, to logs and to JSON. */
function shown(error: unknown): string {
  return `${String(error)} ${inspect(error, { depth: 10 })} ${JSON.stringify(error)} ${error instanceof Error ? error.stack : ''}`;
}

function expectNoValue(text: string): void {
  for (const value of [oldCanary, newCanary]) {
    expect(text).not.toContain(value);
    expect(text).not.toContain(base64(value));
  }
}

async function failureOf(work: Promise<unknown>): Promise<{ kind: string; message: string; hint: string | undefined }> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new Error('it did not fail');
  expectNoValue(shown(error));
  const { kind, hint } = error as { kind?: string; hint?: string };
  return { kind: kind ?? error.name, message: error.message, hint };
}

/** Real nodes take seconds a pod, and all suites share two cores. */
const patience = { timeout: 300_000 };
const stages: string[] = [];

class Stage {
  readonly #world: RotationWorld;
  readonly namespace: string;
  readonly context = runContext();

  private constructor(world: RotationWorld, namespace: string) {
    this.#world = world;
    this.namespace = namespace;
  }

  static async set(world: RotationWorld): Promise<Stage> {
    const stage = new Stage(world, `rotation-${process.pid}-${stages.length + 1}`);
    stages.push(stage.namespace);
    await stage.create(namespaceObject(stage.namespace));
    return stage;
  }

  get api(): KubernetesApi {
    return this.#world.api;
  }

  async create(object: Readonly<Dict>): Promise<void> {
    await this.api.create(collectionOf(object), object);
  }

  async secret(name: string, value: string, extra: Dict = {}): Promise<void> {
    const data = { value: base64(value), 'ca.crt': base64('a certificate'), ...extra };
    await this.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: this.namespace }, type: 'example.com/key', data });
  }

  path(kind: 'deployments' | 'statefulsets' | 'daemonsets', name: string): string {
    return `/apis/apps/v1/namespaces/${this.namespace}/${kind}/${name}`;
  }

  async object(path: string): Promise<Stored> {
    return (await this.api.get(path)) as Stored;
  }

  async secretNamed(name: string): Promise<Stored | undefined> {
    const { status, text } = await this.api.request('GET', `/api/v1/namespaces/${this.namespace}/secrets/${name}`);
    return status === 200 ? (JSON.parse(text) as Stored) : undefined;
  }

  /** `first`: a Deployment of three pods that takes the Secret as a variable, all from it, and as a file. */
  async deployment(name = 'first', replicas = 3): Promise<void> {
    await this.create(deployment(this.namespace, name, replicas, shape(name)));
    await this.ready(this.path('deployments', name), replicas);
  }

  async ready(path: string, pods: number): Promise<void> {
    for (let tries = 0; tries < 600; tries++) {
      const { status = {}, metadata } = (await this.object(path)) as unknown as { status?: Dict; metadata: { generation?: number } };
      const available = status.availableReplicas ?? status.numberAvailable ?? 0;
      if (available === pods && status.observedGeneration === metadata.generation) return;
      await sleep(50);
    }
    throw new Error(`${path} did not get ready`);
  }

  async pods(): Promise<readonly Dict[]> {
    return ((await this.api.get(`/api/v1/namespaces/${this.namespace}/pods`)) as { items: Dict[] }).items;
  }

  consumer(overrides: Partial<KubernetesConsumerConfig> = {}, context = 'admin'): Consumer {
    const entry = secretEntry.parse({
      name: 'openai',
      vault: { mount: 'kv', path: 'agents/openai' },
      consumers: [
        {
          type: 'kubernetes',
          namespace: this.namespace,
          secret: 'openai-key',
          workloads: [{ name: 'first' }],
          settle: '300ms',
          timeout: '120s',
          ...overrides,
        },
      ],
    });
    const [config] = entry.consumers;
    if (config?.type !== 'kubernetes') throw new Error('no consumer');
    const opened = openCluster(configSchema.parse({ kubernetes: { kubeconfig: this.#world.kubeconfig } }), context, this.context);
    return kubernetesConsumer({ config, entry, cluster: () => opened });
  }
}

function shape(name: string) {
  return {
    labels: { app: name },
    container: {
      env: [
        { name: 'PLAIN', value: 'x' },
        { name: 'KEY', valueFrom: { secretKeyRef: { name: 'openai-key', key: 'value' } } },
      ],
      envFrom: [{ secretRef: { name: 'openai-key', optional: true } }],
    },
    spec: { volumes: [{ name: 'key', secret: { secretName: 'openai-key' } }] },
  };
}

/** Starts and waits, as a run does; answers what was reported. */
async function roll(workloads: readonly Workload[]): Promise<readonly string[]> {
  const reports: string[] = [];
  for (const workload of workloads) {
    await workload.start();
    await workload.finished((detail) => reports.push(detail));
  }
  return reports;
}

async function back(workloads: readonly Workload[]): Promise<void> {
  for (const workload of workloads) {
    await workload.restore();
    await workload.finished(() => undefined);
  }
}

/** Rotation of Kubernetes' side, against any API server with living controllers. */
export function describeKubernetesRotation(world: () => RotationWorld): void {
  afterAll(async () => {
    // Other suites may look at the whole cluster.
    const path = (name: string): string => `/api/v1/namespaces/${name}`;
    await Promise.all(stages.map((name) => world().api.request('DELETE', path(name))));
    for (let tries = 0; tries < 1000; tries++) {
      const left = await Promise.all(stages.map((name) => world().api.request('GET', path(name))));
      if (left.every(({ status }) => status === 404)) return;
      await sleep(100);
    }
    throw new Error('namespaces of the rotation suite are still there');
  });

  describe.concurrent('a versioned Secret', patience, () => {
    it('goes to a Deployment of three pods from end to end', async () => {
      const stage = await Stage.set(world());
      await stage.secret('openai-key', oldCanary);
      await stage.deployment();
      const consumer = stage.consumer();
      const view = await consumer.view(5, stage.context);
      expect(view).toEqual({
        sync: `Secret ${stage.namespace}/openai-key-v5 (immutable)`,
        objects: [`Secret ${stage.namespace}/openai-key-v5`, `Deployment ${stage.namespace}/first`],
        workloads: [{ label: `Deployment ${stage.namespace}/first`, pods: 3 }],
        warnings: [],
        blocked: undefined,
        notSeen: [],
      });
      const record = await consumer.record(5, stage.context);
      const base = '/spec/template/spec';
      expect(record).toEqual({
        id: `kubernetes ${stage.namespace}/openai-key`,
        from: 'openai-key',
        to: 'openai-key-v5',
        workloads: [
          {
            kind: 'Deployment',
            namespace: stage.namespace,
            name: 'first',
            references: [
              { pointer: `${base}/containers/0/env/1/valueFrom/secretKeyRef/name`, name: 'openai-key' },
              { pointer: `${base}/containers/0/envFrom/0/secretRef/name`, name: 'openai-key' },
              { pointer: `${base}/volumes/0/secret/secretName`, name: 'openai-key' },
            ],
          },
        ],
      });
      expect(await consumer.holds(fieldsOf(newCanary), stage.context)).toMatchObject({ holds: 'no' });
      expect((await consumer.stillOn(record, 'from', stage.context)).length).toBe(4);

      await consumer.sync(record, change(5, newCanary), stage.context);
      const made = await stage.secretNamed('openai-key-v5');
      expect(made).toMatchObject({
        immutable: true,
        type: 'example.com/key',
        data: { value: base64(newCanary), 'ca.crt': base64('a certificate') },
        metadata: {
          annotations: {
            'agentops.dev/rotation': 'openai/20261121t130731z',
            'agentops.dev/vault-path': 'kv/agents/openai',
            'agentops.dev/vault-version': '5',
            'agentops.dev/secret': 'openai-key',
          },
        },
      });
      const reports = await roll(consumer.workloads(record, change(5, newCanary), stage.context));
      expect(reports.some((report) => /^\d of 3 pods ready/.test(report))).toBe(true);

      const after = await stage.object(stage.path('deployments', 'first'));
      expect(templateReferences(after as unknown as Dict, 'openai-key').map(({ name }) => name)).toEqual(Array(3).fill('openai-key-v5'));
      expect(await consumer.stillOn(record, 'from', stage.context)).toEqual([]);
      expect(await consumer.holds(fieldsOf(newCanary), stage.context)).toMatchObject({ holds: 'yes' });

      // The same again, as after a crash: nothing is written.
      await settled(stage, stage.path('deployments', 'first'));
      const before = await stage.object(stage.path('deployments', 'first'));
      await consumer.sync(record, change(5, newCanary), stage.context);
      await roll(consumer.workloads(record, change(5, newCanary), stage.context));
      expect((await stage.object(stage.path('deployments', 'first'))).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
      expect((await stage.secretNamed('openai-key-v5'))?.metadata.resourceVersion).toBe(made?.metadata.resourceVersion);

      // The user's own Secret stays.
      await consumer.cleanUp(record, 'from', stage.context);
      expect(await stage.secretNamed('openai-key')).toBeDefined();
    });

    it('follows the one of the rotation before, which goes', async () => {
      const stage = await Stage.set(world());
      await stage.secret('openai-key', oldCanary);
      await stage.deployment('first', 1);
      const consumer = stage.consumer();
      const record = await consumer.record(5, stage.context);
      await consumer.sync(record, change(5, newCanary), stage.context);
      await roll(consumer.workloads(record, change(5, newCanary), stage.context));
      const next = await consumer.record(6, stage.context);
      expect(next).toMatchObject({ from: 'openai-key-v5', to: 'openai-key-v6' });
      expect(next.workloads[0]?.annotation).toBe('openai/20261121t130731z');
      const second = change(6, 'cnry-third', 'openai/20261221t130731z');
      await consumer.sync(next, second, stage.context);
      await roll(consumer.workloads(next, second, stage.context));
      await consumer.cleanUp(next, 'from', stage.context);
      expect(await stage.secretNamed('openai-key-v5')).toBeUndefined();
      expect((await stage.secretNamed('openai-key-v6'))?.data?.['ca.crt']).toBe(base64('a certificate'));
    });

    it('and back: the template is the old one to the letter', async () => {
      const stage = await Stage.set(world());
      await stage.secret('openai-key', oldCanary);
      await stage.deployment();
      const consumer = stage.consumer();
      const before = await stage.object(stage.path('deployments', 'first'));
      const record = await consumer.record(2, stage.context);
      await consumer.sync(record, change(2, newCanary), stage.context);
      const workloads = consumer.workloads(record, change(2, newCanary), stage.context);
      await roll(workloads);
      expect(await consumer.stillOn(record, 'from', stage.context)).toEqual([]);
      await back(workloads);
      const after = await stage.object(stage.path('deployments', 'first'));
      expect(withoutEmpty(after.spec.template)).toEqual(withoutEmpty(before.spec.template));
      expect(await consumer.stillOn(record, 'to', stage.context)).toEqual([]);
      await consumer.unsync(record, change(1, oldCanary), stage.context);
      await consumer.cleanUp(record, 'to', stage.context);
      expect(await stage.secretNamed('openai-key-v2')).toBeUndefined();
      expect(await stage.secretNamed('openai-key')).toBeDefined();
      // Nothing is left to go back from.
      await back(workloads);
    });

    it('is immutable on the server', async () => {
      const stage = await Stage.set(world());
      const consumer = stage.consumer({ workloads: [] });
      const record = await consumer.record(1, stage.context);
      expect(record).toMatchObject({ from: null, to: 'openai-key-v1', workloads: [] });
      await consumer.sync(record, change(1, newCanary), stage.context);
      const path = `/api/v1/namespaces/${stage.namespace}/secrets/openai-key-v1`;
      const patched = await stage.api.request('PATCH', path, { data: { value: base64('other') } }, 'application/merge-patch+json');
      expect(patched.status).toBe(422);
      const unlocked = await stage.api.request('PATCH', path, { immutable: false }, 'application/merge-patch+json');
      expect(unlocked.status).toBe(422);
      expect((await stage.secretNamed('openai-key-v1'))?.data).toEqual({ value: base64(newCanary) });
    });

    it('that is there already with another value is a conflict; with the same one it is fine', async () => {
      const stage = await Stage.set(world());
      const consumer = stage.consumer({ workloads: [] });
      const record = await consumer.record(7, stage.context);
      await stage.secret('openai-key-v7', oldCanary);
      expect((await consumer.view(7, stage.context)).warnings).toContain(
        `Secret ${stage.namespace}/openai-key-v7 exists already and was not made by agentops: its value must be the same`,
      );
      expect(await failureOf(consumer.sync(record, change(7, newCanary), stage.context))).toMatchObject({
        kind: 'conflict',
        message: `Secret ${stage.namespace}/openai-key-v7 is there already with another value`,
      });
      await consumer.sync(record, change(7, oldCanary), stage.context);
      // Not ours: it stays.
      await consumer.cleanUp(record, 'to', stage.context);
      expect(await stage.secretNamed('openai-key-v7')).toBeDefined();
    });

    it('whose pods crash is refused, and the way back frees the old ones', async () => {
      const stage = await Stage.set(world());
      await stage.secret('openai-key', oldCanary);
      await stage.deployment();
      const consumer = stage.consumer({ settle: 3000 });
      const record = await consumer.record(2, stage.context);
      await consumer.sync(record, change(2, newCanary), stage.context);
      const heal = world().crash(stage.namespace, 'openai-key-v2');
      try {
        const workloads = consumer.workloads(record, change(2, newCanary), stage.context);
        const { kind, message } = await failureOf(roll(workloads));
        expect(kind).toBe('refused');
        expect(message).toMatch(/^Deployment \S+\/first: pod first-\S+, container main: CrashLoopBackOff$/);
        await back(workloads);
      } finally {
        heal();
      }
      expect(await consumer.stillOn(record, 'to', stage.context)).toEqual([]);
      await stage.ready(stage.path('deployments', 'first'), 3);
    });

    it('goes to a StatefulSet, and back past a pod that hangs', async () => {
      const stage = await Stage.set(world());
      await stage.secret('openai-key', oldCanary);
      await stage.create({
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        metadata: { name: 'queue', namespace: stage.namespace },
        spec: { replicas: 2, serviceName: 'queue', selector: { matchLabels: { app: 'queue' } }, template: podTemplate(shape('queue')) },
      });
      await stage.ready(stage.path('statefulsets', 'queue'), 2);
      const consumer = stage.consumer({ workloads: [{ kind: 'StatefulSet', name: 'queue' }], settle: 2000 });
      expect((await consumer.view(2, stage.context)).blocked).toBeUndefined();
      const record = await consumer.record(2, stage.context);
      await consumer.sync(record, change(2, newCanary), stage.context);
      const workloads = consumer.workloads(record, change(2, newCanary), stage.context);
      const heal = world().crash(stage.namespace, 'openai-key-v2');
      try {
        expect(await failureOf(roll(workloads))).toMatchObject({
          kind: 'refused',
          message: `StatefulSet ${stage.namespace}/queue: pod queue-1, container main: CrashLoopBackOff`,
        });
        await back(workloads);
      } finally {
        heal();
      }
      expect(await consumer.stillOn(record, 'to', stage.context)).toEqual([]);
      await roll(workloads);
      expect(await consumer.stillOn(record, 'from', stage.context)).toEqual([]);
    });

    it('goes to a DaemonSet', async () => {
      const stage = await Stage.set(world());
      await stage.secret('openai-key', oldCanary);
      await stage.create({
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata: { name: 'edge', namespace: stage.namespace },
        spec: { selector: { matchLabels: { app: 'edge' } }, template: podTemplate(shape('edge')) },
      });
      await stage.ready(stage.path('daemonsets', 'edge'), 2);
      const consumer = stage.consumer({ workloads: [{ kind: 'DaemonSet', name: 'edge' }] });
      expect((await consumer.view(2, stage.context)).workloads).toEqual([{ label: `DaemonSet ${stage.namespace}/edge`, pods: 2 }]);
      const record = await consumer.record(2, stage.context);
      await consumer.sync(record, change(2, newCanary), stage.context);
      await roll(consumer.workloads(record, change(2, newCanary), stage.context));
      expect(await consumer.stillOn(record, 'from', stage.context)).toEqual([]);
    });

    it('goes to a Deployment without pods at once', async () => {
      const stage = await Stage.set(world());
      await stage.secret('openai-key', oldCanary);
      await stage.deployment('first', 0);
      const consumer = stage.consumer({ settle: 50_000 });
      const record = await consumer.record(2, stage.context);
      await consumer.sync(record, change(2, newCanary), stage.context);
      await roll(consumer.workloads(record, change(2, newCanary), stage.context));
      expect(await consumer.stillOn(record, 'from', stage.context)).toEqual([]);
    });

    it('a Deployment that is scaled and deployed by others meanwhile is waited for all the same', async () => {
      const stage = await Stage.set(world());
      await stage.secret('openai-key', oldCanary);
      await stage.deployment();
      const consumer = stage.consumer();
      const record = await consumer.record(2, stage.context);
      await consumer.sync(record, change(2, newCanary), stage.context);
      const [workload] = consumer.workloads(record, change(2, newCanary), stage.context);
      await workload?.start();
      const waiting = workload?.finished(() => undefined);
      const path = stage.path('deployments', 'first');
      await stage.api.patch(path, { spec: { replicas: 5 } });
      await stage.api.patch(path, { spec: { template: { metadata: { annotations: { 'example.com/deployed': 'now' } } } } });
      await waiting;
      const pods = (await stage.pods()).filter((pod) => (pod.metadata as Dict).deletionTimestamp === undefined);
      expect(pods.length).toBe(5);
      expect(pods.map((pod) => (pod.metadata as { annotations: Dict }).annotations['example.com/deployed'])).toEqual(Array(5).fill('now'));
    });

    it('somebody who points a workload elsewhere is never overwritten', async () => {
      const stage = await Stage.set(world());
      await stage.secret('openai-key', oldCanary);
      await stage.deployment();
      const consumer = stage.consumer({ settle: 30_000 });
      const record = await consumer.record(2, stage.context);
      await consumer.sync(record, change(2, newCanary), stage.context);
      const [workload] = consumer.workloads(record, change(2, newCanary), stage.context);
      if (!workload) throw new Error('no workload');
      const path = stage.path('deployments', 'first');
      const pointTo = (name: string): Promise<unknown> =>
        stage.api.patch(path, { spec: { template: { spec: { volumes: [{ name: 'key', secret: { secretName: name } }] } } } });
      await pointTo('openai-key-v99');
      const before = await stage.object(path);
      expect(await failureOf(workload.start())).toEqual({
        kind: 'conflict',
        message: `Deployment ${stage.namespace}/first was pointed to Secret openai-key-v99 by somebody else`,
        hint: 'expected openai-key-v2 or openai-key',
      });
      expect((await stage.object(path)).metadata.generation).toBe(before.metadata.generation);

      await pointTo('openai-key');
      await workload.start();
      const waiting = failureOf(workload.finished(() => undefined));
      await sleep(300);
      await pointTo('openai-key');
      expect(await waiting).toMatchObject({
        kind: 'conflict',
        message: `Deployment ${stage.namespace}/first was pointed to Secret openai-key by somebody else`,
      });
      // The way back touches what is still ours alone.
      await workload.restore();
      const names = templateReferences((await stage.object(path)) as unknown as Dict, 'openai-key').map(({ name }) => name);
      expect(names).toEqual(['openai-key', 'openai-key', 'openai-key']);
    });

    it('says what keeps it from being done', async () => {
      const stage = await Stage.set(world());
      await stage.secret('openai-key', oldCanary);
      await stage.deployment();
      const other = stage.consumer({ workloads: [{ kind: 'Deployment', name: 'nobody' }] });
      expect(await other.view(2, stage.context)).toMatchObject({
        blocked: `Deployment ${stage.namespace}/nobody does not exist`,
        warnings: [`also used by Deployment first in namespace ${stage.namespace}: not configured, so they stay on the old value`],
      });
      expect(await failureOf(other.record(2, stage.context))).toMatchObject({ kind: 'operator' });
      const wrong = stage.consumer({ secret: 'other-key' });
      expect((await wrong.view(2, stage.context)).blocked).toBe(
        `Deployment ${stage.namespace}/first does not refer to Secret ${stage.namespace}/other-key`,
      );
      await stage.api.patch(stage.path('deployments', 'first'), { spec: { paused: true } });
      const consumer = stage.consumer();
      expect((await consumer.view(2, stage.context)).blocked).toBe(
        `Deployment ${stage.namespace}/first is paused (kubectl rollout resume deployment/first)`,
      );
      const record = await consumer.record(2, stage.context);
      await consumer.sync(record, change(2, newCanary), stage.context);
      expect(await failureOf(roll(consumer.workloads(record, change(2, newCanary), stage.context)))).toMatchObject({
        kind: 'transient',
        hint: 'kubectl rollout resume deployment/first',
      });
    });

    it('is still used by workloads and pods of every kind, not by those that are over', async () => {
      const stage = await Stage.set(world());
      await stage.secret('openai-key-v4', oldCanary);
      const spec = {
        restartPolicy: 'Never',
        containers: [{ name: 'main', image: 'x', envFrom: [{ secretRef: { name: 'openai-key-v4' } }] }],
      };
      const metadata = (name: string): Dict => ({ name, namespace: stage.namespace });
      await stage.create({
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata: metadata('nightly'),
        spec: { schedule: '0 3 * * *', suspend: true, jobTemplate: { spec: { template: { spec } } } },
      });
      await stage.create({ apiVersion: 'v1', kind: 'Pod', metadata: metadata('ended'), spec });
      await stage.create({ apiVersion: 'v1', kind: 'Pod', metadata: metadata('alone'), spec: { ...spec, nodeName: 'nowhere' } });
      await stage.create({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: metadata('other'),
        spec: { ...spec, containers: [{ name: 'main', image: 'x' }] },
      });
      await stage.api.patch(`/api/v1/namespaces/${stage.namespace}/pods/ended/status`, { status: { phase: 'Succeeded' } });
      const consumer = stage.consumer({ workloads: [] });
      const record = { id: consumer.id, from: 'openai-key-v4', to: 'openai-key-v5', workloads: [] };
      expect(await consumer.stillOn(record, 'from', stage.context)).toEqual(['CronJob nightly', 'Pod alone']);
      expect(await consumer.stillOn(record, 'to', stage.context)).toEqual([]);
    });

    it('whoever may not is told what is missing', async () => {
      const stage = await Stage.set(world());
      await stage.secret('openai-key', oldCanary);
      await stage.deployment();
      const record = await stage.consumer().record(2, stage.context);
      const nobody = stage.consumer({}, world().nobody);
      expect((await nobody.view(2, stage.context)).notSeen).toContain(
        `not allowed to get Deployment ${stage.namespace}/first (needs get deployments.apps in namespace ${stage.namespace})`,
      );
      for (const work of [
        () => nobody.record(2, stage.context),
        () => nobody.sync(record, change(2, newCanary), stage.context),
        () => nobody.stillOn(record, 'from', stage.context),
        () => nobody.cleanUp({ ...record, from: 'openai-key-v1' }, 'from', stage.context),
        () => roll(nobody.workloads(record, change(2, newCanary), stage.context)),
      ]) {
        expect(await failureOf(work())).toMatchObject({
          kind: 'transient',
          hint: expect.stringMatching(/^needs \w+ [\w.]+ in namespace /),
        });
      }
    });
  });

  describe.concurrent('a Secret in place', patience, () => {
    it('gets the new value, and the old one back with a restart', async () => {
      const stage = await Stage.set(world());
      await stage.secret('openai-key', oldCanary);
      await stage.deployment();
      const consumer = stage.consumer({ mode: 'in-place' });
      expect(consumer.inPlace).toBe(true);
      expect(await consumer.view(5, stage.context)).toMatchObject({
        sync: `Secret ${stage.namespace}/openai-key (in place)`,
        blocked: undefined,
        warnings: [],
      });
      const record = await consumer.record(5, stage.context);
      expect(record).toMatchObject({ from: 'openai-key', to: 'openai-key' });
      expect((await consumer.stillOn(record, 'from', stage.context)).length).toBe(3);
      expect(await consumer.stillOn(record, 'to', stage.context)).toEqual([]);
      // Starts of containers are known to the second.
      await sleep(2100);
      await consumer.sync(record, change(5, newCanary), stage.context);
      const synced = await stage.secretNamed('openai-key');
      expect(synced?.data).toEqual({ value: base64(newCanary), 'ca.crt': base64('a certificate') });
      await consumer.sync(record, change(5, newCanary), stage.context);
      expect((await stage.secretNamed('openai-key'))?.metadata.resourceVersion).toBe(synced?.metadata.resourceVersion);
      expect((await consumer.stillOn(record, 'from', stage.context)).length).toBe(3);
      expect(await consumer.holds(fieldsOf(newCanary), stage.context)).toMatchObject({ holds: 'yes' });
      const workloads = consumer.workloads(record, change(5, newCanary), stage.context);
      await roll(workloads);
      expect(await consumer.stillOn(record, 'from', stage.context)).toEqual([]);

      await consumer.unsync(record, change(4, oldCanary), stage.context);
      expect((await stage.secretNamed('openai-key'))?.data).toEqual({ value: base64(oldCanary), 'ca.crt': base64('a certificate') });
      expect((await consumer.stillOn(record, 'to', stage.context)).length).toBe(3);
      await back(workloads);
      expect(await consumer.stillOn(record, 'to', stage.context)).toEqual([]);
      await consumer.cleanUp(record, 'to', stage.context);
      expect(await stage.secretNamed('openai-key')).toBeDefined();
    });

    it('that nothing was put into is left alone on the way back', async () => {
      const stage = await Stage.set(world());
      await stage.secret('openai-key', oldCanary);
      await stage.deployment();
      const consumer = stage.consumer({ mode: 'in-place' });
      const record = await consumer.record(5, stage.context);
      const before = [await stage.secretNamed('openai-key'), await stage.object(stage.path('deployments', 'first'))];
      await consumer.unsync(record, change(4, oldCanary), stage.context);
      await back(consumer.workloads(record, change(5, newCanary), stage.context));
      const after = [await stage.secretNamed('openai-key'), await stage.object(stage.path('deployments', 'first'))];
      expect(after.map((object) => object?.metadata.generation)).toEqual(before.map((object) => object?.metadata.generation));
      expect(after[0]?.metadata.resourceVersion).toBe(before[0]?.metadata.resourceVersion);
      expect(await consumer.stillOn(record, 'to', stage.context)).toEqual([]);
    });

    it('that somebody else has changed since is not overwritten with the old value', async () => {
      const stage = await Stage.set(world());
      await stage.secret('openai-key', oldCanary);
      const consumer = stage.consumer({ mode: 'in-place', workloads: [] });
      const record = await consumer.record(5, stage.context);
      await consumer.sync(record, change(5, newCanary), stage.context);
      const theirs = { metadata: { annotations: { 'agentops.dev/rotation': null } }, data: { value: base64('theirs') } };
      await stage.api.patch(`/api/v1/namespaces/${stage.namespace}/secrets/openai-key`, theirs);
      expect(await failureOf(consumer.unsync(record, change(4, oldCanary), stage.context))).toMatchObject({ kind: 'conflict' });
      expect((await stage.secretNamed('openai-key'))?.data?.value).toBe(base64('theirs'));
    });

    it('that was not there before is made, and removed on the way back', async () => {
      const stage = await Stage.set(world());
      const consumer = stage.consumer({ mode: 'in-place', workloads: [] });
      const record = await consumer.record(1, stage.context);
      expect(record.from).toBeNull();
      await consumer.sync(record, change(1, newCanary), stage.context);
      expect((await stage.secretNamed('openai-key'))?.data).toEqual({ value: base64(newCanary) });
      await consumer.cleanUp(record, 'from', stage.context);
      expect(await stage.secretNamed('openai-key')).toBeDefined();
      await consumer.cleanUp(record, 'to', stage.context);
      expect(await stage.secretNamed('openai-key')).toBeUndefined();
    });

    it('that somebody else keeps is not touched', async () => {
      const stage = await Stage.set(world());
      const labels = { 'reconcile.external-secrets.io/managed': 'true' };
      await stage.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'openai-key', namespace: stage.namespace, labels } });
      expect((await stage.consumer({ mode: 'in-place', workloads: [] }).view(2, stage.context)).blocked).toBe(
        `Secret ${stage.namespace}/openai-key is kept by External Secrets, which would overwrite the new value`,
      );
      expect((await stage.consumer({ workloads: [] }).view(2, stage.context)).blocked).toBeUndefined();
    });
  });

  describe.concurrent('an Argo Rollout', patience, () => {
    const collection = (stage: Stage): string => `/apis/argoproj.io/v1alpha1/namespaces/${stage.namespace}/rollouts`;
    const rolloutStatus = (stage: Stage, name: string, status: Dict): Promise<unknown> =>
      stage.api.patch(`${collection(stage)}/${name}/status`, { status });
    const healthy = (generation: number, more: Dict = {}): Dict => ({
      phase: 'Healthy',
      observedGeneration: String(generation),
      replicas: 0,
      updatedReplicas: 0,
      availableReplicas: 0,
      currentPodHash: 'b',
      stableRS: 'b',
      pauseConditions: null,
      ...more,
    });

    it('is waited for through a pause of its strategy; one that is degraded is refused', async () => {
      const stage = await Stage.set(world());
      await stage.secret('openai-key', oldCanary);
      await stage.api.create(collection(stage), {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Rollout',
        metadata: { name: 'canary', namespace: stage.namespace },
        spec: {
          replicas: 0,
          selector: { matchLabels: { app: 'canary' } },
          template: podTemplate(shape('canary')),
          strategy: { canary: {} },
        },
      });
      const consumer = stage.consumer({ workloads: [{ kind: 'Rollout', name: 'canary' }] });
      const record = await consumer.record(2, stage.context);
      await consumer.sync(record, change(2, newCanary), stage.context);
      const [workload] = consumer.workloads(record, change(2, newCanary), stage.context);
      await workload?.start();
      const reports: string[] = [];
      const waiting = workload?.finished((detail) => reports.push(detail));
      const generation = (await stage.object(`${collection(stage)}/canary`)).metadata.generation ?? 0;
      expect(generation).toBe(2);
      await rolloutStatus(stage, 'canary', healthy(1));
      await until(() => reports.includes('0 of 0 pods ready, waiting for the controller to see the change'));
      await rolloutStatus(stage, 'canary', healthy(2, { phase: 'Paused', pauseConditions: [{ reason: 'CanaryPauseStep' }] }));
      await until(() => reports.some((report) => report.includes('kubectl argo rollouts promote canary')));
      await rolloutStatus(stage, 'canary', healthy(2));
      await waiting;
      expect(await consumer.stillOn(record, 'from', stage.context)).toEqual([]);

      await rolloutStatus(stage, 'canary', healthy(2, { phase: 'Degraded' }));
      expect(await failureOf(workload?.finished(() => undefined) ?? Promise.resolve())).toMatchObject({
        kind: 'refused',
        message: `Rollout ${stage.namespace}/canary: Degraded`,
      });
    });

    it('that takes its template from a Deployment has that one patched', async () => {
      const stage = await Stage.set(world());
      await stage.secret('openai-key', oldCanary);
      await stage.deployment('first', 0);
      await stage.api.create(collection(stage), {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Rollout',
        metadata: { name: 'canary', namespace: stage.namespace },
        spec: { replicas: 0, workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'first' }, strategy: { canary: {} } },
      });
      await rolloutStatus(stage, 'canary', healthy(1, { workloadObservedGeneration: '1' }));
      const consumer = stage.consumer({ workloads: [{ kind: 'Rollout', name: 'canary' }] });
      expect((await consumer.view(2, stage.context)).objects).toEqual([
        `Secret ${stage.namespace}/openai-key-v2`,
        `Deployment ${stage.namespace}/first`,
      ]);
      const record = await consumer.record(2, stage.context);
      await consumer.sync(record, change(2, newCanary), stage.context);
      const [workload] = consumer.workloads(record, change(2, newCanary), stage.context);
      await workload?.start();
      const reports: string[] = [];
      const waiting = workload?.finished((detail) => reports.push(detail));
      await until(() => reports.includes('0 of 0 pods ready, waiting for the controller to see the change'));
      await rolloutStatus(stage, 'canary', healthy(1, { workloadObservedGeneration: '2' }));
      await waiting;
      const after = await stage.object(stage.path('deployments', 'first'));
      expect(templateReferences(after as unknown as Dict, 'openai-key').map(({ name }) => name)).toEqual(Array(3).fill('openai-key-v2'));
    });
  });

  describe('a Lease as lock', () => {
    const lockOf = async (stage: Stage, lockForMs: number, context = 'admin') => {
      const config = configSchema.parse({ kubernetes: { kubeconfig: world().kubeconfig } });
      const opened = await openCluster(config, context, stage.context);
      return leaseLock(async () => opened, { namespace: stage.namespace, lockForMs });
    };
    const held = (answer: Awaited<ReturnType<Awaited<ReturnType<typeof lockOf>>['acquire']>>): HeldLock => {
      if ('held' in answer) throw new Error(`held by ${answer.held.holder}`);
      return answer;
    };

    it('is had by one of eight who want it at once; the others are told by whom', async () => {
      const stage = await Stage.set(world());
      const answers = await Promise.all(
        Array.from({ length: 8 }, async (_, index) => (await lockOf(stage, 60_000)).acquire('openai', `holder-${index}`, stage.context)),
      );
      const winners = answers.flatMap((answer, index) => ('held' in answer ? [] : [index]));
      expect(winners.length).toBe(1);
      const [winner] = answers.flatMap((answer) => ('held' in answer ? [] : [answer]));
      expect(winner?.epoch).toBe(1);
      const losers = answers.flatMap((answer) => ('held' in answer ? [answer.held] : []));
      expect(losers.map(({ holder }) => holder)).toEqual(Array(7).fill(`holder-${winners[0]}`));
      for (const { since, expiresAt } of losers) {
        expect(expiresAt - since).toBe(60_000);
        expect(Math.abs(Date.now() - since)).toBeLessThan(30_000);
      }
      // Given back: the next one has a higher epoch.
      await winner?.release();
      const again = await Promise.all(
        Array.from({ length: 8 }, async (_, index) => (await lockOf(stage, 60_000)).acquire('openai', `again-${index}`, stage.context)),
      );
      const second = again.flatMap((answer) => ('held' in answer ? [] : [answer]));
      expect(second.map(({ epoch }) => epoch)).toEqual([2]);
      await second[0]?.release();
      const other = held(await (await lockOf(stage, 60_000)).acquire('other', 'x', stage.context));
      expect(other.epoch).toBe(1);
      await other.release();
    });

    it('is kept for as long as it is renewed, and free when it is not', async () => {
      const stage = await Stage.set(world());
      const lock = await lockOf(stage, 1000);
      expect(lock.description('openai')).toBe(`Lease ${stage.namespace}/agentops-openai`);
      const mine = held(await lock.acquire('openai', 'mine', stage.context));
      for (let round = 0; round < 6; round++) {
        await sleep(400);
        expect(await lock.acquire('openai', 'theirs', stage.context)).toMatchObject({ held: { holder: 'mine' } });
      }
      expect(mine.lost.aborted).toBe(false);
      await mine.release();

      // A holder that died: its lease has an old renewTime and nobody renews it.
      const path = `/apis/coordination.k8s.io/v1/namespaces/${stage.namespace}/leases/agentops-openai`;
      const past = new Date(Date.now() - 60_000).toISOString().replace('Z', '000Z');
      const spec = { holderIdentity: 'dead', leaseDurationSeconds: 30, acquireTime: past, renewTime: past, leaseTransitions: 6 };
      await stage.api.patch(path, { spec });
      const next = held(await lock.acquire('openai', 'next', stage.context));
      expect(next.epoch).toBe(8);
      await next.release();
    });

    it('tells its holder when somebody else has it', async () => {
      const stage = await Stage.set(world());
      const lock = await lockOf(stage, 1500);
      const mine = held(await lock.acquire('openai', 'mine', stage.context));
      const lost = new Promise<void>((resolve) => mine.lost.addEventListener('abort', () => resolve()));
      const path = `/apis/coordination.k8s.io/v1/namespaces/${stage.namespace}/leases/agentops-openai`;
      await stage.api.patch(path, { spec: { holderIdentity: 'theirs', leaseTransitions: 1 } });
      await lost;
      await mine.release();
      const after = (await stage.object(path)) as unknown as { spec: { holderIdentity: string } };
      expect(after.spec.holderIdentity).toBe('theirs');
    });

    it('is not stolen by one whose clock is hours ahead', async () => {
      const stage = await Stage.set(world());
      const mine = held(await (await lockOf(stage, 30_000)).acquire('openai', 'mine', stage.context));
      const { host } = stage.context;
      const ahead = { ...stage.context, host: { ...host, clock: { ...host.clock, now: () => Date.now() + 7_200_000 } } };
      const answer = await (await lockOf(stage, 30_000)).acquire('openai', 'theirs', ahead);
      expect(answer).toMatchObject({ held: { holder: 'mine' } });
      await mine.release();
    });

    it('survives a label that somebody puts on it', async () => {
      const stage = await Stage.set(world());
      const lock = await lockOf(stage, 900);
      const mine = held(await lock.acquire('openai', 'mine', stage.context));
      const path = `/apis/coordination.k8s.io/v1/namespaces/${stage.namespace}/leases/agentops-openai`;
      await stage.api.patch(path, { metadata: { labels: { 'example.com/seen': 'yes' } } });
      await sleep(1500);
      expect(mine.lost.aborted).toBe(false);
      expect(await lock.acquire('openai', 'theirs', stage.context)).toMatchObject({ held: { holder: 'mine' } });
      await mine.release();
    });

    it('whoever may not take it is told what is missing', async () => {
      const stage = await Stage.set(world());
      const lock = await lockOf(stage, 1000, world().nobody);
      expect(await failureOf(lock.acquire('openai', 'x', stage.context))).toMatchObject({
        kind: 'transient',
        hint: `needs get leases.coordination.k8s.io in namespace ${stage.namespace}`,
      });
    });
  });
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (holds()) return;
    await sleep(50);
  }
  throw new Error('it did not come about');
}

/** The controllers have nothing left to write. */
async function settled(stage: Stage, path: string): Promise<void> {
  for (let tries = 0, same = 0, last = ''; tries < 200 && same < 8; tries++) {
    const { resourceVersion } = (await stage.object(path)).metadata;
    same = resourceVersion === last ? same + 1 : 0;
    last = resourceVersion;
    await sleep(100);
  }
}

/** An empty map and an absent one are one to the API. */
function withoutEmpty(template: Dict): unknown {
  return JSON.parse(JSON.stringify(template, (_, value: unknown) => (JSON.stringify(value) === '{}' ? undefined : value)));
}
