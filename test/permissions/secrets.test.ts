import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { type Config, configSchema } from '../../packages/core/src/config/schema.ts';
import { roleManifests } from '../../packages/core/src/permissions/manifests.ts';
import { secretsGrants } from '../../packages/core/src/permissions/secrets.ts';
import type { RunContext } from '../../packages/core/src/secrets/ports.ts';
import { type LabUser, type PolicyRule, rulesOf } from '../../packages/lab/src/kubernetes/authorize.ts';
import { labAdmin, startKubernetes } from '../../packages/lab/src/kubernetes/server.ts';
import { testHost } from '../support/host.ts';
import { useConsumers, workloadObjects } from './use-consumers.ts';

const folder = mkdtempSync(join(tmpdir(), 'agentops-permissions-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function configOf(consumer: object, more: object = {}): Config {
  const entry = { name: 'openai-key', vault: { mount: 'kv', path: 'a' }, issuer: { type: 'random' } };
  const workloads = [{ kind: 'Deployment', name: 'code-gen' }];
  const consumers = [{ type: 'kubernetes', namespace: 'agents', secret: 'openai-key', workloads, settle: 0, timeout: '1s', ...consumer }];
  return configSchema.parse({ secrets: [{ ...entry, consumers }], ...more });
}

const manifestsOf = (config: Config): string =>
  roleManifests(
    secretsGrants(config).map(({ grant }) => grant),
    { name: 'agentops-secrets' },
  );

/** The rules of printed Roles, as an API server takes them. */
function rulesIn(yaml: string): PolicyRule[] {
  return parseAllDocuments(yaml).flatMap((document) => {
    const { metadata, rules } = document.toJS() as { metadata: { namespace: string }; rules: PolicyRule[] };
    return rules.map((rule) => ({ ...rule, namespaces: [metadata.namespace] }));
  });
}

describe('what is granted', () => {
  it('versioned Secrets cannot be limited to names, workloads can', () => {
    expect(
      manifestsOf(configOf({ workloads: [{ name: 'code-gen' }, { kind: 'Rollout', name: 'planner' }] })),
    ).toBe(`# Bind it: kubectl create rolebinding agentops-secrets --namespace=agents --role=agentops-secrets --serviceaccount=NAMESPACE:NAME (or --user, --group)
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: agentops-secrets
  namespace: agents
rules:
  - apiGroups: [""]
    resources: [pods]
    verbs: [list]
  # Names end in a version (openai-key-v5) that nobody knows beforehand: these cannot be limited to names.
  - apiGroups: [""]
    resources: [secrets]
    verbs: [create, delete, get]
  # Before an old value is revoked, or its Secret removed: whatever still refers to it.
  - apiGroups: [apps]
    resources: [daemonsets, deployments, statefulsets]
    verbs: [list]
  - apiGroups: [apps]
    resources: [deployments]
    resourceNames: [code-gen]
    verbs: [get, patch]
  - apiGroups: [apps]
    resources: [replicasets]
    verbs: [list]
  # A Rollout with workloadRef needs get and patch on that Deployment besides.
  - apiGroups: [argoproj.io]
    resources: [rollouts]
    resourceNames: [planner]
    verbs: [get, patch]
  # Before an old value is revoked, or its Secret removed: whatever still refers to it.
  - apiGroups: [argoproj.io]
    resources: [rollouts]
    verbs: [list]
  # Before an old value is revoked, or its Secret removed: whatever still refers to it.
  - apiGroups: [batch]
    resources: [cronjobs, jobs]
    verbs: [list]
`);
  });

  it('a Secret in place is named, and nobody looks at workloads that are not configured', () => {
    const config = configOf({ mode: 'in-place', secret: '{name}-in-place', workloads: [{ kind: 'StatefulSet', name: 'db' }] });
    expect(rulesIn(manifestsOf(config))).toEqual([
      { apiGroups: [''], resources: ['pods'], verbs: ['delete', 'list'], namespaces: ['agents'] },
      {
        apiGroups: [''],
        resources: ['secrets'],
        resourceNames: ['openai-key-in-place'],
        verbs: ['create', 'delete', 'get', 'patch'],
        namespaces: ['agents'],
      },
      { apiGroups: ['apps'], resources: ['statefulsets'], resourceNames: ['db'], verbs: ['get', 'patch'], namespaces: ['agents'] },
    ]);
  });

  it('names of a pattern’s Secrets are not known beforehand', () => {
    const config = configOf({});
    const [entry] = config.secrets;
    if (!entry?.vault) throw new Error('there is one');
    const pattern = {
      ...config,
      secrets: [
        {
          ...entry,
          vault: { ...entry.vault, path: 'team/*' },
          consumers: configOf({ mode: 'in-place', secret: 'x-{name}' }).secrets[0]?.consumers ?? [],
        },
      ],
    };
    expect(manifestsOf(pattern)).toContain('    resources: [secrets]\n    verbs: [create, delete, get, patch]\n');
  });

  it('a lock in Kubernetes, in its own namespace and cluster', () => {
    const config = configOf({ context: 'prod' }, { rotation: { lock: { type: 'lease', namespace: 'ops', context: 'hub' } } });
    const grants = secretsGrants(config);
    expect(new Set(grants.map(({ context }) => context))).toEqual(new Set(['prod', 'hub']));
    const lease = { group: 'coordination.k8s.io', resource: 'leases', namespace: 'ops' };
    expect(grants.filter(({ context }) => context === 'hub').map(({ grant }) => grant)).toEqual([
      { ...lease, verb: 'create', why: 'What does not exist yet has no name that RBAC could see.' },
      { ...lease, verb: 'get', names: ['agentops-openai-key'] },
      { ...lease, verb: 'patch', names: ['agentops-openai-key'] },
    ]);
  });

  it('nothing where nothing is in Kubernetes; no lock where nothing is rotated', () => {
    expect(secretsGrants(configSchema.parse({}))).toEqual([]);
    const watched = {
      secrets: [{ name: 'a', vault: { mount: 'kv', path: 'a' } }],
      rotation: { lock: { type: 'lease', namespace: 'ops' } },
    };
    expect(secretsGrants(configSchema.parse(watched))).toEqual([]);
  });
});

describe('exactly what is printed is enough, and all of it is used', () => {
  /** What is granted and not asked for by that name in a run; everything else is. */
  const cases: [string, object, string[]][] = [
    ['versioned', {}, []],
    [
      'versioned, a StatefulSet and a DaemonSet',
      {
        workloads: [
          { kind: 'StatefulSet', name: 'db' },
          { kind: 'DaemonSet', name: 'logs' },
        ],
      },
      // Nothing hangs here on the way back.
      ['delete pods'],
    ],
    ['versioned, no workload', { workloads: [] }, []],
    // A Secret that was there before is not deleted.
    ['in place', { mode: 'in-place' }, ['create secrets', 'delete secrets']],
    ['in place, a Secret that is new', { mode: 'in-place', secret: 'brand-new', workloads: [] }, ['create secrets']],
  ];

  it.each(cases)('%s', async (_title, consumer, unused) => {
    const config = configOf(consumer, { rotation: { lock: { type: 'lease', namespace: 'agents' }, lockFor: '300ms' } });
    const robot: LabUser = { token: 'robot-token', name: 'robot', rules: rulesIn(manifestsOf(config)) };
    const server = await startKubernetes({ users: [labAdmin, robot], objects: [] });
    try {
      const admin = { authorization: `Bearer ${labAdmin.token}`, 'content-type': 'application/json' };
      for (const [path, object] of workloadObjects) {
        const { status } = await fetch(`${server.url}${path}`, { method: 'POST', headers: admin, body: JSON.stringify(object) });
        expect({ path, status }).toEqual({ path, status: 201 });
      }
      const before = server.requests.length;
      writeFileSync(join(folder, 'kubeconfig'), server.kubeconfig('robot'));
      const host = testHost({ env: { KUBECONFIG: join(folder, 'kubeconfig') }, now: Date.now() });
      const context: RunContext = { host, signal: AbortSignal.timeout(15_000), deadline: host.clock.monotonic() + 15_000 };
      const kubernetes = { ...config.kubernetes, kubeconfig: join(folder, 'kubeconfig') };
      await useConsumers({ ...config, kubernetes }, context);
      const asked = server.requests.slice(before);
      expect(asked.length).toBeGreaterThan(10);
      expect(asked.filter(({ status }) => status === 403).map(({ method, path }) => `${method} ${path}`)).toEqual([]);
      const used = new Set(asked.map(({ method, path }) => useOf(method, path)));
      const granted = rulesOf(robot)
        .filter(({ namespaces }) => namespaces)
        .flatMap(({ resources = [], verbs }) => resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}`)));
      expect([...new Set(granted)].filter((one) => !used.has(one)).sort()).toEqual(unused);
    } finally {
      await server.close();
    }
  });
});

/** `list pods`: as a rule says it. Applying under a name that is new takes `create` besides `patch`; that is not told here. */
function useOf(method: string, path: string): string {
  const [, resource = '', name] = /\/namespaces\/[^/]+\/([^/?]+)(?:\/([^/?]+))?/.exec(path) ?? [];
  const verb = { GET: name === undefined ? 'list' : 'get', POST: 'create', PATCH: 'patch', DELETE: 'delete' }[method] ?? method;
  return `${verb} ${resource}`;
}
