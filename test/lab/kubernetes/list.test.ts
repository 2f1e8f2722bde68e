import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../packages/lab/src/kubernetes/types.ts';
import { as, configMap, names, startLab } from './support.ts';

const five = ['a', 'b', 'c', 'd', 'e'].map((name) => configMap(name));
const maps = '/api/v1/namespaces/agents/configmaps';

const secret = (name: string, type: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: 'agents' },
  type,
  data: { password: 'Y2FuYXJ5LXZhbHVl' },
});

const pod = (name: string, nodeName: string | undefined, phase: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'agents' },
  spec: { containers: [], ...(nodeName ? { nodeName } : {}) },
  status: { phase },
});

describe('lists', () => {
  test('items of a built-in kind carry no kind of their own', async () => {
    await using lab = await startLab({ objects: [configMap('a')] });
    const { json } = await lab.send(maps);
    expect(json).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' });
    expect(Object.keys((json.items as object[])[0] ?? {})).toEqual(['metadata', 'data']);
  });

  test('a namespace does not see another, nor one whose name begins like it', async () => {
    await using lab = await startLab({
      objects: [
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'agents-2' } },
        configMap('mine'),
        configMap('theirs', undefined, 'other'),
        configMap('near', undefined, 'agents-2'),
      ],
    });
    expect(names(await lab.send(maps))).toEqual(['mine']);
    // Keys sort as etcd's do: '-' comes before '/'.
    expect(names(await lab.send('/api/v1/configmaps'))).toEqual(['near', 'mine', 'theirs']);
    expect(names(await lab.send('/api/v1/namespaces/nowhere/configmaps'))).toEqual([]);
  });

  test('pages follow each other and say how much is left', async () => {
    await using lab = await startLab({ objects: five });
    const first = await lab.send(`${maps}?limit=2`);
    const meta = first.json.metadata as { continue: string; remainingItemCount: number; resourceVersion: string };
    expect(names(first)).toEqual(['a', 'b']);
    expect(meta.remainingItemCount).toBe(3);
    const second = await lab.send(`${maps}?limit=2&continue=${meta.continue}`);
    expect(names(second)).toEqual(['c', 'd']);
    const next = second.json.metadata as { continue: string; remainingItemCount: number };
    expect(next.remainingItemCount).toBe(1);
    const third = await lab.send(`${maps}?limit=2&continue=${next.continue}`);
    expect(names(third)).toEqual(['e']);
    expect(third.json.metadata).toEqual({ resourceVersion: meta.resourceVersion });
  });

  test('pages of one list show the moment of the first', async () => {
    await using lab = await startLab({ objects: five });
    const first = await lab.send(`${maps}?limit=2`);
    const { continue: token } = first.json.metadata as { continue: string };
    await lab.send(`${maps}/d`, { method: 'DELETE' });
    await lab.send(maps, { method: 'POST', body: { metadata: { name: 'cc' } } });
    expect(names(await lab.send(`${maps}?continue=${token}`))).toEqual(['c', 'd', 'e']);
    expect(names(await lab.send(maps))).toEqual(['a', 'b', 'c', 'cc', 'e']);
  });

  test('a filtered list does not count what is left, and may end with an empty page', async () => {
    await using lab = await startLab({ objects: [secret('s1', 'Opaque'), secret('s2', 'kubernetes.io/tls')] });
    const first = await lab.send('/api/v1/secrets?fieldSelector=type%3DOpaque&limit=1');
    const meta = first.json.metadata as Record<string, string>;
    expect(names(first)).toEqual(['s1']);
    expect(Object.keys(meta)).toEqual(['resourceVersion', 'continue']);
    const last = await lab.send(`/api/v1/secrets?fieldSelector=type%3DOpaque&limit=1&continue=${meta.continue}`);
    expect(last.json.items).toEqual([]);
  });

  test('an old token is 410 with a token that goes on with what is there now', async () => {
    await using lab = await startLab({ objects: five });
    const first = await lab.send(`${maps}?limit=2`);
    const { continue: token } = first.json.metadata as { continue: string };
    lab.server.store.compact();
    await lab.send(`${maps}/d`, { method: 'DELETE' });
    const expired = await lab.send(`${maps}?limit=2&continue=${token}`);
    expect(expired.code).toBe(410);
    expect(expired.json).toMatchObject({ kind: 'Status', status: 'Failure', reason: 'Expired', code: 410 });
    expect(expired.json.message).toMatch(/^The provided continue parameter is too old to display a consistent list result\./);
    const { continue: inconsistent } = expired.json.metadata as { continue: string };
    expect(JSON.parse(Buffer.from(inconsistent, 'base64url').toString())).toEqual({ v: 'meta.k8s.io/v1', rv: -1, start: 'b\0' });
    expect(names(await lab.send(`${maps}?continue=${inconsistent}`))).toEqual(['c', 'e']);
  });

  test.each([
    ['limit=x', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    ['fieldSelector=foo%3Dbar', 400, '"foo" is not a known field selector: only "metadata.name", "metadata.namespace"'],
    ['labelSelector=a%3D%3D%3D', 400, "unable to parse requirement: found '=', expected: identifier"],
    [
      'resourceVersion=abc',
      400,
      'invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
    ],
    ['resourceVersion=5&resourceVersionMatch=Exact', 410, 'The resourceVersion for the provided list is too old.'],
  ])('?%s is %i', async (query, code, message) => {
    await using lab = await startLab({ objects: five });
    const reply = await lab.send(`${maps}?${query}`);
    expect([reply.code, reply.json.message]).toEqual([code, message]);
  });

  test.each([
    'xx',
    Buffer.from('{"v":"meta.k8s.io/v1","rv":0,"start":"a"}').toString('base64url'),
    Buffer.from('null').toString('base64url'),
  ])('the token %s is refused', async (token) => {
    await using lab = await startLab({ objects: five });
    const reply = await lab.send(`${maps}?continue=${token}`);
    expect([reply.code, reply.json.reason]).toEqual([400, 'BadRequest']);
  });

  test.each([
    ['/api/v1/secrets', 'type=Opaque', ['s1']],
    ['/api/v1/secrets', 'type!=Opaque', ['s2']],
    ['/api/v1/secrets', 'type==kubernetes.io/tls,metadata.name=s2', ['s2']],
    ['/api/v1/secrets', 'metadata.namespace!=agents', []],
    ['/api/v1/pods', 'spec.nodeName=n1', ['bound']],
    ['/api/v1/pods', 'spec.nodeName=', ['waiting']],
    ['/api/v1/pods', 'spec.nodeName=n1,status.phase!=Succeeded,status.phase!=Failed', ['bound']],
    ['/api/v1/pods', 'spec.hostNetwork=false', ['bound', 'waiting']],
    ['/api/v1/events', 'type!=Normal', ['warned']],
    ['/api/v1/events', 'involvedObject.name=p1,involvedObject.kind=Pod', ['warned']],
    ['/apis/events.k8s.io/v1/events', 'regarding.name=p1', ['warned']],
  ])('%s with %s', async (path, selector, expected) => {
    const event = (name: string, type: string, about: string): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace: 'agents' },
      involvedObject: { kind: 'Pod', name: about, namespace: 'agents' },
      type,
    });
    await using lab = await startLab({
      objects: [
        secret('s1', 'Opaque'),
        secret('s2', 'kubernetes.io/tls'),
        pod('bound', 'n1', 'Running'),
        pod('waiting', undefined, 'Pending'),
        event('warned', 'Warning', 'p1'),
        event('normal', 'Normal', 'p2'),
      ],
    });
    expect(names(await lab.send(`${path}?fieldSelector=${encodeURIComponent(selector)}`))).toEqual(expected);
  });
});

describe('content negotiation', () => {
  const metadataOnly = as('PartialObjectMetadataList');

  test('secrets as metadata carry no value', async () => {
    await using lab = await startLab({ objects: [secret('s1', 'Opaque')] });
    const reply = await lab.send('/api/v1/secrets', { accept: metadataOnly });
    expect(reply.json).toMatchObject({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' });
    expect(Object.keys((reply.json.items as object[])[0] ?? {})).toEqual(['kind', 'apiVersion', 'metadata']);
    expect(reply.text).not.toContain('Y2FuYXJ5LXZhbHVl');
  });

  test('an empty list of metadata has null items, as the real server has it', async () => {
    await using lab = await startLab();
    expect((await lab.send('/api/v1/secrets', { accept: metadataOnly })).json.items).toBeNull();
    expect((await lab.send('/api/v1/secrets')).json.items).toEqual([]);
  });

  test.each([
    [
      '/api/v1/secrets',
      as('PartialObjectMetadata'),
      'you requested PartialObjectMetadata, but the requested object is a list (*core.SecretList)',
    ],
    [
      '/api/v1/namespaces/agents/secrets/s1',
      as('PartialObjectMetadataList'),
      'you requested PartialObjectMetadataList, but the requested object is not a list (*core.Secret)',
    ],
    ['/api/v1/secrets', as('Foo'), 'only the following media types are accepted: application/json'],
    ['/api/v1/secrets', 'text/html', '406: Not Acceptable\n\nAvailable representations: application/json, application/json;stream=watch'],
  ])('%s as %s is 406', async (path, accept, message) => {
    await using lab = await startLab({ objects: [secret('s1', 'Opaque')] });
    const reply = await lab.send(path, { accept });
    expect([reply.code, reply.json.reason, reply.json.message]).toEqual([406, 'NotAcceptable', message]);
  });

  test.each([
    ['*/*', 'SecretList'],
    ['application/vnd.kubernetes.protobuf', 'SecretList'],
    [`application/vnd.kubernetes.protobuf;as=Table;g=meta.k8s.io;v=v1,${as('Table')}`, 'Table'],
    [`${as('Table')},${as('PartialObjectMetadataList')},application/json`, 'Table'],
    [`${as('Foo')},application/json`, 'SecretList'],
    ['application/json;q=0.5, application/json;as=Table;g=meta.k8s.io;v=v1;q=0.9', 'Table'],
  ])('Accept: %s is answered with a %s', async (accept, kind) => {
    await using lab = await startLab();
    expect((await lab.send('/api/v1/secrets', { accept })).json.kind).toBe(kind);
  });

  test.each([
    ['', { kind: 'PartialObjectMetadata', data: undefined }],
    ['Metadata', { kind: 'PartialObjectMetadata', data: undefined }],
    ['Object', { kind: 'Secret', data: { password: 'Y2FuYXJ5LXZhbHVl' } }],
  ])('includeObject=%s', async (include, expected) => {
    await using lab = await startLab({ objects: [secret('s1', 'Opaque')] });
    const { json } = await lab.send(`/api/v1/secrets?includeObject=${include}`, { accept: as('Table') });
    const [row] = json.rows as { cells: unknown[]; object: { kind: string; data?: unknown } }[];
    expect(row?.cells).toEqual(['s1', 'Opaque', 1, '0s']);
    expect({ kind: row?.object.kind, data: row?.object.data }).toEqual(expected);
  });

  test('includeObject=None and a wrong one', async () => {
    await using lab = await startLab({ objects: [secret('s1', 'Opaque')] });
    const none = await lab.send('/api/v1/secrets?includeObject=None', { accept: as('Table') });
    expect(none.json.rows).toEqual([{ cells: ['s1', 'Opaque', 1, '0s'], object: null }]);
    const wrong = await lab.send('/api/v1/secrets?includeObject=Bad', { accept: as('Table') });
    expect([wrong.code, wrong.json.message]).toEqual([
      400,
      "Unable to convert to Table as requested: includeObject: Invalid value: \"Bad\": must be 'Metadata', 'Object', 'None', or empty",
    ]);
  });

  test('a custom resource repeats its kind in every item', async () => {
    await using lab = await startLab({
      resources: [{ group: 'cert-manager.io', version: 'v1', plural: 'certificates', kind: 'Certificate', namespaced: true }],
    });
    lab.server.store.load([{ apiVersion: 'cert-manager.io/v1', kind: 'Certificate', metadata: { name: 'web', namespace: 'agents' } }]);
    const { json } = await lab.send('/apis/cert-manager.io/v1/certificates');
    expect(json).toMatchObject({ kind: 'CertificateList', metadata: { continue: '' } });
    expect((json.items as object[])[0]).toMatchObject({ kind: 'Certificate', apiVersion: 'cert-manager.io/v1' });
  });
});
