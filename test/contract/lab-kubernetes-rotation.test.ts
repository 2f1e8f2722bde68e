import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { type KubernetesServer, labAdmin, startKubernetes } from '../../packages/lab/src/kubernetes/server.ts';
import { KubernetesApi } from '../../scripts/servers/kubernetes-api.ts';
import { describeKubernetesRotation } from './kubernetes-rotation.ts';
import { LabControllers } from './lab-controllers.ts';

describe('rotation on the lab’s Kubernetes', () => {
  let lab: KubernetesServer;
  let controllers: LabControllers;
  let api: KubernetesApi;
  let folder: string;
  beforeAll(async () => {
    lab = await startKubernetes({
      tls: 'self-signed',
      users: [labAdmin, { token: 'contract-nobody', name: 'nobody', groups: [], rules: [] }],
      resources: [{ group: 'argoproj.io', version: 'v1alpha1', plural: 'rollouts', kind: 'Rollout', namespaced: true }],
    });
    controllers = new LabControllers(lab.store);
    folder = mkdtempSync(join(tmpdir(), 'agentops-contract-'));
    const [, ca = ''] = /certificate-authority-data: (\S+)/.exec(lab.kubeconfig()) ?? [];
    writeFileSync(join(folder, 'ca.pem'), Buffer.from(ca, 'base64'));
    const user = (name: string, token: string) => ({ name, user: { token } });
    const kubeconfig = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'lab', cluster: { server: lab.url, 'certificate-authority-data': ca } }],
      users: [user('admin', labAdmin.token), user('nobody', 'contract-nobody')],
      contexts: ['admin', 'nobody'].map((name) => ({ name, context: { cluster: 'lab', user: name } })),
      'current-context': 'admin',
    };
    writeFileSync(join(folder, 'kubeconfig'), JSON.stringify(kubeconfig), { mode: 0o600 });
    api = new KubernetesApi({ url: lab.url, caFile: join(folder, 'ca.pem'), token: labAdmin.token });
  });
  afterAll(async () => {
    controllers.stop();
    api.close();
    rmSync(folder, { recursive: true, force: true });
    await lab.close();
  });
  describeKubernetesRotation(() => ({
    kubeconfig: join(folder, 'kubeconfig'),
    api,
    nobody: 'nobody',
    crash: (namespace, secret) => controllers.crash(namespace, secret),
  }));
});
