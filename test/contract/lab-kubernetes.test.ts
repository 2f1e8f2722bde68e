import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { event } from '../../packages/lab/src/kubernetes/objects.ts';
import { type KubernetesServer, labAdmin, startKubernetes } from '../../packages/lab/src/kubernetes/server.ts';
import { cluster } from '../../packages/lab/src/platform/cluster.ts';
import { testNow } from '../support/host.ts';
import { describeKubernetesContract } from './kubernetes.ts';

/** The PEM that the kubeconfig carries. */
function certificateOf(kubeconfig: string): string {
  const [, data = ''] = /certificate-authority-data: (\S+)/.exec(kubeconfig) ?? [];
  return Buffer.from(data, 'base64').toString('utf8');
}

describe('the lab’s Kubernetes', () => {
  let lab: KubernetesServer;
  let folder: string;
  beforeAll(async () => {
    const scenario = cluster(testNow, { summarizer: 'oom-loop' });
    const objects = [...(scenario.objects ?? [])];
    const normal = objects
      .filter(({ kind }) => kind === 'Pod')
      .map((about) => event({ about, type: 'Normal', reason: 'Started', message: 'Started container', lastAt: testNow }));
    lab = await startKubernetes({
      ...scenario,
      objects: [...objects, ...normal],
      users: [labAdmin, { token: 'contract-nobody', name: 'nobody', groups: [], rules: [] }],
    });
    folder = mkdtempSync(join(tmpdir(), 'agentops-contract-'));
    writeFileSync(join(folder, 'kubeconfig'), lab.kubeconfig(), { mode: 0o600 });
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await lab.close();
  });
  describeKubernetesContract(() => ({
    url: lab.url,
    ca: certificateOf(lab.kubeconfig()),
    adminToken: labAdmin.token,
    nobodyToken: 'contract-nobody',
    kubeconfig: join(folder, 'kubeconfig'),
  }));
});
