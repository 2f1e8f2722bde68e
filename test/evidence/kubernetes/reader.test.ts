import { expect, test } from 'vitest';
import { gatherOne, json, listOf, routes, status, stubApi } from './stub-api.ts';

const service = (namespace: string, name = 's') => ({ metadata: { namespace, name }, spec: {} });
const services = (...items: readonly object[]) => listOf(items, undefined, 'ServiceList');

test('cluster-wide, without the excluded namespaces', async () => {
  const stub = await stubApi(routes({ '/api/v1/services': services(service('kube-system'), service('agents')) }));
  const evidence = await gatherOne(stub.url, 'kubernetes.services', { kubernetes: { excludeNamespaces: ['kube-system'] } });
  expect(evidence).toMatchObject({ ok: true, data: [{ namespace: 'agents', name: 's' }] });
  expect(evidence).not.toHaveProperty('gaps');
});

test('the list of namespaces is whole', async () => {
  const list = listOf(
    [{ metadata: { name: 'kube-system' } }, { metadata: { name: 'agents', labels: { a: 'b' } } }],
    undefined,
    'NamespaceList',
  );
  const stub = await stubApi(routes({ '/api/v1/namespaces': list }));
  expect(await gatherOne(stub.url, 'kubernetes.namespaces')).toEqual({
    ok: true,
    source: 'kubernetes stub',
    data: [
      { name: 'kube-system', labels: {}, terminating: false },
      { name: 'agents', labels: { a: 'b' }, terminating: false },
    ],
  });
});

test('one list a configured namespace; exclusions do not apply to what was named', async () => {
  const stub = await stubApi(
    routes({
      '/api/v1/namespaces/kube-system/services': services(service('kube-system', 'dns')),
      '/api/v1/namespaces/agents/services': services(service('agents', 'api')),
    }),
  );
  const evidence = await gatherOne(stub.url, 'kubernetes.services', { kubernetes: { namespaces: ['agents', 'kube-system', 'agents'] } });
  expect(evidence.ok && evidence.data.map(({ name }) => name)).toEqual(['api', 'dns']);
  expect(stub.requests).toHaveLength(2);
});

test('a forbidden namespace is a gap that names the permission', async () => {
  const stub = await stubApi((seen, response) =>
    seen.url.pathname.includes('/b/') ? status(response, 403) : json(response, services(service('a'))),
  );
  expect(await gatherOne(stub.url, 'kubernetes.services', { kubernetes: { namespaces: ['a', 'b'] } })).toMatchObject({
    ok: true,
    data: [{ namespace: 'a' }],
    gaps: [
      {
        ok: false,
        reason: 'forbidden',
        source: 'kubernetes stub',
        detail: 'not allowed to list services in namespace "b"',
        missing: [{ verb: 'list', group: '', resource: 'services', namespace: 'b' }],
        namespace: 'b',
        hint: 'agentops rbac prints a role that allows it',
      },
    ],
  });
});

test('all namespaces forbidden: unavailable, with every permission', async () => {
  const stub = await stubApi((_seen, response) => status(response, 403));
  expect(await gatherOne(stub.url, 'kubernetes.deployments', { kubernetes: { namespaces: ['a', 'b'] } })).toEqual({
    ok: false,
    reason: 'forbidden',
    source: 'kubernetes stub',
    detail: 'not allowed to list deployments.apps in namespace "a" (and 1 more)',
    missing: [
      { verb: 'list', group: 'apps', resource: 'deployments', namespace: 'a' },
      { verb: 'list', group: 'apps', resource: 'deployments', namespace: 'b' },
    ],
    hint: 'agentops rbac prints a role that allows it',
  });
});

test.each([
  ['kubernetes.pods', 'not allowed to list pods in all namespaces', '', 'pods'],
  ['kubernetes.nodes', 'not allowed to list nodes at cluster scope', '', 'nodes'],
  [
    'kubernetes.networkpolicies',
    'not allowed to list networkpolicies.networking.k8s.io in all namespaces',
    'networking.k8s.io',
    'networkpolicies',
  ],
  ['kubernetes.podusage', 'not allowed to list pods.metrics.k8s.io in all namespaces', 'metrics.k8s.io', 'pods'],
] as const)('403 on %s', async (key, detail, group, resource) => {
  const stub = await stubApi((_seen, response) => status(response, 403));
  const evidence = await gatherOne(stub.url, key);
  expect(evidence).toMatchObject({ ok: false, reason: 'forbidden', detail, missing: [{ verb: 'list', group, resource }] });
  expect(JSON.stringify(evidence)).not.toContain('CANARY');
});

test('a namespace that does not exist is not an empty one', async () => {
  const stub = await stubApi((seen, response) => {
    if (seen.url.pathname === '/api/v1/namespaces/empty') json(response, { kind: 'Namespace' });
    else if (seen.url.pathname === '/api/v1/namespaces/prodd') status(response, 404);
    else json(response, services());
  });
  const one = await gatherOne(stub.url, 'kubernetes.services', { kubernetes: { namespaces: ['prodd'] } });
  expect(one).toMatchObject({ ok: false, reason: 'absent', detail: 'there is no namespace "prodd"' });
  const two = await gatherOne(stub.url, 'kubernetes.services', { kubernetes: { namespaces: ['empty', 'prodd'] } });
  expect(two).toMatchObject({ ok: true, data: [], gaps: [{ reason: 'absent', namespace: 'prodd' }] });
});

test('whether an empty namespace exists may be hidden: the list stands', async () => {
  const stub = await stubApi((seen, response) =>
    seen.url.pathname === '/api/v1/namespaces/a' ? status(response, 403) : json(response, services()),
  );
  expect(await gatherOne(stub.url, 'kubernetes.services', { kubernetes: { namespaces: ['a'] } })).toEqual({
    ok: true,
    source: 'kubernetes stub',
    data: [],
  });
});

test('an API version that the server does not have is absent', async () => {
  const stub = await stubApi(routes({}));
  expect(await gatherOne(stub.url, 'kubernetes.autoscalers')).toMatchObject({
    ok: false,
    reason: 'absent',
    detail: 'the server has no horizontalpodautoscalers.autoscaling in version v2',
  });
});

test('Normal events are not asked for', async () => {
  const stub = await stubApi(routes({ '/api/v1/events': listOf([], undefined, 'EventList') }));
  await gatherOne(stub.url, 'kubernetes.events');
  expect(stub.requests.map(({ url }) => url.searchParams.get('fieldSelector'))).toEqual(['type!=Normal']);
});
