import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { kubernetesKeys } from '../../packages/core/src/evidence/kubernetes/resources.ts';
import { permissionsFor } from '../../packages/core/src/permissions/diagnose.ts';
import { roleManifests } from '../../packages/core/src/permissions/manifests.ts';

const pods = { verb: 'list', group: '', resource: 'pods' };
const secrets = { verb: 'list', group: '', resource: 'secrets' };
const deployments = { verb: 'list', group: 'apps', resource: 'deployments' };

describe('permissions', () => {
  test('of a few keys, sorted, each once; what is no Kubernetes needs none', () => {
    expect(permissionsFor(['kubernetes.secrets', 'kubernetes.deployments', 'kubernetes.pods', 'kubernetes.pods', 'vault.health'])).toEqual([
      pods,
      secrets,
      deployments,
    ]);
    expect(permissionsFor(['kubernetes.cluster', 'prometheus.info'])).toEqual([]);
  });

  test('in namespaces; nodes stay cluster-wide, and Istio’s root namespace is needed besides', () => {
    expect(permissionsFor(['kubernetes.pods', 'kubernetes.nodes'], ['b', 'a'])).toEqual([
      { verb: 'list', group: '', resource: 'nodes' },
      { ...pods, namespace: 'a' },
      { ...pods, namespace: 'b' },
    ]);
    expect([...new Set(permissionsFor(['kubernetes.istio'], ['a']).map(({ namespace }) => namespace))]).toEqual(['a', 'istio-system']);
  });

  test('everything that diagnose reads is listing', () => {
    const all = permissionsFor(kubernetesKeys);
    expect(new Set(all.map(({ verb }) => verb))).toEqual(new Set(['list']));
    expect(all).toHaveLength(29);
  });
});

describe('manifests', () => {
  test('nothing missing, nothing printed', () => {
    expect(roleManifests([], { name: 'agentops' })).toBe('');
  });

  test('one ClusterRole, rules merged by group', () => {
    expect(
      roleManifests([deployments, secrets, pods, pods], { name: 'agentops' }),
    ).toBe(`# Bind it: kubectl create clusterrolebinding agentops --clusterrole=agentops --serviceaccount=NAMESPACE:NAME (or --user, --group)
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: agentops
rules:
  - apiGroups: [""]
    resources: [pods, secrets]
    verbs: [list]
  - apiGroups: [apps]
    resources: [deployments]
    verbs: [list]
`);
  });

  test('a Role a namespace, bound to a service account; nothing twice that the ClusterRole allows', () => {
    const missing = [{ ...secrets, namespace: 'b' }, { ...pods, namespace: 'a' }, { ...deployments, namespace: 'a' }, deployments];
    const subject = { name: 'robot', namespace: 'ops' };
    const text = roleManifests(missing, { name: 'agentops', subject });
    const documents = parseAllDocuments(text).map((document) => document.toJS() as Record<string, unknown>);
    const binding = (kind: string) => ({
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: 'agentops' },
      subjects: [{ kind: 'ServiceAccount', name: 'robot', namespace: 'ops' }],
    });
    const apiVersion = 'rbac.authorization.k8s.io/v1';
    const rule = (group: string, resource: string) => [{ apiGroups: [group], resources: [resource], verbs: ['list'] }];
    expect(documents).toEqual([
      { apiVersion, kind: 'ClusterRole', metadata: { name: 'agentops' }, rules: rule('apps', 'deployments') },
      { apiVersion, kind: 'ClusterRoleBinding', metadata: { name: 'agentops' }, ...binding('ClusterRole') },
      { apiVersion, kind: 'Role', metadata: { name: 'agentops', namespace: 'a' }, rules: rule('', 'pods') },
      { apiVersion, kind: 'RoleBinding', metadata: { name: 'agentops', namespace: 'a' }, ...binding('Role') },
      { apiVersion, kind: 'Role', metadata: { name: 'agentops', namespace: 'b' }, rules: rule('', 'secrets') },
      { apiVersion, kind: 'RoleBinding', metadata: { name: 'agentops', namespace: 'b' }, ...binding('Role') },
    ]);
  });

  test('users and groups are of the RBAC group; names that YAML would read otherwise are quoted', () => {
    const text = roleManifests(
      [
        { ...pods, namespace: '123' },
        { ...pods, namespace: 'on' },
      ],
      {
        name: 'agentops',
        subject: { kind: 'User', name: 'system:node: x' },
      },
    );
    const documents = parseAllDocuments(text).map((document) => document.toJS() as { metadata: { namespace: string }; subjects?: unknown });
    expect(documents.map(({ metadata }) => metadata.namespace)).toEqual(['123', '123', 'on', 'on']);
    expect(text).toContain('namespace: "on"');
    expect(documents[1]?.subjects).toEqual([{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'system:node: x' }]);
  });

  test('several verbs of one resource are one rule', () => {
    const text = roleManifests([pods, { ...pods, verb: 'get' }, secrets], { name: 'agentops' });
    expect(parseAllDocuments(text)[0]?.toJS()).toMatchObject({
      rules: [
        { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] },
        { apiGroups: [''], resources: ['secrets'], verbs: ['list'] },
      ],
    });
  });

  test('the same permissions in any order give the same text', () => {
    const missing = permissionsFor(kubernetesKeys, ['a', 'b']);
    expect(roleManifests([...missing].reverse(), { name: 'x' })).toBe(roleManifests(missing, { name: 'x' }));
  });
});
