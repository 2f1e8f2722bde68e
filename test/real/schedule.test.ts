import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseConfig } from '../../packages/core/src/config/load.ts';
import { type Config, configSchema } from '../../packages/core/src/config/schema.ts';
import { diagnose } from '../../packages/core/src/diagnose/run.ts';
import { roleManifests } from '../../packages/core/src/permissions/manifests.ts';
import { secretsGrants } from '../../packages/core/src/permissions/secrets.ts';
import { vaultRules } from '../../packages/core/src/permissions/vault.ts';
import { vaultPolicy } from '../../packages/core/src/permissions/vault-policy.ts';
import { printed, type ScheduleRequest, scheduleFiles } from '../../packages/core/src/schedule/schedule.ts';
import { openCluster } from '../../packages/core/src/secrets/kubernetes/client.ts';
import { kubernetesConsumer } from '../../packages/core/src/secrets/kubernetes/consumer.ts';
import type { RunContext } from '../../packages/core/src/secrets/ports.ts';
import { SecretValue } from '../../packages/core/src/secrets/value.ts';
import { recordsIn } from '../../packages/core/src/secrets/vault/records.ts';
import { openVault } from '../../packages/core/src/secrets/vault/session.ts';
import { namespace as namespaceObject } from '../../scripts/servers/kubernetes-objects.ts';
import { run } from '../../scripts/servers/process.ts';
import { testHost } from '../support/host.ts';
import { openScene, type Scene } from '../support/rotation-scene.ts';
import { leaveClean } from './clean.ts';
import { describeReal } from './support.ts';

const jobsNamespace = 'schedule-jobs';

describeReal(['kubernetes', 'vault'], 'what schedule and rbac print', ({ kubernetes, vault }) => {
  leaveClean(kubernetes);
  let scene: Scene;
  let config: Config;
  let manifests: string;
  /** The scene's own in Vault. */
  let folder: string;
  const kubectl = (...args: readonly string[]): Promise<string> =>
    run(kubernetes.kubectl, ['--kubeconfig', kubernetes.kubeconfig, ...args]);
  const inFolder = (name: string): string => join(scene.configFile, '..', name);

  const asRoot = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await ask(vault.rootToken, method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.text === '' ? {} : JSON.parse(answer.text);
  };
  const ask = async (token: string, method: string, path: string, body?: unknown): Promise<{ status: number; text: string }> => {
    const answer = await fetch(`${vault.url}/v1/${path}`, {
      method,
      headers: { 'x-vault-token': token, ...(method === 'PATCH' ? { 'content-type': 'application/merge-patch+json' } : {}) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, text: await answer.text() };
  };
  /** A token that may do what the printed policy says, and what every token may. */
  const tokenFor = async (needs: 'diagnose' | 'secrets'): Promise<string> => {
    const name = `schedule-${needs}`;
    await asRoot('PUT', `sys/policies/acl/${name}`, { policy: vaultPolicy(vaultRules(config, needs)) });
    const made = (await asRoot('POST', 'auth/token/create', { policies: [name], ttl: '1h' })) as { auth: { client_token: string } };
    return made.auth.client_token;
  };
  /** A kubeconfig of a service account. */
  const kubeconfigOf = async (namespace: string, account: string): Promise<string> => {
    const token = (await kubectl('-n', namespace, 'create', 'token', account, '--duration=1h')).trim();
    const file = inFolder(`${account}.kubeconfig`);
    const cluster = { server: kubernetes.url, 'certificate-authority': kubernetes.caFile };
    writeFileSync(
      file,
      JSON.stringify({
        clusters: [{ name: 'test', cluster }],
        users: [{ name: account, user: { token } }],
        contexts: [{ name: account, context: { cluster: 'test', user: account } }],
        'current-context': account,
      }),
      { mode: 0o600 },
    );
    return file;
  };
  const contextFor = (ms = 30_000): RunContext => {
    const host = testHost({ now: Date.now() });
    return { host, signal: AbortSignal.timeout(ms), deadline: host.clock.monotonic() + ms };
  };

  beforeAll(async () => {
    scene = await openScene({ kubernetes, vault }, { name: 'schedule', deployments: 2 });
    // As a pod would have it: no kubeconfig, no secret in the file.
    const { secrets, rotation } = JSON.parse(readFileSync(scene.configFile, 'utf8')) as { secrets: object[]; rotation: { folder: string } };
    folder = rotation.folder.split('/')[0] ?? '';
    const text = JSON.stringify({
      timeZone: 'Europe/Berlin',
      vault: {
        address: vault.url,
        auth: { method: 'token', token: '${env:VAULT_TOKEN}' },
        secrets: [{ mount: 'secret', path: `${folder}/` }],
      },
      ledger: 'postgres://agentops:${env:PGPASSWORD}@db/usage',
      rotation: { ...rotation, lock: { type: 'lease', namespace: jobsNamespace } },
      secrets,
    });
    config = parseConfig(text, 'agentops.yaml', '/x/agentops.yaml', { env: { VAULT_TOKEN: 'x', PGPASSWORD: 'x' }, home: '/x' });
    const request: ScheduleRequest = {
      target: 'kubernetes',
      only: [],
      // Never by the clock while the test runs.
      schedules: { secrets: '0 0 29 2 *', diagnose: '0 0 29 2 *', cost: '0 0 29 2 7' },
      kubernetes: {
        namespace: jobsNamespace,
        image: 'registry.example/agentops:1',
        serviceAccount: 'agentops',
        envSecret: 'agentops-env',
        mounts: [{ secret: 'vault-ca', path: '/etc/agentops/vault' }],
        stateClaim: 'agentops-state',
      },
      machine: { program: '/usr/local/bin/agentops', user: 'agentops' },
    };
    manifests = inFolder('manifests.yaml');
    writeFileSync(
      manifests,
      printed('kubernetes', scheduleFiles(request, { config, file: '/x/agentops.yaml', shown: 'agentops.yaml', text })),
    );
    const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    const object = namespaceObject(jobsNamespace) as { metadata: object };
    await scene.api.create('/api/v1/namespaces', { ...object, metadata: { ...object.metadata, labels: restricted } });
  });
  afterAll(async () => {
    await kubectl('delete', '--ignore-not-found', '--wait=false', '-f', manifests);
    await kubectl('delete', '--ignore-not-found', '--wait=false', 'namespace', jobsNamespace);
    await scene.close();
  });

  it('the API server takes the manifests: tried, applied, and applied again without a change', async () => {
    const tried = await kubectl('apply', '--dry-run=server', '--validate=strict', '-f', manifests);
    expect(tried.trim().split('\n')).toHaveLength(3 + 1 + 3 + 4 + 2);
    await kubectl('apply', '--validate=strict', '-f', manifests);
    const again = (await kubectl('apply', '-f', manifests)).trim().split('\n');
    expect(again.filter((line) => !line.endsWith(' unchanged'))).toEqual([]);
    const { data } = JSON.parse(await kubectl('-n', jobsNamespace, 'get', 'configmap', 'agentops-config', '-o', 'json')) as {
      data: Record<string, string>;
    };
    expect(data['agentops.yaml']).toContain('${env:VAULT_TOKEN}');
    expect(data['agentops.yaml']).not.toContain(vault.rootToken);
  });

  it('the namespace enforces the restricted standard', async () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'loose', namespace: jobsNamespace },
      spec: { containers: [{ name: 'a', image: 'x' }] },
    };
    const answer = await scene.api.request('POST', `/api/v1/namespaces/${jobsNamespace}/pods`, pod);
    expect(answer).toMatchObject({ status: 403, text: expect.stringContaining('violates PodSecurity') });
  });

  it.each(['secrets', 'diagnose', 'cost'])('a Job of %s makes a pod that passes it', async (job) => {
    await kubectl('-n', jobsNamespace, 'create', 'job', `--from=cronjob/agentops-${job}`, `probe-${job}`);
    const pods = async (): Promise<string[]> =>
      (await kubectl('-n', jobsNamespace, 'get', 'pods', '-l', `job-name=probe-${job}`, '-o', 'name')).trim().split('\n').filter(Boolean);
    await expect.poll(pods, { timeout: 20_000, interval: 200 }).toHaveLength(1);
    const [name = ''] = await pods();
    const { spec } = JSON.parse(await kubectl('-n', jobsNamespace, 'get', name, '-o', 'json')) as {
      spec: { serviceAccountName: string; volumes: { projected?: object }[]; terminationGracePeriodSeconds: number };
    };
    expect(spec.serviceAccountName).toBe(`agentops-${job}`);
    expect(spec.volumes.some(({ projected }) => projected !== undefined)).toBe(job !== 'cost');
    expect(spec.terminationGracePeriodSeconds).toBe(job === 'secrets' ? 90 : 30);
  });

  it('a rotation goes to its end with the printed roles and the printed policy alone', async () => {
    const kubeconfig = await kubeconfigOf(jobsNamespace, 'agentops-secrets');
    const whole = JSON.parse(readFileSync(scene.configFile, 'utf8')) as Record<string, object>;
    const vaultToken = await tokenFor('secrets');
    writeFileSync(
      scene.configFile,
      JSON.stringify({
        ...whole,
        kubernetes: { kubeconfig },
        vault: { address: vault.url, auth: { method: 'token', token: vaultToken } },
        rotation: config.rotation,
      }),
    );
    for (const round of [1, 2]) {
      const { outcome } = await scene.child('rotate');
      expect({ round, outcome }).toMatchObject({ outcome: { result: 'done', state: 'DONE' } });
    }
    // Nobody else's secret, and no record of what was done is open to it.
    expect((await ask(vaultToken, 'GET', 'secret/data/platform/database')).status).toBe(403);
    expect((await ask(vaultToken, 'GET', 'secret/metadata/platform/?list=true')).status).toBe(403);
    const { data } = (await asRoot('GET', `secret/metadata/${folder}/agentops/audit/key?list=true`)) as { data: { keys: string[] } };
    expect(data.keys.length).toBeGreaterThan(2);
    const record = `${folder}/agentops/audit/key/${data.keys[0]}`;
    expect((await ask(vaultToken, 'GET', `secret/data/${record}`)).status).toBe(200);
    expect((await ask(vaultToken, 'POST', `secret/data/${record}`, { data: { forged: true } })).status).toBe(403);
    expect((await ask(vaultToken, 'DELETE', `secret/data/${record}`)).status).toBe(403);
    expect((await ask(vaultToken, 'DELETE', `secret/metadata/${record}`)).status).toBe(403);
    expect((await ask(vaultToken, 'PATCH', `secret/metadata/${record}`, { max_versions: 1 })).status).toBe(403);
    // What the roles do not say is refused, though it is next door.
    const can = (...args: string[]): Promise<string> =>
      run(kubernetes.kubectl, ['--kubeconfig', kubeconfig, 'auth', 'can-i', ...args]).then(
        (answer) => answer.trim(),
        // It ends with 1 where the answer is no.
        (error: { stdout?: string }) => (error.stdout ?? '').trim(),
      );
    expect(await can('get', 'secrets', '-n', scene.namespace)).toBe('yes');
    expect(await can('list', 'secrets', '-n', scene.namespace)).toBe('no');
    expect(await can('patch', 'deployments/another', '-n', scene.namespace)).toBe('no');
    expect(await can('get', 'secrets', '-n', jobsNamespace)).toBe('no');
  });

  it('a Secret in place that is new is made and removed with rights on its name alone', async () => {
    const consumer = { type: 'kubernetes', namespace: scene.namespace, secret: 'brand-new', mode: 'in-place' };
    const placed = configSchema.parse({
      secrets: [{ name: 'placed', vault: { mount: 'secret', path: 'x' }, issuer: { type: 'random' }, consumers: [consumer] }],
    });
    const roles = inFolder('roles.yaml');
    const subject = { name: 'placer', namespace: scene.namespace };
    writeFileSync(
      roles,
      roleManifests(
        secretsGrants(placed).map(({ grant }) => grant),
        { name: 'placer', subject },
      ),
    );
    await kubectl('-n', scene.namespace, 'create', 'serviceaccount', 'placer');
    await kubectl('apply', '-f', roles);
    const kubeconfig = await kubeconfigOf(scene.namespace, 'placer');
    const context = contextFor();
    const cluster = await openCluster({ ...placed, kubernetes: { ...placed.kubernetes, kubeconfig } }, undefined, context);
    try {
      const [entry] = placed.secrets;
      const [first] = entry?.consumers ?? [];
      if (!entry || first?.type !== 'kubernetes') throw new Error('there is one');
      const inPlace = kubernetesConsumer({ config: first, entry, cluster: () => Promise.resolve(cluster) });
      const record = await inPlace.record(1, context);
      const fields = new Map([['value', SecretValue.fromText('cnry-placed')]]);
      await inPlace.sync(record, { rotation: 'placed/1', version: 1, fields, source: 'secret/x' }, context);
      expect(await inPlace.holds(fields, context)).toMatchObject({ holds: 'yes' });
      expect((await scene.secrets()).get('brand-new')).toBe('cnry-placed');
      await inPlace.cleanUp(record, 'to', context);
      expect((await scene.secrets()).has('brand-new')).toBe(false);
    } finally {
      cluster.close();
    }
  });

  it('two who add to the audit trail at once both do, though neither may overwrite', async () => {
    const token = await tokenFor('secrets');
    const context = contextFor();
    const open = () => openVault({ vault: { address: vault.url, auth: { method: 'token', token }, secrets: [] } }, context);
    const sessions = await Promise.all([open(), open()]);
    try {
      const records = sessions.map(({ kv }) => recordsIn(kv, { mount: 'secret', folder: `${folder}/agentops`, lockForMs: 1000 }));
      const base = { at: new Date().toISOString(), by: 'test', secret: 'key', event: 'verified', rotation: null, version: null } as const;
      const written = await Promise.all(
        records.flatMap(({ audit }, who) => [1, 2, 3].map((time) => audit.append({ ...base, detail: `${who}.${time}` }))),
      );
      expect(new Set(written.map(({ seq }) => seq)).size).toBe(6);
    } finally {
      await Promise.all(sessions.map((session) => session.close()));
    }
  });

  it('to look takes the smaller policy: diagnose sees age and rotations, and no value', async () => {
    const token = await tokenFor('diagnose');
    const looking: Config = {
      ...config,
      kubernetes: { ...config.kubernetes, enabled: false },
      vault: { address: vault.url, auth: { method: 'token', token }, secrets: [{ mount: 'secret', path: `${folder}/` }] },
    };
    const report = await diagnose(looking, testHost({ now: Date.now() }), { version: 'test', only: ['secret-age'] });
    const checks = report.categories
      .flatMap((category) => category.checks)
      .filter(({ id }) => id.includes('vault') || id.includes('rotation'));
    expect(checks.length).toBeGreaterThan(0);
    expect(checks.filter(({ status }) => status === 'unknown').map((check) => JSON.stringify(check))).toEqual([]);
    expect((await ask(token, 'GET', `secret/data/${folder}/key`)).status).toBe(403);
    expect((await ask(token, 'GET', `secret/metadata/${folder}/key`)).status).toBe(200);
    expect((await ask(token, 'POST', `secret/metadata/${folder}/key`, { max_versions: 1 })).status).toBe(403);
    expect((await ask(token, 'GET', 'secret/metadata/platform/database')).status).toBe(403);
  });
});
