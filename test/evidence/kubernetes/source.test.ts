import { expect, test } from 'vitest';
import { configSchema } from '../../../packages/core/src/config/schema.ts';
import { kubernetesKeys } from '../../../packages/core/src/evidence/kubernetes/resources.ts';
import { gatherKubernetes, kubernetesNotConfigured } from '../../../packages/core/src/evidence/kubernetes/source.ts';
import { testGatherContext, testHost } from '../../support/host.ts';
import { gatherOne, json, kubeconfigFor, listOf, routes, status, stubApi } from './stub-api.ts';

const gather = (kubernetes: object, keys: readonly (typeof kubernetesKeys)[number][] = kubernetesKeys, ms = 5000) =>
  gatherKubernetes(configSchema.parse({ kubernetes }), new Set(keys), testGatherContext(ms, testHost()));

test('no kubeconfig and no cluster: nothing, and every wanted key is not configured', async () => {
  expect(await gather({})).toEqual([]);
  const evidence = kubernetesNotConfigured(new Set(['kubernetes.pods', 'vault.health']));
  expect(Object.keys(evidence)).toEqual(['kubernetes.pods']);
  expect(await evidence['kubernetes.pods']).toMatchObject({ ok: false, reason: 'not-configured', source: 'kubernetes' });
});

test('switched off, or nothing of it wanted: nothing is read', async () => {
  const stub = await stubApi((_seen, response) => status(response, 500));
  const kubeconfig = kubeconfigFor(stub.url);
  expect(await gather({ kubeconfig, enabled: false })).toEqual([]);
  expect(await gather({ kubeconfig }, [])).toEqual([]);
  expect(stub.requests).toEqual([]);
});

test('an unknown context beside a good one: its keys are invalid, the other is read', async () => {
  const stub = await stubApi(routes({ '/api/v1/nodes': listOf([], undefined, 'NodeList') }));
  const found = await gather({ kubeconfig: kubeconfigFor(stub.url), contexts: ['prod', 'stub'] }, ['kubernetes.nodes']);
  expect(found.map(({ context }) => context)).toEqual(['prod', 'stub']);
  expect(await found[0]?.evidence['kubernetes.nodes']).toEqual({
    ok: false,
    reason: 'invalid',
    source: 'kubernetes prod',
    detail: 'the kubeconfig has no context "prod"',
    hint: 'kubectl config get-contexts lists them',
  });
  expect(await found[1]?.evidence['kubernetes.nodes']).toMatchObject({ ok: true, data: [] });
});

test('every key is answered, each resource is listed once, and nothing but GET is sent', async () => {
  const stub = await stubApi((seen, response) => {
    const { pathname } = seen.url;
    if (pathname === '/version') json(response, { gitVersion: 'v1.36.3' });
    else if (pathname === '/apis') {
      const groups = ['cert-manager.io/v1', 'security.istio.io/v1', 'networking.istio.io/v1', 'cilium.io/v2'].map((name) =>
        name.split('/'),
      );
      json(response, { kind: 'APIGroupList', groups: groups.map(([name, version]) => ({ name, versions: [{ version }] })) });
    } else if (pathname === '/apis/metrics.k8s.io/v1beta1/nodes') {
      json(response, listOf([{ metadata: { name: 'n' }, usage: { cpu: '1', memory: '1Ki' } }], undefined, 'NodeMetricsList'));
    } else if (pathname.endsWith('/secrets')) json(response, { kind: 'PartialObjectMetadataList', items: [] });
    else json(response, listOf([], undefined, 'XList'));
  });
  const [entry] = await gather({ kubeconfig: kubeconfigFor(stub.url) });
  const answers = await Promise.all(kubernetesKeys.map((key) => entry?.evidence[key]));
  expect(answers.map((answer, index) => `${kubernetesKeys[index]} ${answer?.ok}`)).toEqual(kubernetesKeys.map((key) => `${key} true`));
  const paths = stub.requests.map(({ url }) => url.pathname);
  expect(paths.length).toBe(new Set(paths).size);
  expect(new Set(stub.requests.map(({ method }) => method))).toEqual(new Set(['GET']));
});

test('a black hole costs the deadline, once for all keys', async () => {
  const stub = await stubApi(() => undefined);
  const [entry] = await gather({ kubeconfig: kubeconfigFor(stub.url) }, kubernetesKeys, 300);
  const answers = await Promise.all(kubernetesKeys.map((key) => entry?.evidence[key]));
  expect(new Set(answers.map((answer) => (answer?.ok === false ? answer.reason : 'data')))).toEqual(new Set(['timeout']));
});

test.each([
  [404, 'absent', 'metrics.k8s.io answers 404: metrics-server is not there'],
  [503, 'absent', 'metrics.k8s.io answers 503: metrics-server is not there'],
  [500, 'server-error', 'answers 500'],
] as const)('metrics.k8s.io answers %d', async (code, reason, detail) => {
  const stub = await stubApi((_seen, response) => status(response, code));
  for (const key of ['kubernetes.podusage', 'kubernetes.nodeusage'] as const) {
    expect(await gatherOne(stub.url, key)).toMatchObject({ ok: false, reason, detail });
  }
});

test('usage of no node at all is not a usage of nothing', async () => {
  const stub = await stubApi((_seen, response) => json(response, listOf([], undefined, 'NodeMetricsList')));
  expect(await gatherOne(stub.url, 'kubernetes.nodeusage')).toMatchObject({ ok: false, reason: 'absent' });
});

test('usage in cores and bytes; a container without a readable figure is left out', async () => {
  const pods = [
    {
      metadata: { namespace: 'a', name: 'p' },
      containers: [
        { name: 'main', usage: { cpu: '250m', memory: '1Mi' } },
        { name: 'odd', usage: { cpu: '?' } },
      ],
    },
  ];
  const stub = await stubApi(routes({ '/apis/metrics.k8s.io/v1beta1/pods': listOf(pods, undefined, 'PodMetricsList') }));
  expect(await gatherOne(stub.url, 'kubernetes.podusage')).toMatchObject({
    data: [{ namespace: 'a', name: 'p', containers: [{ name: 'main', cpu: 0.25, memory: 1_048_576 }] }],
  });
});

test('pods of a CronJob carry its name where Jobs may be listed, else the Job’s', async () => {
  const owner = (kind: string, name: string) => ({ ownerReferences: [{ kind, name, controller: true }] });
  const pods = listOf([{ metadata: { namespace: 'a', name: 'report-1-x', ...owner('Job', 'report-1') } }]);
  const jobs = listOf([{ metadata: { namespace: 'a', name: 'report-1', ...owner('CronJob', 'report') } }], undefined, 'JobList');
  const allowed = await stubApi(routes({ '/api/v1/pods': pods, '/apis/batch/v1/jobs': jobs }));
  expect(await gatherOne(allowed.url, 'kubernetes.pods')).toMatchObject({
    data: [{ owner: { kind: 'Job', name: 'report-1' }, workload: { kind: 'CronJob', name: 'report' } }],
  });
  const hidden = await stubApi((seen, response) => (seen.url.pathname === '/api/v1/pods' ? json(response, pods) : status(response, 403)));
  const evidence = await gatherOne(hidden.url, 'kubernetes.pods');
  expect(evidence).toMatchObject({ ok: true, data: [{ workload: { kind: 'Job', name: 'report-1' } }] });
  expect(evidence).not.toHaveProperty('gaps');
});
