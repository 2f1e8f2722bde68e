import { request } from 'node:https';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { startKubernetes } from '../../../packages/lab/src/kubernetes/server.ts';
import { as, configMap, names, namespaceOf, startLab } from './support.ts';

const discovery = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

describe('startKubernetes', () => {
  test('says that it is a lab in every answer', async () => {
    await using lab = await startLab();
    for (const [path, token] of [
      ['/version', 'admin'],
      ['/api/v1/pods', 'admin'],
      ['/api/v1/pods', 'wrong'],
      ['/nowhere', 'admin'],
      ['/api/v1/pods?watch=1&timeoutSeconds=1', 'admin'],
    ]) {
      const response = await fetch(lab.server.url + path, { headers: { authorization: `Bearer ${token}` } });
      expect([path, response.headers.get('x-agentops-lab')]).toEqual([path, 'true']);
      await response.body?.cancel();
    }
  });

  test('records requests without their token', async () => {
    await using lab = await startLab();
    await lab.send('/api/v1/secrets?limit=500', { accept: as('PartialObjectMetadataList') });
    await lab.send('/api/v1/pods', { token: 'wrong-canary' });
    expect(lab.server.requests).toEqual([
      { method: 'GET', path: '/api/v1/secrets?limit=500', accept: as('PartialObjectMetadataList'), user: 'admin', status: 200 },
      { method: 'GET', path: '/api/v1/pods', accept: 'application/json', user: '', status: 401 },
    ]);
    expect(JSON.stringify(lab.server.requests)).not.toContain('canary');
  });

  test('its kubeconfig names the lab, and a user of it', async () => {
    await using lab = await startLab({
      users: [
        { token: 'one', name: 'first', rules: 'admin' },
        { token: 'two', name: 'second', rules: [] },
      ],
    });
    const config = parse(lab.server.kubeconfig('second')) as Record<string, unknown>;
    expect(config).toEqual({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'agentops-lab',
      clusters: [{ name: 'agentops-lab', cluster: { server: lab.server.url, 'insecure-skip-tls-verify': true } }],
      contexts: [{ name: 'agentops-lab', context: { cluster: 'agentops-lab', user: 'second' } }],
      users: [{ name: 'second', user: { token: 'two' } }],
    });
    expect(parse(lab.server.kubeconfig())).toMatchObject({ users: [{ name: 'first' }] });
    expect(() => lab.server.kubeconfig('third')).toThrow("the lab's API has no user third");
  });

  test('speaks TLS with a certificate that its kubeconfig vouches for', async () => {
    const server = await startKubernetes({ tls: 'self-signed' });
    try {
      const config = parse(server.kubeconfig()) as { clusters: { cluster: { server: string; 'certificate-authority-data': string } }[] };
      const cluster = config.clusters[0]?.cluster;
      const ca = Buffer.from(cluster?.['certificate-authority-data'] ?? '', 'base64').toString();
      const status = await new Promise<number | undefined>((resolve, reject) => {
        request(`${cluster?.server}/readyz`, { ca, agent: false }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .on('error', reject)
          .end();
      });
      expect([cluster?.server.startsWith('https://127.0.0.1:'), status]).toEqual([true, 200]);
      await expect(fetch(`${server.url}/readyz`)).rejects.toThrow();
    } finally {
      await server.close();
    }
  });

  test('refuses objects that no cluster could hold', async () => {
    const start = (object: object) => startKubernetes({ objects: [namespaceOf('agents'), object as ReturnType<typeof configMap>] });
    await expect(start({ apiVersion: 'v1', kind: 'Gadget', metadata: { name: 'g' } })).rejects.toThrow(
      "the lab's API serves no Gadget of v1",
    );
    await expect(start(configMap('a', undefined, 'nowhere'))).rejects.toThrow('namespace nowhere does not exist in the lab');
    await expect(start({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } })).rejects.toThrow(
      'ConfigMap a: a namespace is needed',
    );
    await expect(start({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', namespace: 'agents' } })).rejects.toThrow(
      'Node n: a namespace is wrong here',
    );
  });

  test('a port that is taken is an error', async () => {
    await using lab = await startLab();
    await expect(startKubernetes({ port: lab.server.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  test('closing ends open watches', async () => {
    const lab = await startLab();
    const response = await fetch(`${lab.server.url}/api/v1/pods?watch=1`, { headers: { authorization: 'Bearer admin' } });
    const body = response.text().catch(() => 'cut');
    await lab.server.close();
    expect(['', 'cut']).toContain(await body);
  });
});

describe('discovery', () => {
  test('the core group and the others', async () => {
    await using lab = await startLab();
    expect((await lab.send('/api')).json).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
    const { groups } = (await lab.send('/apis')).json as { groups: { name: string; preferredVersion: { groupVersion: string } }[] };
    expect(groups.map((group) => group.preferredVersion.groupVersion)).toEqual([
      'apiregistration.k8s.io/v1',
      'apps/v1',
      'events.k8s.io/v1',
      'authorization.k8s.io/v1',
      'authentication.k8s.io/v1',
      'autoscaling/v2',
      'batch/v1',
      'networking.k8s.io/v1',
      'policy/v1',
      'rbac.authorization.k8s.io/v1',
      'apiextensions.k8s.io/v1',
      'coordination.k8s.io/v1',
      'discovery.k8s.io/v1',
      'metrics.k8s.io/v1beta1',
    ]);
    expect((await lab.send('/apis/apps')).json).toEqual({
      kind: 'APIGroup',
      apiVersion: 'v1',
      name: 'apps',
      versions: [{ groupVersion: 'apps/v1', version: 'v1' }],
      preferredVersion: { groupVersion: 'apps/v1', version: 'v1' },
    });
  });

  test('the resources of a version', async () => {
    await using lab = await startLab();
    const { resources, groupVersion } = (await lab.send('/apis/apps/v1')).json as {
      groupVersion: string;
      resources: Record<string, unknown>[];
    };
    expect(groupVersion).toBe('apps/v1');
    expect(resources).toContainEqual({
      name: 'deployments',
      singularName: 'deployment',
      namespaced: true,
      kind: 'Deployment',
      verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
      shortNames: ['deploy'],
      categories: ['all'],
    });
    expect(resources).toContainEqual({
      name: 'deployments/scale',
      singularName: '',
      namespaced: true,
      group: 'autoscaling',
      version: 'v1',
      kind: 'Scale',
      verbs: ['get', 'patch', 'update'],
    });
  });

  test('everything in one answer, under its own content type', async () => {
    await using lab = await startLab();
    const reply = await lab.send('/apis', { accept: `${discovery},application/json` });
    expect(reply.type).toBe(discovery);
    const groups = reply.json.items as { metadata: { name: string }; versions: { resources: { resource: string; scope: string }[] }[] }[];
    const apps = groups.find((group) => group.metadata.name === 'apps');
    expect(apps?.versions[0]?.resources.map(({ resource, scope }) => `${resource} ${scope}`)).toContain('deployments Namespaced');
    expect((await lab.send('/api', { accept: discovery })).json).toMatchObject({
      items: [{ metadata: {}, versions: [{ version: 'v1', freshness: 'Current' }] }],
    });
  });

  test('the OpenAPI document says which parameters a patch takes', async () => {
    await using lab = await startLab();
    const index = (await lab.send('/openapi/v3')).json as { paths: Record<string, { serverRelativeURL: string }> };
    const url = index.paths['apis/apps/v1']?.serverRelativeURL ?? '';
    const { paths } = (await lab.send(url)).json as { paths: Record<string, { patch: { parameters: { name: string }[] } }> };
    const operation = paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}']?.patch;
    expect(operation?.parameters.map(({ name }) => name)).toEqual(['dryRun', 'fieldManager', 'fieldValidation']);
  });

  test.each([
    ['/nowhere', 404, 'text/plain; charset=utf-8'],
    ['/apis/nope', 404, 'text/plain; charset=utf-8'],
    ['/apis/nope/v1', 404, 'text/plain; charset=utf-8'],
    ['/apis/nope/v1/things', 404, 'text/plain; charset=utf-8'],
    ['/api/v1/nope', 404, 'application/json'],
    ['/apis/apps/v2/deployments', 404, 'application/json'],
    ['/api/v1/pods/p1', 404, 'application/json'],
    ['/api/v1/namespaces/agents/nodes', 404, 'application/json'],
    ['/api/v1/namespaces/agents/nodes/n1', 404, 'application/json'],
  ])('%s is %i as %s', async (path, code, type) => {
    await using lab = await startLab();
    const reply = await lab.send(path);
    expect([reply.code, reply.type]).toEqual([code, type]);
  });

  test('an added resource has a definition and is served', async () => {
    await using lab = await startLab();
    lab.server.addResource({
      group: 'cilium.io',
      version: 'v2',
      plural: 'ciliumnetworkpolicies',
      kind: 'CiliumNetworkPolicy',
      namespaced: true,
      shortNames: ['cnp'],
    });
    expect(names(await lab.send('/apis/cilium.io/v2/ciliumnetworkpolicies'))).toEqual([]);
    const crds = await lab.send('/apis/apiextensions.k8s.io/v1/customresourcedefinitions');
    expect(names(crds)).toEqual(['ciliumnetworkpolicies.cilium.io']);
    expect((crds.json.items as { spec: object }[])[0]?.spec).toMatchObject({
      group: 'cilium.io',
      scope: 'Namespaced',
      names: { kind: 'CiliumNetworkPolicy', shortNames: ['cnp'] },
    });
    const unclaimed = await lab.send('/apis/cilium.io/v2/others');
    expect([unclaimed.code, unclaimed.text]).toEqual([404, '404 page not found\n']);
  });
});

describe('the metrics API', () => {
  const nodeMetrics = {
    apiVersion: 'metrics.k8s.io/v1beta1',
    kind: 'NodeMetrics',
    metadata: { name: 'n1' },
    usage: { cpu: '1', memory: '1Gi' },
  };

  test('serves usage, and takes no writes', async () => {
    await using lab = await startLab({ objects: [nodeMetrics] });
    expect((await lab.send('/apis/metrics.k8s.io/v1beta1/nodes')).json).toMatchObject({
      kind: 'NodeMetricsList',
      items: [{ usage: { cpu: '1', memory: '1Gi' } }],
    });
    expect((await lab.send('/apis/metrics.k8s.io/v1beta1/nodes/n1', { method: 'DELETE' })).code).toBe(405);
  });

  test('without its backend the group is listed and answers 503', async () => {
    await using lab = await startLab({ metrics: false, objects: [nodeMetrics] });
    for (const path of [
      '/apis/metrics.k8s.io/v1beta1',
      '/apis/metrics.k8s.io/v1beta1/nodes',
      '/apis/metrics.k8s.io/v1beta1/namespaces/agents/pods',
    ]) {
      const reply = await lab.send(path);
      expect([reply.code, reply.type, reply.text]).toEqual([503, 'text/plain; charset=utf-8', 'service unavailable\n']);
    }
    expect((await lab.send('/apis/metrics.k8s.io')).code).toBe(200);
    const { items } = (await lab.send('/apis', { accept: discovery })).json as {
      items: { metadata: { name: string }; versions: unknown[] }[];
    };
    expect(items.find((item) => item.metadata.name === 'metrics.k8s.io')?.versions).toEqual([{ version: 'v1beta1', freshness: 'Stale' }]);
    const service = await lab.send('/apis/apiregistration.k8s.io/v1/apiservices', { accept: as('Table') });
    expect((service.json.rows as { cells: unknown[] }[])[0]?.cells).toEqual([
      'v1beta1.metrics.k8s.io',
      'kube-system/metrics-server',
      'False (MissingEndpoints)',
      '0s',
    ]);
    lab.server.setMetrics(true);
    expect((await lab.send('/apis/metrics.k8s.io/v1beta1/nodes')).code).toBe(200);
  });

  test('503 does not come before 403', async () => {
    await using lab = await startLab({ metrics: false, users: [{ token: 'limited', name: 'limited', rules: [] }] });
    expect((await lab.send('/apis/metrics.k8s.io/v1beta1/pods', { token: 'limited' })).code).toBe(403);
  });
});

describe('events.k8s.io', () => {
  test('shows the same events under its own names', async () => {
    await using lab = await startLab({
      objects: [
        {
          apiVersion: 'v1',
          kind: 'Event',
          metadata: { name: 'e', namespace: 'agents' },
          involvedObject: { kind: 'Pod', name: 'p1' },
          reason: 'BackOff',
          message: 'again',
          type: 'Warning',
          count: 7,
          firstTimestamp: '2026-01-01T00:00:00Z',
          lastTimestamp: '2026-01-01T01:00:00Z',
          source: { component: 'kubelet' },
          eventTime: null,
          reportingComponent: '',
        },
      ],
    });
    const { metadata: _, ...event } = (await lab.send('/apis/events.k8s.io/v1/namespaces/agents/events/e')).json;
    expect(event).toEqual({
      kind: 'Event',
      apiVersion: 'events.k8s.io/v1',
      eventTime: null,
      reason: 'BackOff',
      type: 'Warning',
      regarding: { kind: 'Pod', name: 'p1' },
      note: 'again',
      deprecatedSource: { component: 'kubelet' },
      deprecatedFirstTimestamp: '2026-01-01T00:00:00Z',
      deprecatedLastTimestamp: '2026-01-01T01:00:00Z',
      deprecatedCount: 7,
    });
  });
});

describe('logs', () => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'agents' },
    spec: { containers: [{ name: 'main' }, { name: 'proxy' }] },
  };
  const path = '/api/v1/namespaces/agents/pods/p/log';

  test.each([
    ['?container=main', 200, 'main now\n'],
    ['?container=main&previous=true', 200, 'main before\n'],
    ['?container=proxy', 400, 'the lab has no log of container "proxy" in pod "p"'],
    ['?container=none', 400, 'container none is not valid for pod p'],
    ['', 400, 'a container name must be specified for pod p, choose one of: [main proxy]'],
  ])('%s is %i', async (query, code, expected) => {
    await using lab = await startLab({
      objects: [pod],
      logs: (_, __, container, previous) => (container === 'main' ? `main ${previous ? 'before' : 'now'}\n` : undefined),
    });
    const reply = await lab.send(path + query, { accept: '*/*' });
    expect([reply.code, code === 200 ? reply.text : reply.json.message]).toEqual([code, expected]);
  });
});
