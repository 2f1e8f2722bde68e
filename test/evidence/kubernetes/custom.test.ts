import { describe, expect, test } from 'vitest';
import { gatherOne, type Handler, json, listOf, routes, status, stubApi } from './stub-api.ts';

const groups = (...names: readonly string[]) => ({
  kind: 'APIGroupList',
  groups: names.map((entry) => {
    const [name, ...versions] = entry.split('/');
    return { name, versions: versions.map((version) => ({ version, groupVersion: `${name}/${version}` })) };
  }),
});
const list = (...items: readonly object[]) => listOf(items, undefined, 'XList');
const inNamespace = (namespace: string, name: string, more: object = {}) => ({ metadata: { namespace, name }, ...more });

describe('without the CRDs', () => {
  test.each([
    ['kubernetes.certificates', { ok: false, reason: 'absent', source: 'kubernetes stub', detail: 'no cert-manager CRDs' }],
    ['kubernetes.istio', { ok: false, reason: 'absent', source: 'kubernetes stub', detail: 'no Istio CRDs' }],
    ['kubernetes.foreignpolicies', { ok: true, source: 'kubernetes stub', data: [] }],
  ] as const)('%s', async (key, expected) => {
    const stub = await stubApi(routes({ '/apis': groups('apps/v1') }));
    expect(await gatherOne(stub.url, key)).toEqual(expected);
    expect(stub.requests.map(({ url }) => url.pathname)).toEqual(['/apis']);
  });
});

test.each(['kubernetes.certificates', 'kubernetes.istio', 'kubernetes.foreignpolicies'] as const)(
  '%s: no discovery, no answer',
  async (key) => {
    const broken = await stubApi((_seen, response) => status(response, 500));
    expect(await gatherOne(broken.url, key)).toMatchObject({ ok: false, reason: 'server-error' });
    const forbidden = await stubApi((_seen, response) => status(response, 403));
    expect(await gatherOne(forbidden.url, key)).toMatchObject({
      ok: false,
      reason: 'forbidden',
      detail: expect.stringContaining('system:discovery'),
    });
    const odd = await stubApi((_seen, response) => json(response, { kind: 'Other' }));
    expect(await gatherOne(odd.url, key)).toMatchObject({ ok: false, reason: 'invalid' });
  },
);

test('certificates of cert-manager', async () => {
  const stub = await stubApi(
    routes({
      '/apis': groups('cert-manager.io/v1'),
      '/apis/cert-manager.io/v1/certificates': list(
        inNamespace('a', 'web', {
          spec: { secretName: 'web-tls' },
          status: { notAfter: '2026-12-01T00:00:00Z', conditions: [{ type: 'Ready', status: 'True', message: 'up to date' }] },
        }),
        inNamespace('a', 'new', { spec: { secretName: 'new-tls' } }),
      ),
    }),
  );
  expect(await gatherOne(stub.url, 'kubernetes.certificates')).toMatchObject({
    data: [
      {
        namespace: 'a',
        name: 'web',
        secretName: 'web-tls',
        notAfter: Date.parse('2026-12-01T00:00:00Z'),
        ready: true,
        message: 'up to date',
      },
      { namespace: 'a', name: 'new', secretName: 'new-tls', ready: false, message: '' },
    ],
  });
});

describe('Istio', () => {
  const objects = {
    '/apis': groups('security.istio.io/v1beta1', 'networking.istio.io/v1alpha3/v1beta1/v1'),
    '/apis/security.istio.io/v1beta1/peerauthentications': list(
      inNamespace('istio-system', 'mesh', { spec: { mtls: { mode: 'STRICT' } } }),
      inNamespace('a', 'ports', {
        spec: { selector: { matchLabels: { app: 'x' } }, portLevelMtls: { 8080: { mode: 'PERMISSIVE' }, 9090: {} } },
      }),
    ),
    '/apis/security.istio.io/v1beta1/authorizationpolicies': list(
      inNamespace('a', 'deny-all', {}),
      inNamespace('a', 'allow-all', { spec: { rules: [{ from: [{ source: { namespaces: ['b'] } }] }, { from: [] }] } }),
      inNamespace('a', 'some', { spec: { action: 'DENY', rules: [{ to: [{ operation: {} }] }] } }),
      inNamespace('a', 'waypoint', { spec: { targetRefs: [{ kind: 'Gateway', name: 'w' }], rules: [] } }),
    ),
    '/apis/networking.istio.io/v1/destinationrules': list(
      inNamespace('a', 'dr', {
        spec: {
          host: 'db',
          trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' }, portLevelSettings: [{ tls: { mode: 'DISABLE' } }] },
          subsets: [{ trafficPolicy: { tls: { mode: 'SIMPLE' } } }, {}],
        },
      }),
    ),
  };

  test('in the best version that each group serves', async () => {
    const stub = await stubApi(routes(objects));
    expect(await gatherOne(stub.url, 'kubernetes.istio', { kubernetes: { excludeNamespaces: ['istio-system'] } })).toEqual({
      ok: true,
      source: 'kubernetes stub',
      data: {
        peerAuthentications: [
          { namespace: 'istio-system', name: 'mesh', mode: 'STRICT', selector: {}, portModes: {} },
          { namespace: 'a', name: 'ports', mode: 'UNSET', selector: { app: 'x' }, portModes: { 8080: 'PERMISSIVE', 9090: 'UNSET' } },
        ],
        authorizationPolicies: [
          { namespace: 'a', name: 'deny-all', action: 'ALLOW', selector: {}, rules: -1, matchesAll: false },
          { namespace: 'a', name: 'allow-all', action: 'ALLOW', selector: {}, rules: 2, matchesAll: true },
          { namespace: 'a', name: 'some', action: 'DENY', selector: {}, rules: 1, matchesAll: false },
          { namespace: 'a', name: 'waypoint', action: 'ALLOW', selector: {}, rules: 0, matchesAll: false, targets: ['Gateway/w'] },
        ],
        destinationRules: [{ namespace: 'a', name: 'dr', host: 'db', tlsModes: ['ISTIO_MUTUAL', 'DISABLE', 'SIMPLE'] }],
      },
    });
  });

  test('the root namespace is read besides the configured ones', async () => {
    const stub = await stubApi((seen, response) =>
      seen.url.pathname === '/apis' ? json(response, objects['/apis']) : json(response, list()),
    );
    await gatherOne(stub.url, 'kubernetes.istio', { kubernetes: { namespaces: ['a'] } });
    expect(stub.requests.map(({ url }) => url.pathname).filter((path) => path.endsWith('/peerauthentications'))).toEqual([
      '/apis/security.istio.io/v1beta1/namespaces/a/peerauthentications',
      '/apis/security.istio.io/v1beta1/namespaces/istio-system/peerauthentications',
    ]);
  });

  test('one kind forbidden is a gap, all of them is forbidden', async () => {
    const served = (group: string, name: string) => ({ kind: 'APIResourceList', groupVersion: group, resources: [{ name }] });
    const some: Handler = (seen, response) => {
      const { pathname } = seen.url;
      if (pathname.endsWith('/destinationrules')) status(response, 403);
      else if (pathname === '/apis/networking.istio.io/v1') json(response, served('networking.istio.io/v1', 'destinationrules'));
      else routes(objects)(seen, response);
    };
    const missing = [{ verb: 'list', group: 'networking.istio.io', resource: 'destinationrules' }];
    expect(await gatherOne((await stubApi(some)).url, 'kubernetes.istio')).toMatchObject({
      ok: true,
      gaps: [{ reason: 'forbidden', missing }],
    });
    const all = await stubApi((seen, response) =>
      seen.url.pathname === '/apis' ? json(response, objects['/apis']) : status(response, 403),
    );
    expect(await gatherOne(all.url, 'kubernetes.istio')).toMatchObject({
      ok: false,
      reason: 'forbidden',
      missing: [
        { group: 'security.istio.io', resource: 'peerauthentications' },
        { group: 'security.istio.io', resource: 'authorizationpolicies' },
        { group: 'networking.istio.io', resource: 'destinationrules' },
      ],
    });
  });
});

describe('other policy engines', () => {
  test('kinds that hold objects, with their namespaces', async () => {
    const stub = await stubApi(
      routes({
        '/apis': groups('cilium.io/v2', 'policy.networking.k8s.io/v1alpha1'),
        '/apis/cilium.io/v2/ciliumnetworkpolicies': list(inNamespace('a', 'x'), inNamespace('b', 'y'), inNamespace('a', 'z')),
        '/apis/cilium.io/v2/ciliumclusterwidenetworkpolicies': list(),
        '/apis/policy.networking.k8s.io/v1alpha1/adminnetworkpolicies': list({ metadata: { name: 'x' } }),
      }),
    );
    expect(await gatherOne(stub.url, 'kubernetes.foreignpolicies')).toEqual({
      ok: true,
      source: 'kubernetes stub',
      data: [
        { kind: 'ciliumnetworkpolicies', group: 'cilium.io', count: 3, namespaces: ['a', 'b'] },
        { kind: 'adminnetworkpolicies', group: 'policy.networking.k8s.io', count: 1, namespaces: [] },
      ],
    });
  });

  test('Calico’s API server does not count the same objects twice', async () => {
    const stub = await stubApi(
      routes({
        '/apis': groups('crd.projectcalico.org/v1', 'projectcalico.org/v3'),
        '/apis/crd.projectcalico.org/v1/networkpolicies': list(inNamespace('a', 'x')),
        '/apis/projectcalico.org/v3/networkpolicies': list(inNamespace('a', 'x')),
      }),
    );
    expect(await gatherOne(stub.url, 'kubernetes.foreignpolicies')).toMatchObject({
      data: [{ kind: 'networkpolicies', group: 'crd.projectcalico.org', count: 1, namespaces: ['a'] }],
    });
  });

  test('a first page is enough', async () => {
    const stub = await stubApi((seen, response) =>
      seen.url.pathname === '/apis'
        ? json(response, groups('cilium.io/v2'))
        : json(response, listOf([inNamespace('a', 'x')], 'more', 'XList')),
    );
    expect(await gatherOne(stub.url, 'kubernetes.foreignpolicies')).toMatchObject({ ok: true, data: [{ count: 1 }, { count: 1 }] });
    expect(stub.requests).toHaveLength(3);
  });

  test('a permission is missing only for what the server has', async () => {
    const stub = await stubApi((seen, response) => {
      const { pathname } = seen.url;
      if (pathname === '/apis') json(response, groups('cilium.io/v2'));
      else if (pathname === '/apis/cilium.io/v2')
        json(response, { kind: 'APIResourceList', resources: [{ name: 'ciliumnetworkpolicies' }] });
      else status(response, 403);
    });
    expect(await gatherOne(stub.url, 'kubernetes.foreignpolicies')).toMatchObject({
      ok: true,
      data: [],
      gaps: [{ reason: 'forbidden', missing: [{ verb: 'list', group: 'cilium.io', resource: 'ciliumnetworkpolicies' }] }],
    });
  });
});
