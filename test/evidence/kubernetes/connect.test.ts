import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { gatherOne, json, stubApi, temporaryFolder } from './stub-api.ts';

function script(body: string): string {
  const file = join(temporaryFolder(), 'login');
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}

const exec = (command: string, more: object = {}) => ({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command, ...more } });
const api = () => stubApi((_seen, response) => json(response, { gitVersion: 'v1.36.3' }));

async function authorization(user: object, env: Record<string, string> = {}): Promise<string | undefined> {
  const stub = await api();
  const evidence = await gatherOne(stub.url, 'kubernetes.cluster', { user, env });
  if (!evidence.ok) throw new Error(evidence.detail);
  return stub.requests[0]?.headers.authorization;
}

async function failure(user: object, ms = 5000) {
  const stub = await api();
  const evidence = await gatherOne(stub.url, 'kubernetes.cluster', { user, ms });
  expect(stub.requests).toEqual([]);
  expect(JSON.stringify(evidence)).not.toContain('CANARY');
  return evidence.ok ? 'ok' : `${evidence.reason}: ${evidence.detail}`;
}

test('the cluster says its version, and who it is by context, host and port', async () => {
  const stub = await api();
  const evidence = await gatherOne(stub.url, 'kubernetes.cluster');
  expect(evidence).toEqual({
    ok: true,
    source: 'kubernetes stub',
    data: { context: 'stub', server: new URL(stub.url).host, version: 'v1.36.3', latencyMs: expect.any(Number) },
  });
});

test('an answer without a version is no API server', async () => {
  const stub = await stubApi((_seen, response) => json(response, { hello: 'world' }));
  expect(await gatherOne(stub.url, 'kubernetes.cluster')).toMatchObject({ ok: false, reason: 'invalid' });
});

test('a token, a token file and basic authentication', async () => {
  const tokenFile = join(temporaryFolder(), 'token');
  writeFileSync(tokenFile, 'from-file\n');
  expect(await authorization({ token: 'plain' })).toBe('Bearer plain');
  expect(await authorization({ token: 'plain', tokenFile })).toBe('Bearer from-file');
  expect(await authorization({ username: 'u', password: 'p' })).toBe('Basic dTpw');
  expect(await authorization({})).toBeUndefined();
});

test('impersonation is passed on; several groups are refused rather than dropped', async () => {
  const stub = await api();
  await gatherOne(stub.url, 'kubernetes.cluster', { user: { token: 't', as: 'robot', 'as-groups': ['ops'] } });
  expect(stub.requests[0]?.headers).toMatchObject({ 'impersonate-user': 'robot', 'impersonate-group': 'ops' });
  expect(await failure({ token: 't', as: 'robot', 'as-groups': ['a', 'b'] })).toBe(
    'invalid: the kubeconfig impersonates several groups, which is not supported',
  );
});

test('an exec plug-in gets its arguments, its environment, ours, and KUBERNETES_EXEC_INFO', async () => {
  const infoFile = join(temporaryFolder(), 'info');
  const command = script(
    `printf %s "$KUBERNETES_EXEC_INFO" > ${infoFile}; echo '{"kind":"ExecCredential","status":{"token":"'$1-$OWN-$OURS'"}}'`,
  );
  const user = exec(command, { args: ['arg'], env: [{ name: 'OWN', value: 'own' }], provideClusterInfo: true });
  expect(await authorization(user, { OURS: 'ours' })).toBe('Bearer arg-own-ours');
  expect(JSON.parse(readFileSync(infoFile, 'utf8'))).toEqual({
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    spec: {
      interactive: false,
      cluster: { server: expect.stringMatching(/^http:\/\/127\.0\.0\.1:/), 'insecure-skip-tls-verify': true },
    },
  });
});

test.each<[string, string, object, string]>([
  ['a failure', 'echo CANARY >&2; echo CANARY; exit 3', {}, 'unauthorized: exec plug-in "login" failed (exit 3)'],
  ['no JSON', 'echo CANARY', {}, 'invalid: exec plug-in "login" printed no JSON'],
  ['no credential', `echo '{"kind":"ExecCredential","status":{}}'`, {}, 'invalid: exec plug-in "login" printed no credential'],
  ['killed', 'kill -9 $$', {}, 'unauthorized: exec plug-in "login" failed (SIGKILL)'],
  ['a terminal wanted', 'exit 0', { interactiveMode: 'Always' }, 'unauthorized: exec plug-in "login" wants a terminal'],
  ['an unknown API', 'exit 0', { apiVersion: 'CANARY/v0' }, 'invalid: exec plug-in "login" has an apiVersion that is not supported'],
])('exec plug-in: %s', async (_name, body, more, expected) => {
  expect(await failure(exec(script(body), more))).toBe(expected);
});

test('exec plug-in: one that hangs is stopped at the deadline, with what it started', async () => {
  const beats = join(temporaryFolder(), 'beats');
  writeFileSync(beats, '');
  const command = script(`(while sleep 0.02; do echo >> ${beats}; done) & wait`);
  expect(await failure(exec(command), 400)).toBe('timeout: exec plug-in "login" did not answer in time');
  const before = statSync(beats).size;
  expect(before).toBeGreaterThan(0);
  await setTimeout(200);
  // One beat may have been under way.
  expect(statSync(beats).size - before).toBeLessThanOrEqual(1);
});

test('exec plug-in: not installed', async () => {
  expect(await failure(exec('agentops-no-such-plugin'))).toBe('invalid: exec plug-in "agentops-no-such-plugin" is not installed');
});

test.each<[string, object, string]>([
  [
    'a token file that is gone',
    { tokenFile: '/nonexistent/CANARY' },
    'invalid: a certificate or token file of the kubeconfig cannot be read (ENOENT)',
  ],
  [
    'a certificate that is none',
    { 'client-certificate-data': 'Q0FOQVJZ', 'client-key-data': 'Q0FOQVJZ' },
    'invalid: a certificate or key of the kubeconfig is not valid',
  ],
  [
    'an expired gcp token',
    { 'auth-provider': { name: 'gcp', config: { 'cmd-path': '/bin/CANARY' } } },
    'unauthorized: the token of auth-provider "gcp" has expired',
  ],
  [
    'an OIDC token that is none',
    { 'auth-provider': { name: 'oidc', config: { 'id-token': 'a.CANARY.c' } } },
    'unauthorized: the OIDC token could not be refreshed',
  ],
])('%s', async (_name, user, expected) => {
  expect(await failure(user)).toBe(expected);
});
