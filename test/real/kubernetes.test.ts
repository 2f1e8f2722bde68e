import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { configSchema } from '../../packages/core/src/config/schema.ts';
import { gatherKubernetes } from '../../packages/core/src/evidence/kubernetes/source.ts';
import type { EvidenceKey, EvidenceTypes } from '../../packages/core/src/model/evidence-map.ts';
import { legacySecretAgeMs, secretCanary } from '../../scripts/servers/kubernetes-seed.ts';
import { describeKubernetesContract } from '../contract/kubernetes.ts';
import { testGatherContext, testHost } from '../support/host.ts';
import { describeReal } from './support.ts';

describeReal(['kubernetes'], 'Kubernetes', ({ kubernetes }) => {
  describeKubernetesContract(() => ({
    url: kubernetes.url,
    ca: readFileSync(kubernetes.caFile, 'utf8'),
    adminToken: kubernetes.tokens.admin,
    nobodyToken: kubernetes.tokens.nobody,
    kubeconfig: kubernetes.kubeconfig,
  }));

  describe('the seeded truth', () => {
    const gatherOne = async (key: EvidenceKey, context = 'admin'): Promise<unknown> => {
      const config = configSchema.parse({ kubernetes: { kubeconfig: kubernetes.kubeconfig, contexts: [context] } });
      const gathered = await gatherKubernetes(config, new Set([key]), testGatherContext(20_000, testHost({ now: Date.now() })));
      return gathered[0]?.evidence[key];
    };
    const dataOf = async <K extends EvidenceKey>(key: K): Promise<EvidenceTypes[K]> => {
      const piece = (await gatherOne(key)) as { ok: boolean; data: EvidenceTypes[K] };
      expect(piece).toMatchObject({ ok: true });
      return piece.data;
    };
    const podOf = async (app: string): Promise<EvidenceTypes['kubernetes.pods'][number]> => {
      const pods = (await dataOf('kubernetes.pods')).filter((pod) => pod.labels.app === app);
      const [pod] = pods;
      if (!pod) throw new Error(`no pod of ${app}`);
      return pod;
    };

    it('the cluster is the one that was started', async () => {
      expect(await dataOf('kubernetes.cluster')).toMatchObject({
        context: 'admin',
        server: new URL(kubernetes.url).host,
        version: kubernetes.version,
      });
    });

    it('a container is killed for memory over and over', async () => {
      const pod = await podOf('crasher');
      expect(pod).toMatchObject({
        phase: 'Running',
        owner: { kind: 'ReplicaSet' },
        workload: { kind: 'Deployment', name: 'crasher' },
        containers: [
          {
            role: 'main',
            requests: { cpu: 0.5, memory: 128 * 1024 ** 2 },
            limits: { cpu: 1, memory: 256 * 1024 ** 2 },
            status: {
              ready: false,
              restarts: 12,
              waiting: { reason: 'CrashLoopBackOff' },
              lastTerminated: { reason: 'OOMKilled', exitCode: 137 },
            },
          },
        ],
      });
      const events = (await dataOf('kubernetes.events')).filter((event) => event.object.uid === pod.uid && event.reason === 'BackOff');
      expect(events).toMatchObject([{ type: 'Warning', count: 12, message: 'Back-off restarting failed container main' }]);
    });

    it('an image cannot be pulled', async () => {
      expect(await podOf('no-image')).toMatchObject({
        phase: 'Pending',
        containers: [{ image: 'registry.example/missing:1.0', status: { ready: false, waiting: { reason: 'ImagePullBackOff' } } }],
      });
    });

    it('a pod fits no node, in the scheduler’s words', async () => {
      const pod = await podOf('too-big');
      const scheduled = pod.conditions.find(({ type }) => type === 'PodScheduled');
      expect(scheduled).toMatchObject({ status: 'False', reason: 'Unschedulable', message: expect.stringContaining('Insufficient cpu') });
      expect(pod.node).toBeUndefined();
    });

    it('usage is what the pods use', async () => {
      const usage = await dataOf('kubernetes.podusage');
      const planner = usage.find(({ name }) => name.startsWith('planner-'));
      expect(planner?.containers[0]?.cpu).toBeCloseTo(0.9, 1);
      expect(planner?.containers[0]?.memory).toBe(100 * 1024 ** 2);
      const nodes = await dataOf('kubernetes.nodeusage');
      expect(nodes.map(({ name }) => name).sort()).toEqual(['node-1', 'node-2']);
    });

    it('the autoscaler is limited by its maximum', async () => {
      const [autoscaler] = await dataOf('kubernetes.autoscalers');
      expect(autoscaler).toMatchObject({
        namespace: 'agents',
        name: 'planner',
        target: { kind: 'Deployment', name: 'planner' },
        min: 1,
        max: 2,
      });
      expect(autoscaler?.conditions.find(({ type }) => type === 'ScalingLimited')).toMatchObject({
        status: 'True',
        reason: 'TooManyReplicas',
      });
    });

    it('the quota of pods is used up', async () => {
      expect(await dataOf('kubernetes.quotas')).toMatchObject([
        { namespace: 'agents', name: 'pods', hard: { pods: 8 }, used: { pods: 8 } },
      ]);
    });

    it('a node that nobody runs is not ready', async () => {
      const nodes = await dataOf('kubernetes.nodes');
      const ready = nodes.map(({ name, conditions }) => [name, conditions.find(({ type }) => type === 'Ready')?.status]);
      expect(ready.sort()).toEqual([
        ['node-1', 'True'],
        ['node-2', 'True'],
        ['node-lost', 'Unknown'],
      ]);
    });

    it('policies are as the API holds them', async () => {
      const policies = await dataOf('kubernetes.networkpolicies');
      expect(policies.find(({ namespace }) => namespace === 'platform')).toMatchObject({
        name: 'default-deny',
        podSelector: {},
        policyTypes: ['Ingress', 'Egress'],
      });
      expect(policies.find(({ namespace }) => namespace === 'agents')).toMatchObject({
        name: 'planner',
        podSelector: { matchLabels: { app: 'planner' } },
        ingress: [
          {
            peers: [{ podSelector: { matchLabels: { app: 'gateway' } }, namespaceSelector: {} }],
            ports: [{ protocol: 'TCP', port: 'http' }],
          },
        ],
        egress: [{ peers: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }],
      });
    });

    it('Secrets come without a value, with what tells their age', async () => {
      const secrets = await dataOf('kubernetes.secrets');
      expect(secrets.map(({ namespace, name }) => `${namespace}/${name}`).sort()).toEqual([
        'agents/legacy-token',
        'agents/openai-key',
        'agents/rotated-key',
        'platform/database',
      ]);
      const text = JSON.stringify(secrets);
      for (const value of [secretCanary, Buffer.from(secretCanary).toString('base64')]) expect(text).not.toContain(value);
      const legacy = secrets.find(({ name }) => name === 'legacy-token');
      const age = Date.now() - (legacy?.createdAt ?? 0);
      expect(Math.abs(age - legacySecretAgeMs)).toBeLessThan(86_400_000);
      expect(legacy?.dataManagers).toEqual([{ manager: 'kubectl-create', at: legacy?.createdAt }]);
      const fresh = secrets.find(({ name }) => name === 'openai-key');
      expect(Date.now() - (fresh?.createdAt ?? 0)).toBeLessThan(86_400_000);
    });

    it('deployments short of replicas show it', async () => {
      const deployments = await dataOf('kubernetes.deployments');
      const ready = deployments.map(({ name, desired, ready }) => `${name} ${ready}/${desired}`);
      expect(ready.sort()).toEqual(['coder 3/3', 'crasher 0/1', 'gateway 1/1', 'no-image 0/1', 'planner 2/2', 'too-big 0/1']);
    });

    it('who may not list Secrets and nodes is told so, and sees the rest', async () => {
      expect(await gatherOne('kubernetes.secrets', 'viewer')).toMatchObject({
        ok: false,
        reason: 'forbidden',
        missing: [{ verb: 'list', group: '', resource: 'secrets' }],
      });
      expect(await gatherOne('kubernetes.nodes', 'viewer')).toMatchObject({
        ok: false,
        reason: 'forbidden',
        missing: [{ verb: 'list', group: '', resource: 'nodes' }],
      });
      expect(await gatherOne('kubernetes.pods', 'viewer')).toMatchObject({ ok: true, data: { length: 9 } });
    });
  });
});
