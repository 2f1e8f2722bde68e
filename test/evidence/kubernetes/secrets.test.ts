import { expect, test } from 'vitest';
import { gatherOne, json, status, stubApi } from './stub-api.ts';

const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io, application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';

const metadata = {
  name: 'llm-key',
  namespace: 'agents',
  labels: { app: 'agent' },
  annotations: {
    'agentops.io/rotated-at': '2026-08-01T00:00:00Z',
    'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"key":"CANARY"}}',
    'kapp.k14s.io/original': 'CANARY',
    'objectset.rio.cattle.io/applied': 'CANARY',
    'example.com/copy': 'key: CANARY\nother: x',
    'example.com/long': `CANARY${'x'.repeat(200)}`,
  },
  creationTimestamp: '2026-01-02T03:04:05Z',
  managedFields: [
    { manager: 'kubectl-label', operation: 'Update', time: '2026-11-01T00:00:00Z', fieldsV1: { 'f:metadata': { 'f:labels': {} } } },
    { manager: 'vault-sync', operation: 'Apply', time: '2026-08-01T00:00:01Z', fieldsV1: { 'f:data': { 'f:key': {} } } },
  ],
};
const expected = {
  namespace: 'agents',
  name: 'llm-key',
  type: 'Opaque',
  labels: { app: 'agent' },
  annotations: { 'agentops.io/rotated-at': '2026-08-01T00:00:00Z' },
  createdAt: Date.parse('2026-01-02T03:04:05Z'),
  dataManagers: [{ manager: 'vault-sync', at: Date.parse('2026-08-01T00:00:01Z') }],
  hasManagedFields: true,
};

function table(rows: readonly object[], token?: string): object {
  const names = ['Name', 'Type', 'Data', 'Age'];
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion: '1', ...(token === undefined ? {} : { continue: token }) },
    columnDefinitions: names.map((name) => ({ name, type: 'string' })),
    rows,
  };
}

const row = (object: object, type = 'Opaque') => ({
  cells: ['x', type, 1, '5d'],
  object: { kind: 'PartialObjectMetadata', metadata: object },
});

test('metadata and type in one list, without a copy of the value', async () => {
  const stub = await stubApi((_seen, response) => json(response, table([row(metadata)])));
  const evidence = await gatherOne(stub.url, 'kubernetes.secrets');
  expect(evidence).toEqual({ ok: true, source: 'kubernetes stub', data: [expected] });
  expect(JSON.stringify(evidence)).not.toContain('CANARY');
});

test('every request asks for metadata only and leaves other machinery out', async () => {
  const stub = await stubApi((seen, response) => {
    const token = seen.url.searchParams.get('continue');
    if (seen.url.pathname.includes('team-b')) status(response, 403);
    else if (token === 'p3') status(response, 410);
    else json(response, table([row(metadata)], token === 'p2' ? 'p3' : token === null ? 'p2' : undefined));
  });
  await gatherOne(stub.url, 'kubernetes.secrets', { kubernetes: { namespaces: ['team-a', 'team-b'] } });
  const secretRequests = stub.requests.filter((seen) => seen.url.pathname.includes('/secrets'));
  expect(secretRequests.length).toBeGreaterThan(4);
  for (const seen of secretRequests) {
    expect(seen.method).toBe('GET');
    expect(seen.headers.accept).toBe(accept);
    expect(seen.url.pathname).toMatch(/^\/api\/v1\/namespaces\/team-[ab]\/secrets$/);
    expect(seen.url.searchParams.get('includeObject')).toBe('Metadata');
    expect(seen.url.searchParams.get('fieldSelector')).toBe(
      'type!=kubernetes.io/service-account-token,type!=helm.sh/release.v1,type!=bootstrap.kubernetes.io/token',
    );
  }
});

test('a server without tables answers plain metadata; the type is not known then', async () => {
  const stub = await stubApi((_seen, response) =>
    json(response, { kind: 'PartialObjectMetadataList', metadata: {}, items: [{ metadata: { ...metadata, managedFields: undefined } }] }),
  );
  expect(await gatherOne(stub.url, 'kubernetes.secrets')).toEqual({
    ok: true,
    source: 'kubernetes stub',
    data: [{ ...expected, type: '', dataManagers: [], hasManagedFields: false }],
  });
});

test('whole Secrets from a server that ignores Accept are refused', async () => {
  const stub = await stubApi((_seen, response) =>
    json(response, { kind: 'SecretList', metadata: {}, items: [{ metadata, data: { key: 'CANARY' } }] }),
  );
  const evidence = await gatherOne(stub.url, 'kubernetes.secrets');
  expect(evidence).toMatchObject({ ok: false, reason: 'invalid' });
  expect(JSON.stringify(evidence)).not.toContain('CANARY');
});

test('secrets of excluded namespaces are left out', async () => {
  const elsewhere = { ...metadata, namespace: 'kube-system' };
  const stub = await stubApi((_seen, response) => json(response, table([row(elsewhere), row(metadata, 'kubernetes.io/tls')])));
  expect(await gatherOne(stub.url, 'kubernetes.secrets')).toMatchObject({ data: [{ namespace: 'agents', type: 'kubernetes.io/tls' }] });
});
