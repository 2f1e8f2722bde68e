import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../packages/lab/src/kubernetes/types.ts';
import { configMap, type Lab, names, now, type Send, startLab } from './support.ts';

const maps = '/api/v1/namespaces/agents/configmaps';
const secrets = '/api/v1/namespaces/agents/secrets';

const metadataOf = (json: object) => (json as KubeObject).metadata;

const post = (lab: Lab, path: string, body: unknown, options: Send = {}) => lab.send(path, { method: 'POST', body, ...options });
const patch = (lab: Lab, path: string, body: unknown, kind = 'merge-patch+json') =>
  lab.send(path, { method: 'PATCH', body, type: `application/${kind}` });

describe('create', () => {
  test('fills in what the server fills in', async () => {
    await using lab = await startLab();
    const reply = await post(lab, maps, { metadata: { name: 'cm', uid: 'mine', resourceVersion: '' }, data: { a: 'b' } });
    expect(reply.code).toBe(201);
    expect(reply.json).toEqual({
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: {
        name: 'cm',
        namespace: 'agents',
        uid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
        resourceVersion: String(lab.server.store.version),
        creationTimestamp: '2026-11-21T13:07:31Z',
        managedFields: [
          {
            manager: 'test',
            operation: 'Update',
            apiVersion: 'v1',
            time: '2026-11-21T13:07:31Z',
            fieldsType: 'FieldsV1',
            fieldsV1: { 'f:data': { '.': {}, 'f:a': {} } },
          },
        ],
      },
      data: { a: 'b' },
    });
  });

  test('generateName gives a name of its own each time', async () => {
    await using lab = await startLab();
    const first = metadataOf((await post(lab, maps, { metadata: { generateName: 'gen-' } })).json).name;
    const second = metadataOf((await post(lab, maps, { metadata: { generateName: 'gen-' } })).json).name;
    expect(first).toMatch(/^gen-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(second).not.toBe(first);
  });

  test('an object that is deleted and made anew has another uid', async () => {
    await using lab = await startLab();
    const first = metadataOf((await post(lab, maps, { metadata: { name: 'cm' } })).json).uid;
    await lab.send(`${maps}/cm`, { method: 'DELETE' });
    const second = metadataOf((await post(lab, maps, { metadata: { name: 'cm' } })).json).uid;
    expect(second).not.toBe(first);
  });

  test.each<[string, string, unknown, number, string]>([
    ['a name that is taken', maps, { metadata: { name: 'a' } }, 409, 'configmaps "a" already exists'],
    ['no name', maps, {}, 422, 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required'],
    [
      'another kind',
      maps,
      { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'x' } },
      400,
      'Pod in version "v1" cannot be handled as a ConfigMap',
    ],
    [
      'another namespace',
      maps,
      { metadata: { name: 'x', namespace: 'other' } },
      400,
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
    [
      'a namespace that is not there',
      '/api/v1/namespaces/nope/configmaps',
      { metadata: { name: 'x' } },
      404,
      'namespaces "nope" not found',
    ],
    ['a name on the path', `${maps}/a`, {}, 405, 'the server does not allow this method on the requested resource'],
    ['no namespace on the path', '/api/v1/configmaps', {}, 405, 'the server does not allow this method on the requested resource'],
  ])('%s', async (_, path, body, code, message) => {
    await using lab = await startLab({ objects: [configMap('a')] });
    const reply = await post(lab, path, body);
    expect([reply.code, reply.json.message]).toEqual([code, message]);
  });

  test('a bad name is 422 and says which field', async () => {
    await using lab = await startLab();
    const { code, json } = await post(lab, maps, { metadata: { name: 'Bad_Name' } });
    expect(code).toBe(422);
    expect(json.message).toMatch(
      /^ConfigMap "Bad_Name" is invalid: metadata\.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain must/,
    );
    expect(json.details).toMatchObject({
      name: 'Bad_Name',
      kind: 'ConfigMap',
      causes: [{ reason: 'FieldValueInvalid', field: 'metadata.name' }],
    });
  });

  test('a key that could be no file name is 422', async () => {
    await using lab = await startLab({ objects: [configMap('a')] });
    const reply = await patch(lab, `${maps}/a`, [{ op: 'add', path: '/data/n~1o', value: 'v' }], 'json-patch+json');
    expect([reply.code, (reply.json.details as { causes: { field: string }[] }).causes[0]?.field]).toEqual([422, 'data[n/o]']);
    expect((await lab.send(`${maps}/a`)).json.data).toEqual({ key: 'a' });
  });

  test('a broken body is refused and not repeated', async () => {
    await using lab = await startLab();
    const reply = await post(lab, secrets, '{"data": canary');
    expect([reply.code, reply.json.reason]).toEqual([400, 'BadRequest']);
    expect(reply.text).not.toContain('canary');
  });

  test('a dry run answers and keeps nothing', async () => {
    await using lab = await startLab();
    const before = lab.server.store.version;
    expect((await post(lab, `${maps}?dryRun=All`, { metadata: { name: 'dry' } })).code).toBe(201);
    expect((await lab.send(`${maps}/dry`)).code).toBe(404);
    expect(lab.server.store.version).toBe(before);
    const wrong = await post(lab, `${maps}?dryRun=Foo`, { metadata: { name: 'dry' } });
    expect([wrong.code, wrong.json.message]).toEqual([
      422,
      'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Foo"]: supported values: "All"',
    ]);
  });

  test('stringData of a secret becomes data, and the type Opaque', async () => {
    await using lab = await startLab();
    const { json } = await post(lab, secrets, { metadata: { name: 's' }, stringData: { a: 'é' }, data: { b: 'eA==' } });
    expect([json.data, json.type, json.stringData]).toEqual([{ a: 'w6k=', b: 'eA==' }, 'Opaque', undefined]);
  });
});

describe('update', () => {
  test('an old version is a conflict', async () => {
    await using lab = await startLab({ objects: [configMap('a')] });
    const { code, json } = await lab.send(`${maps}/a`, { method: 'PUT', body: { metadata: { name: 'a', resourceVersion: '1' } } });
    expect([code, json.reason, json.message, json.details]).toEqual([
      409,
      'Conflict',
      'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
      { name: 'a', kind: 'configmaps' },
    ]);
  });

  test('the current version and no version are fine; uid and creation stay', async () => {
    await using lab = await startLab({ objects: [configMap('a')] });
    const before = metadataOf((await lab.send(`${maps}/a`)).json);
    const put = await lab.send(`${maps}/a`, {
      method: 'PUT',
      body: {
        metadata: { name: 'a', resourceVersion: before.resourceVersion, uid: 'other', creationTimestamp: null },
        data: { key: 'new' },
      },
    });
    const after = metadataOf(put.json);
    expect([put.code, put.json.data, after.uid, after.creationTimestamp]).toEqual([
      200,
      { key: 'new' },
      before.uid,
      before.creationTimestamp,
    ]);
    expect(Number(after.resourceVersion)).toBe(Number(before.resourceVersion) + 1);
    expect((await lab.send(`${maps}/a`, { method: 'PUT', body: { metadata: { name: 'a' } } })).code).toBe(200);
  });

  test('what changes nothing is no change', async () => {
    await using lab = await startLab({ objects: [configMap('a')] });
    const before = metadataOf((await lab.send(`${maps}/a`)).json);
    const same = await patch(lab, `${maps}/a`, { data: { key: 'a' } });
    expect(metadataOf(same.json)).toEqual(before);
  });

  test.each([
    ['a', { metadata: { name: 'b' } }, 400, 'the name of the object (b) does not match the name on the URL (a)'],
    ['none', { metadata: { name: 'none' } }, 404, 'configmaps "none" not found'],
  ])('%s with %j', async (name, body, code, message) => {
    await using lab = await startLab({ objects: [configMap('a')] });
    const reply = await lab.send(`${maps}/${name}`, { method: 'PUT', body });
    expect([reply.code, reply.json.message]).toEqual([code, message]);
  });

  test('spec raises the generation, status does not, and neither writes the other', async () => {
    const deployment: KubeObject = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'planner', namespace: 'agents', generation: 1 },
      spec: { replicas: 1 },
      status: { replicas: 1 },
    };
    const path = '/apis/apps/v1/namespaces/agents/deployments/planner';
    await using lab = await startLab({ objects: [deployment] });
    const spec = await patch(lab, path, { spec: { replicas: 2 }, status: { replicas: 9 } });
    expect([metadataOf(spec.json).generation, spec.json.spec, spec.json.status]).toEqual([2, { replicas: 2 }, { replicas: 1 }]);
    const status = await patch(lab, `${path}/status`, { spec: { replicas: 7 }, status: { replicas: 2 } });
    expect([metadataOf(status.json).generation, status.json.spec, status.json.status]).toEqual([2, { replicas: 2 }, { replicas: 2 }]);
    const scaled = await lab.send(`${path}/scale`, { method: 'PUT', body: { metadata: { name: 'planner' }, spec: { replicas: 5 } } });
    expect(scaled.json).toMatchObject({ kind: 'Scale', apiVersion: 'autoscaling/v1', spec: { replicas: 5 }, status: { replicas: 2 } });
    expect((await lab.send(path)).json.spec).toEqual({ replicas: 5 });
  });
});

describe('patch', () => {
  test.each([
    ['text/plain', 415],
    ['application/json', 415],
  ])('%s is %i', async (type, code) => {
    await using lab = await startLab({ objects: [configMap('a')] });
    expect((await lab.send(`${maps}/a`, { method: 'PATCH', body: {}, type })).code).toBe(code);
  });

  test('a JSON patch whose test fails is 422 and changes nothing', async () => {
    await using lab = await startLab({ objects: [configMap('a')] });
    const reply = await patch(
      lab,
      `${maps}/a`,
      [
        { op: 'replace', path: '/data/key', value: 'x' },
        { op: 'test', path: '/data/key', value: 'no' },
      ],
      'json-patch+json',
    );
    expect([reply.code, reply.json.message]).toEqual([422, 'the server rejected our request due to an error in our request']);
    expect((await lab.send(`${maps}/a`)).json.data).toEqual({ key: 'a' });
  });

  test('a patch with an old version is a conflict', async () => {
    await using lab = await startLab({ objects: [configMap('a')] });
    expect((await patch(lab, `${maps}/a`, { metadata: { resourceVersion: '1' }, data: { x: 'y' } })).json.reason).toBe('Conflict');
  });

  test('the name cannot be patched', async () => {
    await using lab = await startLab({ objects: [configMap('a')] });
    expect((await patch(lab, `${maps}/a`, { metadata: { name: 'b' } })).code).toBe(400);
  });

  test('custom resources have no strategic merge', async () => {
    await using lab = await startLab({
      resources: [{ group: 'x.io', version: 'v1', plural: 'things', kind: 'Thing', namespaced: true }],
    });
    lab.server.store.load([{ apiVersion: 'x.io/v1', kind: 'Thing', metadata: { name: 't', namespace: 'agents' } }]);
    const path = '/apis/x.io/v1/namespaces/agents/things/t';
    expect((await patch(lab, path, {}, 'strategic-merge-patch+json')).code).toBe(415);
    expect((await patch(lab, path, { spec: { a: 1 } })).json.spec).toEqual({ a: 1 });
  });
});

describe('delete', () => {
  test('answers with a Status that names the uid', async () => {
    await using lab = await startLab({ objects: [configMap('a')] });
    const { uid } = metadataOf((await lab.send(`${maps}/a`)).json);
    const reply = await lab.send(`${maps}/a`, { method: 'DELETE' });
    expect(reply.json).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'a', kind: 'configmaps', uid },
    });
    expect((await lab.send(`${maps}/a`, { method: 'DELETE' })).json.message).toBe('configmaps "a" not found');
  });

  test('a precondition that does not hold keeps the object', async () => {
    await using lab = await startLab({ objects: [configMap('a')] });
    const reply = await lab.send(`${maps}/a`, { method: 'DELETE', body: { preconditions: { uid: 'x' } } });
    expect([reply.code, reply.json.reason]).toEqual([409, 'Conflict']);
    expect((await lab.send(`${maps}/a`)).code).toBe(200);
  });

  test('a dry run keeps it, by query and by body', async () => {
    await using lab = await startLab({ objects: [configMap('a')] });
    await lab.send(`${maps}/a?dryRun=All`, { method: 'DELETE' });
    await lab.send(`${maps}/a`, { method: 'DELETE', body: { dryRun: ['All'] } });
    expect((await lab.send(`${maps}/a`)).code).toBe(200);
  });

  test('a finalizer holds it until it is gone', async () => {
    await using lab = await startLab({ objects: [configMap('a')] });
    await patch(lab, `${maps}/a`, { metadata: { finalizers: ['example.com/hold'] } });
    const held = metadataOf((await lab.send(`${maps}/a`, { method: 'DELETE' })).json);
    expect([held.deletionTimestamp, held.deletionGracePeriodSeconds]).toEqual(['2026-11-21T13:07:31Z', 0]);
    expect((await lab.send(`${maps}/a`)).code).toBe(200);
    await patch(lab, `${maps}/a`, { metadata: { finalizers: null } });
    expect((await lab.send(`${maps}/a`)).code).toBe(404);
  });

  test('what it owned goes with it, unless another owner keeps it or orphans are asked for', async () => {
    const owned = (name: string, ...uids: string[]): KubeObject => ({
      ...configMap(name),
      metadata: {
        name,
        namespace: 'agents',
        uid: `uid-${name}`,
        ownerReferences: uids.map((uid) => ({ apiVersion: 'v1', kind: 'ConfigMap', name: uid, uid })),
      },
    });
    const objects = [owned('root'), owned('child', 'uid-root'), owned('grandchild', 'uid-child'), owned('shared', 'uid-root', 'uid-else')];
    await using lab = await startLab({ objects });
    await lab.send(`${maps}/root`, { method: 'DELETE' });
    expect(names(await lab.send(maps))).toEqual(['shared']);
    await using second = await startLab({ objects });
    await second.send(`${maps}/root?propagationPolicy=Orphan`, { method: 'DELETE' });
    expect(names(await second.send(maps))).toEqual(['child', 'grandchild', 'shared']);
  });

  test('a namespace takes its objects with it', async () => {
    await using lab = await startLab({ objects: [configMap('a'), configMap('b', undefined, 'other')] });
    const reply = await lab.send('/api/v1/namespaces/agents', { method: 'DELETE' });
    expect(reply.json).toMatchObject({ kind: 'Namespace', status: { phase: 'Terminating' } });
    expect(names(await lab.send('/api/v1/configmaps'))).toEqual(['b']);
  });

  test('a collection, by selector', async () => {
    await using lab = await startLab({ objects: [configMap('a', { x: '1' }), configMap('b')] });
    const reply = await lab.send(`${maps}?labelSelector=x`, { method: 'DELETE' });
    expect(names(reply)).toEqual(['a']);
    expect(names(await lab.send(maps))).toEqual(['b']);
  });
});

describe('managed fields', () => {
  const manage = (lab: Lab, manager: string, body: unknown, force = '') =>
    patch(
      lab,
      `${secrets}/s?fieldManager=${manager}${force}`,
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, ...(body as object) },
      'apply-patch+yaml',
    );
  const managers = (json: object) =>
    (metadataOf(json).managedFields ?? []).map(({ manager, operation, time, fieldsV1 }) => [manager, operation, time, fieldsV1]);
  const time = '2026-11-21T13:07:31Z';

  test('apply creates, owns what it sent, and needs a manager', async () => {
    await using lab = await startLab();
    const created = await manage(lab, 'rotator', { data: { password: 'cQ==' } });
    expect([created.code, created.json.type]).toEqual([201, 'Opaque']);
    expect(managers(created.json)).toEqual([['rotator', 'Apply', time, { 'f:data': { 'f:password': {} } }]]);
    const again = await manage(lab, 'rotator', { data: { password: 'cQ==' } });
    expect([again.code, metadataOf(again.json).resourceVersion]).toEqual([200, metadataOf(created.json).resourceVersion]);
    const nobody = await manage(lab, '', { data: {} });
    expect([nobody.code, nobody.json.message]).toEqual([
      422,
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    ]);
  });

  test('another manager cannot take a value without force', async () => {
    await using lab = await startLab();
    await manage(lab, 'me', { data: { z: 'cQ==', y: 'cQ==' } });
    const refused = await manage(lab, 'you', { data: { z: 'cUA=' } });
    expect(refused.json).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Apply failed with 1 conflict: conflict with "me": .data.z',
      reason: 'Conflict',
      details: { causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "me"', field: '.data.z' }] },
      code: 409,
    });
    const both = await manage(lab, 'you', { data: { z: 'cUA=', y: 'cUA=' } });
    expect(both.json.message).toBe('Apply failed with 2 conflicts: conflicts with "me":\n- .data.y\n- .data.z');
    const forced = await manage(lab, 'you', { data: { z: 'cUA=' } }, '&force=true');
    expect(forced.json.data).toEqual({ y: 'cQ==', z: 'cUA=' });
    expect(managers(forced.json)).toEqual([
      ['me', 'Apply', time, { 'f:data': { 'f:y': {} } }],
      ['you', 'Apply', time, { 'f:data': { 'f:z': {} } }],
    ]);
  });

  test('the same value is shared without a conflict', async () => {
    await using lab = await startLab();
    await manage(lab, 'me', { data: { z: 'cQ==' } });
    expect((await manage(lab, 'you', { data: { z: 'cQ==' } })).code).toBe(200);
  });

  test('what a manager no longer applies is removed, unless another owns it too', async () => {
    await using lab = await startLab();
    await manage(lab, 'me', { data: { mine: 'cQ==', ours: 'cQ==' } });
    await manage(lab, 'you', { data: { ours: 'cQ==' } });
    expect((await manage(lab, 'me', {})).json.data).toEqual({ ours: 'cQ==' });
  });

  test('a label edit moves the time of its own manager and not of the one that owns the data', async () => {
    let clock = now;
    await using lab = await startLab({ now: () => clock });
    await post(lab, `${secrets}?fieldManager=kubectl-create`, { metadata: { name: 's' }, data: { a: 'cQ==' } });
    clock += 86_400_000;
    const labelled = await patch(lab, `${secrets}/s?fieldManager=kubectl-label`, { metadata: { labels: { x: 'y' } } });
    expect(managers(labelled.json)).toEqual([
      ['kubectl-create', 'Update', '2026-11-21T13:07:31Z', { 'f:data': { '.': {}, 'f:a': {} }, 'f:type': {} }],
      ['kubectl-label', 'Update', '2026-11-22T13:07:31Z', { 'f:metadata': { 'f:labels': { '.': {}, 'f:x': {} } } }],
    ]);
    clock += 86_400_000;
    const rotated = await patch(lab, `${secrets}/s?fieldManager=kubectl-patch`, { data: { a: 'cUA=' } });
    expect(managers(rotated.json)[2]).toEqual(['kubectl-patch', 'Update', '2026-11-23T13:07:31Z', { 'f:data': { 'f:a': {} } }]);
    expect(managers(rotated.json)[0]?.[3]).toEqual({ 'f:data': {}, 'f:type': {} });
  });

  test.each([
    ['another name', { metadata: { name: 'other' } }, 'the name of the object (other) does not match the name on the URL (s)'],
    ['no kind', { kind: undefined }, 'invalid object type: /, Kind='],
  ])('apply with %s', async (_, body, message) => {
    await using lab = await startLab();
    const reply = await manage(lab, 'me', body);
    expect([reply.code, reply.json.message]).toEqual([400, message]);
  });
});

test('an unknown subresource, method or path', async () => {
  await using lab = await startLab({ objects: [configMap('a')] });
  expect((await lab.send(`${maps}/a/nope`)).code).toBe(404);
  expect((await lab.send(`${maps}/a`, { method: 'OPTIONS' })).code).toBe(405);
  expect((await lab.send('/version', { method: 'POST', body: {} })).code).toBe(405);
  expect((await lab.send('/api/v1/namespaces/%E0%A4%A/pods')).code).toBe(400);
});
