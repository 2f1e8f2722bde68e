import { describe, expect, test } from 'vitest';
import type { PolicyRule } from '../../../packages/lab/src/kubernetes/authorize.ts';
import { configMap, startLab } from './support.ts';

const users = (rules: readonly PolicyRule[]) => [{ token: 'limited', name: 'limited', rules }];

describe('authentication', () => {
  test('a token that nobody has is 401', async () => {
    await using lab = await startLab();
    const reply = await lab.send('/api/v1/pods', { token: 'wrong' });
    expect(reply.code).toBe(401);
    expect(reply.json).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Unauthorized',
      reason: 'Unauthorized',
      code: 401,
    });
  });

  test('nobody may ask for the version and the health, and no more', async () => {
    await using lab = await startLab();
    expect((await lab.send('/version', { token: null })).json.gitVersion).toBe('v1.36.3+agentops-lab');
    expect((await lab.send('/readyz', { token: null })).text).toBe('ok');
    expect((await lab.send('/api/v1/pods', { token: null })).json.message).toBe(
      'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" at the cluster scope',
    );
    expect((await lab.send('/apis', { token: null })).json.message).toBe('forbidden: User "system:anonymous" cannot get path "/apis"');
  });
});

describe('authorisation', () => {
  test('a 403 names verb, resource, group and scope, in details too', async () => {
    await using lab = await startLab({ users: users([]) });
    const reply = await lab.send('/apis/apps/v1/namespaces/agents/deployments/planner', { token: 'limited' });
    expect(reply.code).toBe(403);
    expect(reply.json).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message:
        'deployments.apps "planner" is forbidden: User "limited" cannot get resource "deployments" in API group "apps" in the namespace "agents"',
      reason: 'Forbidden',
      details: { name: 'planner', group: 'apps', kind: 'deployments' },
      code: 403,
    });
  });

  test.each([
    ['GET', '/api/v1/pods', 'pods is forbidden: User "limited" cannot list resource "pods" in API group "" at the cluster scope'],
    [
      'GET',
      '/api/v1/namespaces/agents/pods?watch=1',
      'pods is forbidden: User "limited" cannot watch resource "pods" in API group "" in the namespace "agents"',
    ],
    [
      'GET',
      '/api/v1/namespaces/agents/pods?fieldSelector=metadata.name%3Dp1',
      'pods "p1" is forbidden: User "limited" cannot list resource "pods" in API group "" in the namespace "agents"',
    ],
    [
      'GET',
      '/api/v1/namespaces/agents/pods/p1/log',
      'pods "p1" is forbidden: User "limited" cannot get resource "pods/log" in API group "" in the namespace "agents"',
    ],
    [
      'GET',
      '/api/v1/namespaces/agents',
      'namespaces "agents" is forbidden: User "limited" cannot get resource "namespaces" in API group "" in the namespace "agents"',
    ],
    [
      'GET',
      '/apis/metrics.k8s.io/v1beta1/nodes',
      'nodes.metrics.k8s.io is forbidden: User "limited" cannot list resource "nodes" in API group "metrics.k8s.io" at the cluster scope',
    ],
    [
      'POST',
      '/api/v1/namespaces/agents/secrets',
      'secrets is forbidden: User "limited" cannot create resource "secrets" in API group "" in the namespace "agents"',
    ],
    [
      'PATCH',
      '/api/v1/namespaces/agents/secrets/s',
      'secrets "s" is forbidden: User "limited" cannot patch resource "secrets" in API group "" in the namespace "agents"',
    ],
    [
      'DELETE',
      '/api/v1/nodes',
      'nodes is forbidden: User "limited" cannot deletecollection resource "nodes" in API group "" at the cluster scope',
    ],
    ['GET', '/api/v1/nope', 'nope is forbidden: User "limited" cannot list resource "nope" in API group "" at the cluster scope'],
    ['GET', '/metrics', 'forbidden: User "limited" cannot get path "/metrics"'],
  ])('%s %s', async (method, path, message) => {
    await using lab = await startLab({ users: users([]) });
    const reply = await lab.send(path, { method, token: 'limited', ...(method === 'GET' || method === 'DELETE' ? {} : { body: {} }) });
    expect([reply.code, reply.json.message]).toEqual([403, message]);
  });

  test.each<[string, PolicyRule, string, number]>([
    ['a rule', { verbs: ['list'], apiGroups: [''], resources: ['configmaps'] }, '/api/v1/configmaps', 200],
    ['another verb', { verbs: ['get'], apiGroups: [''], resources: ['configmaps'] }, '/api/v1/configmaps', 403],
    ['another group', { verbs: ['list'], apiGroups: ['apps'], resources: ['configmaps'] }, '/api/v1/configmaps', 403],
    ['stars', { verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, '/api/v1/configmaps', 200],
    [
      'a namespace',
      { verbs: ['list'], apiGroups: [''], resources: ['configmaps'], namespaces: ['agents'] },
      '/api/v1/namespaces/agents/configmaps',
      200,
    ],
    [
      'another namespace',
      { verbs: ['list'], apiGroups: [''], resources: ['configmaps'], namespaces: ['other'] },
      '/api/v1/namespaces/agents/configmaps',
      403,
    ],
    [
      'a namespace and the whole cluster',
      { verbs: ['list'], apiGroups: [''], resources: ['configmaps'], namespaces: ['agents'] },
      '/api/v1/configmaps',
      403,
    ],
    [
      'a name',
      { verbs: ['get'], apiGroups: [''], resources: ['configmaps'], resourceNames: ['a'] },
      '/api/v1/namespaces/agents/configmaps/a',
      200,
    ],
    [
      'another name',
      { verbs: ['get'], apiGroups: [''], resources: ['configmaps'], resourceNames: ['b'] },
      '/api/v1/namespaces/agents/configmaps/a',
      403,
    ],
    ['a name and a list', { verbs: ['list'], apiGroups: [''], resources: ['configmaps'], resourceNames: ['a'] }, '/api/v1/configmaps', 403],
    ['a subresource alone', { verbs: ['get'], apiGroups: [''], resources: ['namespaces/status'] }, '/api/v1/namespaces/agents', 403],
    [
      'the resource and its subresource',
      { verbs: ['get'], apiGroups: [''], resources: ['namespaces'] },
      '/api/v1/namespaces/agents/status',
      403,
    ],
    ['a path', { verbs: ['get'], nonResourceURLs: ['/metrics*'] }, '/metrics/slis', 404],
  ])('%s', async (_, rule, path, code) => {
    await using lab = await startLab({ users: users([rule]), objects: [configMap('a')] });
    expect((await lab.send(path, { token: 'limited' })).code).toBe(code);
  });

  test('rights change with setUsers', async () => {
    await using lab = await startLab({ users: users([]) });
    expect((await lab.send('/api/v1/pods', { token: 'limited' })).code).toBe(403);
    lab.server.setUsers(users([{ verbs: ['list'], apiGroups: [''], resources: ['pods'] }]));
    expect((await lab.send('/api/v1/pods', { token: 'limited' })).code).toBe(200);
  });
});

describe('reviews', () => {
  const rules: PolicyRule[] = [
    { verbs: ['list'], apiGroups: [''], resources: ['pods'] },
    { verbs: ['get'], apiGroups: [''], resources: ['secrets'], namespaces: ['agents'] },
  ];

  test.each([
    [{ verb: 'list', resource: 'pods' }, true],
    [{ verb: 'get', resource: 'pods' }, false],
    [{ verb: 'get', resource: 'secrets', namespace: 'agents' }, true],
    [{ verb: 'get', resource: 'secrets' }, false],
    [{ verb: 'list', resource: 'deployments', group: 'apps' }, false],
  ])('SelfSubjectAccessReview of %j is %s', async (resourceAttributes, allowed) => {
    await using lab = await startLab({ users: users(rules) });
    const body = { kind: 'SelfSubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', spec: { resourceAttributes } };
    const reply = await lab.send('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { method: 'POST', token: 'limited', body });
    expect([reply.code, reply.json.status]).toEqual([201, { allowed }]);
  });

  test('one of path and resource is needed', async () => {
    await using lab = await startLab();
    const reply = await lab.send('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { method: 'POST', body: { spec: {} } });
    expect([reply.code, reply.json.message]).toEqual([
      422,
      '.authorization.k8s.io "" is invalid: spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified',
    ]);
  });

  test('SelfSubjectRulesReview shows what holds in the namespace', async () => {
    await using lab = await startLab({ users: users(rules) });
    const review = (namespace: string) =>
      lab.send('/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
        method: 'POST',
        token: 'limited',
        body: { spec: { namespace } },
      });
    const { resourceRules } = (await review('other')).json.status as { resourceRules: { resources: string[] }[] };
    expect(resourceRules.map(({ resources }) => resources[0])).toEqual(['pods', 'selfsubjectaccessreviews', 'selfsubjectreviews']);
    const mine = (await review('agents')).json.status as { resourceRules: unknown[] };
    expect(mine.resourceRules).toContainEqual({ verbs: ['get'], apiGroups: [''], resources: ['secrets'] });
    expect((await review('')).json.message).toBe('no namespace on request');
  });

  test('a review sent in protobuf, as kubectl auth can-i sends it', async () => {
    await using lab = await startLab({ users: users(rules) });
    // runtime.Unknown of {spec: {resourceAttributes: {verb: list, resource: pods}}}.
    const text = (field: number, value: string) => Buffer.concat([Buffer.from([(field << 3) | 2, value.length]), Buffer.from(value)]);
    const message = (field: number, ...parts: Buffer[]) => {
      const body = Buffer.concat(parts);
      return Buffer.concat([Buffer.from([(field << 3) | 2, body.length]), body]);
    };
    const typeMeta = message(1, text(1, 'authorization.k8s.io/v1'), text(2, 'SelfSubjectAccessReview'));
    const raw = message(2, message(2, message(1, text(2, 'list'), text(5, 'pods'))));
    const response = await fetch(`${lab.server.url}/apis/authorization.k8s.io/v1/selfsubjectaccessreviews`, {
      method: 'POST',
      headers: { authorization: 'Bearer limited', 'content-type': 'application/vnd.kubernetes.protobuf' },
      body: Buffer.concat([Buffer.from('k8s\0'), typeMeta, raw]),
    });
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({
      spec: { resourceAttributes: { verb: 'list', resource: 'pods' } },
      status: { allowed: true },
    });
  });

  test.each([
    ['a kind that is not read', Buffer.from('k8s\0\x0a\x05\x12\x03Pod\x12\x00', 'latin1')],
    ['no envelope', Buffer.from('{}')],
  ])('protobuf with %s is 415', async (_, body) => {
    await using lab = await startLab();
    const response = await fetch(`${lab.server.url}/api/v1/namespaces/agents/pods`, {
      method: 'POST',
      headers: { authorization: 'Bearer admin', 'content-type': 'application/vnd.kubernetes.protobuf' },
      body,
    });
    expect(response.status).toBe(415);
  });
});
