import type { Config } from '../../packages/core/src/config/schema.ts';
import { openCluster } from '../../packages/core/src/secrets/kubernetes/client.ts';
import { kubernetesConsumer } from '../../packages/core/src/secrets/kubernetes/consumer.ts';
import { leaseLock } from '../../packages/core/src/secrets/kubernetes/lease.ts';
import type { RunContext } from '../../packages/core/src/secrets/ports.ts';
import { SecretValue } from '../../packages/core/src/secrets/value.ts';

const namespace = 'agents';
const template = {
  metadata: { labels: { app: 'x' } },
  spec: {
    containers: [{ name: 'main', image: 'x', env: [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'openai-key', key: 'value' } } }] }],
  },
};
const workload = (kind: string, name: string, more: object = {}): object => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name, namespace },
  spec: { selector: { matchLabels: { app: 'x' } }, template, ...more },
});

/** What is there before a rotation: a collection's path, and an object. */
export const workloadObjects: readonly (readonly [string, object])[] = [
  ['/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }],
  [
    `/api/v1/namespaces/${namespace}/secrets`,
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'openai-key', namespace }, data: { value: 'b2xk' } },
  ],
  [`/apis/apps/v1/namespaces/${namespace}/deployments`, workload('Deployment', 'code-gen', { replicas: 1 })],
  [`/apis/apps/v1/namespaces/${namespace}/statefulsets`, workload('StatefulSet', 'db', { replicas: 1, serviceName: 'db' })],
  [`/apis/apps/v1/namespaces/${namespace}/daemonsets`, workload('DaemonSet', 'logs')],
];

/** Everything that a rotation ever asks of its Kubernetes consumers and lock: forward, looking, and back. */
export async function useConsumers(config: Config, context: RunContext): Promise<void> {
  const cluster = await openCluster(config, undefined, context);
  const open = (): Promise<typeof cluster> => Promise.resolve(cluster);
  try {
    const lock = leaseLock(open, { namespace, lockForMs: config.rotation.lockFor });
    for (const entry of config.secrets) {
      // Twice: it is created, then taken over.
      for (const holder of ['first', 'second']) {
        const held = await lock.acquire(entry.name, holder, context);
        if ('held' in held) throw new Error('nobody holds it');
        await held.release();
      }
      for (const consumerConfig of entry.consumers) {
        if (consumerConfig.type !== 'kubernetes') continue;
        const consumer = kubernetesConsumer({ config: consumerConfig, entry, cluster: open });
        const change = { rotation: 'openai-key/1', version: 2, fields: new Map([['value', SecretValue.fromText('new')]]), source: 'kv/a' };
        const { blocked, notSeen } = await consumer.view(2, context);
        if (blocked !== undefined || notSeen.length > 0) throw new Error(JSON.stringify({ blocked, notSeen }));
        const record = await consumer.record(2, context);
        await consumer.sync(record, change, context);
        for (const one of consumer.workloads(record, change, context)) {
          await one.start();
          // Where nobody plays the controller it only looks until its time is over.
          await one.finished(() => undefined).catch(() => undefined);
          await one.restore();
        }
        await consumer.holds(change.fields, context);
        for (const side of ['from', 'to'] as const) {
          await consumer.stillOn(record, side, context);
        }
        await consumer.unsync(record, { ...change, fields: new Map([['value', SecretValue.fromText('old')]]) }, context);
        for (const side of ['from', 'to'] as const) await consumer.cleanUp(record, side, context);
      }
    }
  } finally {
    cluster.close();
  }
}
