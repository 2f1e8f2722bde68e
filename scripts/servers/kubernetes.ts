import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { binary } from './binaries.ts';
import { KubernetesApi } from './kubernetes-api.ts';
import { seedKubernetes } from './kubernetes-seed.ts';
import { type Authority, createKey, issueCertificate } from './pki.ts';
import { freePort, type ProcessRecord, type Run, startProcess, waitUntil } from './process.ts';

export interface KubernetesServer {
  readonly url: string;
  readonly caFile: string;
  /** Contexts `admin`, `viewer` and `nobody`. */
  readonly kubeconfig: string;
  readonly kubectl: string;
  readonly tokens: {
    /** system:masters */
    readonly admin: string;
    /** The built-in role `view`, cluster-wide. */
    readonly viewer: string;
    /** May do nothing but discovery. */
    readonly nobody: string;
  };
  /** Users without any permission, `user-0`…: tests bind roles of their own to them. */
  readonly users: readonly { readonly name: string; readonly token: string }[];
  /** What was asked of and answered for Secrets, a JSON event a line: to prove what never crossed the wire. */
  readonly auditLog: string;
  /** `v1.36.3` */
  readonly version: string;
}

export interface KubernetesOptions {
  /** Fill with the seed of kubernetes-seed.ts; false: an empty cluster. Default true. */
  readonly seed?: boolean;
  /** Default true. */
  readonly metricsServer?: boolean;
}

const spareUsers = 60;

/** A control plane without a container runtime: kwok plays the nodes and their pods. */
export async function startKubernetes(run: Run, authority: Authority, options: KubernetesOptions = {}): Promise<KubernetesServer> {
  const { seed = true, metricsServer = true } = options;
  const [etcdPort, peerPort, apiPort] = [await freePort(), await freePort(), await freePort()];
  const tls = await issueCertificate(authority, 'kube-apiserver');
  const frontProxy = await issueCertificate(authority, 'front-proxy');
  const serviceAccountKey = await createKey(join(run.folder, 'service-account.key'));
  const tokens = { admin: 'CANARY-admin-token', viewer: 'CANARY-viewer-token', nobody: 'CANARY-nobody-token' };
  const users = Array.from({ length: spareUsers }, (_, index) => ({ name: `user-${index}`, token: `CANARY-user-${index}-token` }));
  const tokenFile = join(run.folder, 'tokens.csv');
  const rows = [`${tokens.admin},admin,admin,"system:masters"`, `${tokens.viewer},viewer,viewer`, `${tokens.nobody},nobody,nobody`];
  for (const user of users) rows.push(`${user.token},${user.name},${user.name}`);
  writeFileSync(tokenFile, `${rows.join('\n')}\n`, { mode: 0o600 });

  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const peerUrl = `http://127.0.0.1:${peerPort}`;
  const etcd = await startProcess(run, {
    name: 'etcd',
    command: await binary('etcd'),
    args: [
      ...[`--data-dir=${join(run.folder, 'etcd')}`, `--listen-client-urls=${etcdUrl}`, `--advertise-client-urls=${etcdUrl}`],
      ...[`--listen-peer-urls=${peerUrl}`, `--initial-advertise-peer-urls=${peerUrl}`, `--initial-cluster=default=${peerUrl}`],
      // A test cluster may be lost: no waiting for the disk.
      ...['--unsafe-no-fsync', '--log-level=warn'],
    ],
    ports: [etcdPort, peerPort],
  });
  await waitUntil('etcd', async () => (await fetch(`${etcdUrl}/health`)).ok, { process: etcd });

  const auditLog = join(run.folder, 'audit.log');
  const apiserver = await startProcess(run, {
    name: 'kube-apiserver',
    command: await binary('kube-apiserver'),
    args: [
      ...[`--etcd-servers=${etcdUrl}`, `--secure-port=${apiPort}`, '--bind-address=127.0.0.1', '--advertise-address=127.0.0.1'],
      ...['--endpoint-reconciler-type=none', `--tls-cert-file=${tls.certFile}`, `--tls-private-key-file=${tls.keyFile}`],
      ...[`--client-ca-file=${authority.caFile}`, `--requestheader-client-ca-file=${authority.caFile}`],
      ...['--requestheader-allowed-names=front-proxy', '--requestheader-username-headers=X-Remote-User'],
      ...['--requestheader-group-headers=X-Remote-Group', '--requestheader-extra-headers-prefix=X-Remote-Extra-'],
      ...[`--proxy-client-cert-file=${frontProxy.certFile}`, `--proxy-client-key-file=${frontProxy.keyFile}`],
      ...[`--service-account-key-file=${serviceAccountKey}`, `--service-account-signing-key-file=${serviceAccountKey}`],
      ...['--service-account-issuer=https://kubernetes.default.svc', `--token-auth-file=${tokenFile}`, '--authorization-mode=RBAC'],
      ...['--service-cluster-ip-range=10.0.0.0/24', '--event-ttl=24h'],
      ...[`--audit-policy-file=${writeAuditPolicy(run)}`, `--audit-log-path=${auditLog}`, '--audit-log-mode=blocking'],
    ],
    ports: [apiPort],
  });
  const url = `https://127.0.0.1:${apiPort}`;
  const api = new KubernetesApi({ url, caFile: authority.caFile, token: tokens.admin });
  try {
    await waitUntil('kube-apiserver', async () => (await api.request('GET', '/readyz')).status === 200, { process: apiserver });
    const kubeconfig = writeKubeconfig(run, url, authority.caFile, tokens);
    await startControllers(run, authority, kubeconfig, serviceAccountKey);
    await startKwok(run, kubeconfig, tls.certFile, tls.keyFile);
    const metrics = metricsServer ? await startMetricsServer(run, api, kubeconfig) : undefined;
    if (seed) {
      await seedKubernetes(api, etcdUrl);
      await settled(api, metrics);
    }
    const version = ((await api.get('/version')) as { gitVersion: string }).gitVersion;
    return { url, caFile: authority.caFile, kubeconfig, kubectl: await binary('kubectl'), tokens, users, auditLog, version };
  } finally {
    api.close();
  }
}

/** Secrets with request and answer, nothing else. */
function writeAuditPolicy(run: Run): string {
  const file = join(run.folder, 'audit-policy.json');
  const rules = [{ level: 'RequestResponse', resources: [{ group: '', resources: ['secrets'] }] }, { level: 'None' }];
  writeFileSync(file, JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules }), {
    mode: 0o600,
  });
  return file;
}

function writeKubeconfig(run: Run, server: string, caFile: string, tokens: KubernetesServer['tokens']): string {
  const file = join(run.folder, 'kubeconfig');
  const names = Object.entries(tokens);
  writeFileSync(
    file,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'test', cluster: { server, 'certificate-authority': caFile } }],
      users: names.map(([name, token]) => ({ name, user: { token } })),
      contexts: names.map(([name]) => ({ name, context: { cluster: 'test', user: name } })),
      'current-context': 'admin',
    }),
    { mode: 0o600 },
  );
  return file;
}

const kubeconfigFlags = (file: string): string[] => [
  `--kubeconfig=${file}`,
  `--authentication-kubeconfig=${file}`,
  `--authorization-kubeconfig=${file}`,
];

async function startControllers(run: Run, authority: Authority, kubeconfig: string, serviceAccountKey: string): Promise<void> {
  for (const name of ['kube-controller-manager', 'kube-scheduler']) {
    const port = await freePort();
    await startProcess(run, {
      name,
      command: await binary(name),
      args: [
        ...kubeconfigFlags(kubeconfig),
        ...[`--secure-port=${port}`, `--cert-dir=${join(run.folder, `${name}-certs`)}`, '--bind-address=127.0.0.1'],
        ...['--leader-elect=false', '--kube-api-qps=1000', '--kube-api-burst=2000'],
        ...(name === 'kube-scheduler'
          ? []
          : [
              ...[`--service-account-private-key-file=${serviceAccountKey}`, `--root-ca-file=${authority.caFile}`],
              // The autoscaler's usual patience would cost every test run minutes.
              ...['--horizontal-pod-autoscaler-sync-period=5s', '--horizontal-pod-autoscaler-cpu-initialization-period=1s'],
            ]),
      ],
      ports: [port],
    });
  }
}

async function startKwok(run: Run, kubeconfig: string, certFile: string, keyFile: string): Promise<void> {
  const port = await freePort();
  await startProcess(run, {
    name: 'kwok',
    command: await binary('kwok'),
    args: [
      ...[`--kubeconfig=${kubeconfig}`, `--config=${await binary('kwok.yaml')}`, '--manage-all-nodes=false'],
      ...['--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake', '--node-lease-duration-seconds=40', '--node-ip=127.0.0.1'],
      ...[`--node-port=${port}`, `--tls-cert-file=${certFile}`, `--tls-private-key-file=${keyFile}`],
      `--server-address=127.0.0.1:${port}`,
    ],
    ports: [port],
  });
}

async function startMetricsServer(run: Run, api: KubernetesApi, kubeconfig: string): Promise<ProcessRecord> {
  const port = await freePort();
  const record = await startProcess(run, {
    name: 'metrics-server',
    command: await binary('metrics-server'),
    args: [
      ...kubeconfigFlags(kubeconfig),
      ...[`--secure-port=${port}`, '--bind-address=127.0.0.1', `--cert-dir=${join(run.folder, 'metrics-server-certs')}`],
      ...['--kubelet-insecure-tls', '--kubelet-preferred-address-types=InternalIP', '--kubelet-use-node-status-port'],
      '--metric-resolution=15s',
    ],
    ports: [port],
  });
  await api.create('/api/v1/namespaces/kube-system/services', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'metrics-server' },
    spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port }] },
  });
  await api.create('/apis/apiregistration.k8s.io/v1/apiservices', {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: 'v1beta1.metrics.k8s.io' },
    spec: {
      group: 'metrics.k8s.io',
      version: 'v1beta1',
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
      service: { namespace: 'kube-system', name: 'metrics-server', port },
    },
  });
  return record;
}

/** Waits for what takes its time after the seed: usage figures, the autoscaler's verdict, the lost node. */
async function settled(api: KubernetesApi, metricsServer: ProcessRecord | undefined): Promise<void> {
  const conditions = async (path: string): Promise<ReadonlyMap<string, string>> => {
    const object = (await api.get(path)) as { status?: { conditions?: readonly { type: string; status: string }[] } };
    return new Map((object.status?.conditions ?? []).map((condition) => [condition.type, condition.status]));
  };
  const patience = { timeoutMs: 180_000, everyMs: 500 };
  if (metricsServer) {
    await waitUntil(
      'metrics of pods',
      async () => {
        const list = (await api.get('/apis/metrics.k8s.io/v1beta1/namespaces/agents/pods')) as { items: { metadata: { name: string } }[] };
        return list.items.filter((item) => /^(planner|coder)-/.test(item.metadata.name)).length === 5;
      },
      { process: metricsServer, ...patience },
    );
    await waitUntil(
      'autoscaler',
      async () =>
        (await conditions('/apis/autoscaling/v2/namespaces/agents/horizontalpodautoscalers/planner')).get('ScalingLimited') === 'True',
      patience,
    );
  }
  await waitUntil('node-lost', async () => (await conditions('/api/v1/nodes/node-lost')).get('Ready') === 'Unknown', patience);
  if (!metricsServer) return;
  // Last, because a node needs two scrapes: both that live must have their usage when the suites begin.
  await waitUntil(
    'metrics of nodes',
    async () => {
      const list = (await api.get('/apis/metrics.k8s.io/v1beta1/nodes')) as { items: { metadata: { name: string } }[] };
      return ['node-1', 'node-2'].every((name) => list.items.some((item) => item.metadata.name === name));
    },
    { process: metricsServer, ...patience },
  );
}
