import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Broken, isBroken, selectTargets, type Target } from '../../../packages/core/src/evidence/kubernetes/kubeconfig.ts';
import { testHost } from '../../support/host.ts';
import { temporaryFolder } from './stub-api.ts';

const none = { contexts: [] };
const nowhere = '/nonexistent-service-account';

function config(name: string, server: string, user: object = {}, more: object = {}): string {
  return JSON.stringify({
    'current-context': name,
    contexts: [{ name, context: { cluster: name, user: name } }],
    clusters: [{ name, cluster: { server, ...more } }],
    users: [{ name, user }],
  });
}

function write(folder: string, name: string, content: string): string {
  const file = join(folder, name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, content);
  return file;
}

function target(entry: Target | Broken | undefined): Target {
  if (!entry || isBroken(entry)) throw new Error(`broken: ${JSON.stringify(entry)}`);
  return entry;
}

function problem(selection: readonly (Target | Broken)[]): readonly string[] {
  return selection.map((entry) => (isBroken(entry) ? `${entry.context}: ${entry.problem}` : `${entry.context}: fine`));
}

test('nothing anywhere: nothing to examine', async () => {
  expect(await selectTargets(none, testHost({ home: temporaryFolder() }), nowhere)).toEqual([]);
});

test('~/.kube/config, its current context', async () => {
  const home = temporaryFolder();
  write(home, '.kube/config', config('dev', 'https://dev:6443/'));
  const [entry] = await selectTargets(none, testHost({ home }), nowhere);
  expect(target(entry)).toMatchObject({ context: 'dev', cluster: { server: 'https://dev:6443', skipTLSVerify: false } });
});

test('KUBECONFIG names several files: the first to set a name wins, missing files are skipped', async () => {
  const folder = temporaryFolder();
  const first = write(folder, 'a/config', config('prod', 'https://first', { 'client-certificate': 'client.crt' }));
  const second = write(folder, 'b/config', config('prod', 'https://second', { token: 'x', 'client-key': 'k' }));
  const third = write(folder, 'c/config', config('stage', 'https://stage', { tokenFile: 'token' }));
  const host = testHost({ env: { KUBECONFIG: [join(folder, 'missing'), first, second, third].join(':') }, home: folder });
  const [prod, stage] = await selectTargets({ contexts: ['prod', 'stage', 'prod'] }, host, nowhere);
  expect(target(prod).cluster.server).toBe('https://first');
  expect(target(prod).user).toEqual({ name: 'user', certFile: join(folder, 'a/client.crt') });
  expect(target(stage).user).toEqual({
    name: 'user',
    authProvider: { name: 'tokenFile', config: { tokenFile: join(folder, 'c/token') } },
  });
  const [current] = await selectTargets(none, host, nowhere);
  expect(target(current).context).toBe('prod');
});

test('a kubeconfig named in the configuration wins over KUBECONFIG; ~ is home', async () => {
  const home = temporaryFolder();
  write(home, 'kube/other', config('other', 'https://other'));
  const host = testHost({ home, cwd: home, env: { KUBECONFIG: write(home, 'env', config('env', 'https://env')) } });
  for (const kubeconfig of ['~/kube/other', 'kube/other', join(home, 'kube/other')]) {
    expect(target((await selectTargets({ kubeconfig, contexts: [] }, host, nowhere))[0]).context).toBe('other');
  }
});

test('the settings of a cluster and of a user arrive', async () => {
  const folder = temporaryFolder();
  const file = write(
    folder,
    'config',
    config(
      'x',
      'https://x',
      { exec: { command: './bin/login', args: ['a'] }, as: 'robot', 'as-groups': ['g'], 'client-key-data': 'a2V5' },
      { 'tls-server-name': 'api', 'proxy-url': 'http://proxy:3128', 'insecure-skip-tls-verify': true, 'certificate-authority': 'ca.crt' },
    ),
  );
  const [entry] = await selectTargets({ kubeconfig: file, contexts: [] }, testHost(), nowhere);
  expect(target(entry)).toEqual({
    context: 'x',
    cluster: {
      name: 'cluster',
      server: 'https://x',
      skipTLSVerify: true,
      caFile: join(folder, 'ca.crt'),
      tlsServerName: 'api',
      proxyUrl: 'http://proxy:3128',
    },
    user: {
      name: 'user',
      impersonateGroups: ['g'],
      impersonateUser: 'robot',
      keyData: 'a2V5',
      exec: { command: join(folder, 'bin/login'), args: ['a'] },
    },
  });
});

test('a legacy gcp provider keeps its token and loses its command', async () => {
  const user = { 'auth-provider': { name: 'gcp', config: { 'access-token': 't', 'cmd-path': '/bin/false' } } };
  const file = write(temporaryFolder(), 'config', config('x', 'https://x', user));
  const [entry] = await selectTargets({ kubeconfig: file, contexts: [] }, testHost(), nowhere);
  expect(target(entry).user.authProvider).toEqual({ name: 'gcp', config: { 'access-token': 't' } });
});

test('no kubeconfig, but a service account: in-cluster', async () => {
  const folder = temporaryFolder();
  write(folder, 'token', 'CANARY');
  const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
  const host = testHost({ env, home: folder });
  const [entry] = await selectTargets(none, host, folder);
  expect(target(entry)).toEqual({
    context: 'in-cluster',
    cluster: { name: 'cluster', server: 'https://[fd00::1]:443', caFile: join(folder, 'ca.crt'), skipTLSVerify: false },
    user: { name: 'user', authProvider: { name: 'tokenFile', config: { tokenFile: join(folder, 'token') } } },
  });
  expect(problem(await selectTargets({ contexts: ['prod'] }, host, folder))).toEqual(['prod: there is no kubeconfig']);
  expect(problem(await selectTargets({ contexts: ['in-cluster'] }, host, folder))).toEqual(['in-cluster: fine']);
});

test.each<[string, string, readonly string[]]>([
  ['an unknown context', config('dev', 'https://dev'), ['prod: the kubeconfig has no context "prod"']],
  ['broken YAML', 'a: b\nc: [CANARY\nd: }', ['prod: kubeconfig FILE is not valid YAML (line 3)']],
  ['a list', '- CANARY', ['prod: kubeconfig FILE is not a kubeconfig']],
  ['an empty file', '', ['prod: the kubeconfig has no context "prod"']],
  [
    'a context without its cluster',
    JSON.stringify({ contexts: [{ name: 'prod', context: { cluster: 'gone' } }] }),
    ['prod: context "prod" names a cluster that the kubeconfig does not have'],
  ],
  [
    'a context without its user',
    JSON.stringify({
      contexts: [{ name: 'prod', context: { cluster: 'c', user: 'gone' } }],
      clusters: [{ name: 'c', cluster: { server: 'https://c' } }],
    }),
    ['prod: context "prod" names a user that the kubeconfig does not have'],
  ],
  ['a server that is no URL', config('prod', 'CANARY'), ['prod: the cluster of context "prod" has no valid server URL']],
])('%s is said without quoting the file', async (_name, content, expected) => {
  const file = write(temporaryFolder(), 'config', content);
  const selection = await selectTargets({ kubeconfig: file, contexts: ['prod'] }, testHost(), nowhere);
  expect(problem(selection)).toEqual(expected.map((text) => text.replace('FILE', file)));
  expect(JSON.stringify(selection)).not.toContain('CANARY');
});

test('a file that was asked for must be there', async () => {
  expect(problem(await selectTargets({ kubeconfig: '/nonexistent/kc', contexts: [] }, testHost(), nowhere))).toEqual([
    'current-context: kubeconfig /nonexistent/kc does not exist',
  ]);
});

test('contexts but no current one', async () => {
  const file = write(temporaryFolder(), 'config', JSON.stringify({ contexts: [{ name: 'a', context: { cluster: 'c' } }] }));
  expect(problem(await selectTargets({ kubeconfig: file, contexts: [] }, testHost(), nowhere))).toEqual([
    'current-context: the kubeconfig has no current-context',
  ]);
});
