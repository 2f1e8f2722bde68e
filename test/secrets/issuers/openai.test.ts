import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { secretEntry } from '../../../packages/core/src/config/secrets.ts';
import { openAiIssuer } from '../../../packages/core/src/secrets/issuers/openai.ts';
import type { Issuer, RunContext } from '../../../packages/core/src/secrets/ports.ts';
import { SecretValue } from '../../../packages/core/src/secrets/value.ts';
import { type LabOpenAi, startOpenAiAdmin } from '../../../packages/lab/src/http/openai-admin.ts';
import { exchange } from '../../contract/http.ts';
import { startConnectProxy } from '../../evidence/tls/connect-proxy.ts';
import { leaksIn } from '../../support/canary.ts';
import { type Fault, startFault } from '../../support/fault-server.ts';
import { testGatherContext, testHost } from '../../support/host.ts';
import { tlsFile, tlsServer } from '../../support/tls.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

const adminKey = 'cnry-sk-admin-key';
const first = { id: 'svc_acct_1', name: 'made by hand', value: 'cnry-sk-svcacct-first' };

async function lab(more: Partial<Parameters<typeof startOpenAiAdmin>[0]> = {}): Promise<LabOpenAi> {
  const server = await startOpenAiAdmin({ adminKeys: [adminKey], projects: { proj_1: [first] }, keyPrefix: 'cnry-sk-svcacct-', ...more });
  open.push(server);
  return server;
}

function issuerOf(url: string, more: object = {}, env: Record<string, string> = {}): Issuer {
  const given = { type: 'openai', url, adminKey, project: 'proj_1', ...more };
  const { issuer } = secretEntry.parse({ name: 'x', vault: { mount: 'kv', path: 'x' }, issuer: given });
  if (issuer?.type !== 'openai') throw new Error('not parsed');
  return openAiIssuer(issuer, testHost({ env }));
}

const context = (ms?: number): RunContext => testGatherContext(ms);
const names = { name: 'agentops-x-1', namePrefix: 'agentops-x-', current: null };
const value = (text: string): SecretValue => SecretValue.fromText(text);
const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no failure',
    (error: unknown) => error,
  );

test('it makes a key of its own, finds it by name, and ends it', async () => {
  const server = await lab();
  const issuer = issuerOf(server.url);
  expect([issuer.origin, issuer.live, issuer.disable, issuer.presentKey]).toEqual(['theirs', 'both', undefined, undefined]);
  const issued = await issuer.issue(names, context());
  const [, account] = server.accounts('proj_1');
  expect(account?.name).toBe('agentops-x-1');
  expect(issued.key).toEqual({ id: expect.stringMatching(/^key_/), name: 'agentops-x-1', parent: account?.id });
  expect([server.accepts(issued.value.text()), server.accepts(first.value)]).toEqual([true, true]);
  expect(await issuer.find?.('agentops-x-', context())).toEqual([{ name: 'agentops-x-1', parent: account?.id }]);
  expect(await issuer.find?.('agentops-y-', context())).toEqual([]);
  expect(await issuer.check?.(issued, context())).toEqual({ accepted: true, detail: 'GET /v1/models answers 200' });
  expect(await issuer.revoke(issued, context())).toEqual({ result: 'revoked', detail: `service account ${account?.id} is deleted` });
  expect([server.accepts(issued.value.text()), server.accepts(first.value)]).toEqual([false, true]);
  expect(await issuer.check?.(issued, context())).toEqual({ accepted: false, detail: 'GET /v1/models answers 401' });
  expect(await issuer.revoke(issued, context())).toEqual({
    result: 'gone',
    detail: `service account ${account?.id} is not there any more`,
  });
});

test('the old and the new key are accepted all the while', async () => {
  const server = await lab();
  const issuer = issuerOf(server.url, { presentKey: first.id });
  let held = first.value;
  const probe = async (): Promise<number> =>
    (await exchange(`${server.url}/v1/models`, { headers: { authorization: `Bearer ${held}` } })).status;
  const statuses: number[] = [];
  let probing = true;
  const probes = (async () => {
    while (probing) {
      statuses.push(await probe());
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  const issued = await issuer.issue(names, context());
  held = issued.value.text();
  const seen = statuses.length;
  while (statuses.length < seen + 2) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(await issuer.revoke({ key: issuer.presentKey ?? {}, value: value(first.value) }, context())).toMatchObject({ result: 'revoked' });
  expect(await probe()).toBe(200);
  probing = false;
  await probes;
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect(server.accepts(first.value)).toBe(false);
});

test('the plan names the account, never a value', async () => {
  const issuer = issuerOf('https://api.openai.com', { presentKey: first.id });
  expect(issuer.presentKey).toEqual({ parent: first.id });
  expect(issuer.describe(issuer.presentKey ?? null)).toEqual({
    issue: 'create a service account in project proj_1, with a key of its own',
    revoke: 'delete service account svc_acct_1 and with it its key, for good',
    objects: ['project proj_1'],
  });
  expect(issuer.describe(null).revoke).toBe('by hand: which key is in use is not known (issuer.presentKey names its service account)');
});

describe('a lost answer', () => {
  test('a creation is not repeated, and what it left is found and deleted', async () => {
    const server = await lab();
    server.fail({ method: 'POST', cut: 'after' });
    const issuer = issuerOf(server.url);
    expect(await failureOf(issuer.issue(names, context()))).toMatchObject({
      kind: 'transient',
      message: 'openai: POST /v1/organization/projects/proj_1/service_accounts: connection reset; whether it was done is not known',
    });
    expect(server.requests).toHaveLength(1);
    const found = (await issuer.find?.('agentops-x-', context())) ?? [];
    expect(found).toEqual([{ name: 'agentops-x-1', parent: server.accounts('proj_1')[1]?.id }]);
    expect(await issuer.revoke({ key: found[0] ?? {}, value: undefined }, context())).toMatchObject({ result: 'revoked' });
    expect(server.accounts('proj_1')).toHaveLength(1);
  });

  test('a deletion is repeated until it is known', async () => {
    const server = await lab();
    server.fail({ method: 'DELETE', cut: 'after' });
    const result = await issuerOf(server.url).revoke({ key: { parent: first.id }, value: undefined }, context());
    expect(result).toMatchObject({ result: 'gone' });
  });

  test('an account without a key in the answer is no success', async () => {
    const server = await lab();
    server.fail({ method: 'POST', answer: { status: 200, body: { id: 'svc_acct_2', name: 'agentops-x-1', api_key: null } } });
    expect(await failureOf(issuerOf(server.url).issue(names, context()))).toMatchObject({ kind: 'transient' });
  });
});

describe('a rate limit', () => {
  const limited = (after?: string) => ({ status: 429, body: { error: {} }, ...(after ? { headers: { 'retry-after': after } } : {}) });

  test('is waited out, also before a creation: nothing was done', async () => {
    const server = await lab();
    server.fail({ method: 'POST', answer: limited('0'), times: 2 });
    await issuerOf(server.url).issue(names, context());
    expect(server.requests.map(({ status }) => status)).toEqual([429, 429, 200]);
    expect(server.accounts('proj_1')).toHaveLength(2);
  });

  test('longer than the deadline ends the try at once', async () => {
    const server = await lab();
    server.fail({ method: 'POST', answer: limited('3600') });
    expect(await failureOf(issuerOf(server.url).issue(names, context()))).toMatchObject({
      kind: 'transient',
      message: expect.stringContaining('answers 429: too many requests; it asks to wait 1 h'),
    });
    expect(server.requests).toHaveLength(1);
  });

  test('503 is no word that nothing was done', async () => {
    const server = await lab();
    server.fail({ method: 'POST', answer: { status: 503, body: {}, headers: { 'retry-after': '0' } } });
    expect(await failureOf(issuerOf(server.url).issue(names, context()))).toMatchObject({ kind: 'transient' });
    expect(server.requests).toHaveLength(1);
    server.fail({ method: 'GET', answer: { status: 503, body: {}, headers: { 'retry-after': '0' } } });
    expect(await issuerOf(server.url).find?.('agentops-', context())).toEqual([]);
  });
});

test('pages are read to their end, and a list that does not end is no list', async () => {
  const accounts = Array.from({ length: 250 }, (_, index) => ({ id: `svc_${index}`, name: `agentops-x-${index}`, value: `cnry-${index}` }));
  const server = await lab({ projects: { proj_1: accounts } });
  const found = await issuerOf(server.url).find?.('agentops-x-', context());
  expect([found?.length, found?.at(-1)]).toEqual([250, { name: 'agentops-x-249', parent: 'svc_249' }]);
  expect(server.requests).toHaveLength(3);
  const page = { status: 200, body: { object: 'list', data: [{ id: 'a', name: 'b' }], has_more: true, last_id: 'a' } };
  server.fail({ answer: page, times: 2 });
  expect(await failureOf(issuerOf(server.url).find?.('x', context()) ?? Promise.resolve())).toMatchObject({
    kind: 'transient',
    message: expect.stringContaining('the list’s pages do not end'.replace('’', "'")),
  });
  server.fail({ answer: { status: 200, body: { data: [{ id: 'a' }], has_more: false } } });
  expect(await failureOf(issuerOf(server.url).find?.('x', context()) ?? Promise.resolve())).toMatchObject({ kind: 'transient' });
});

describe('what a person must settle', () => {
  test.each<[string, object, RegExp, RegExp]>([
    ['a wrong admin key', { adminKey: 'cnry-wrong-admin' }, /answers 401: the admin key is refused$/, /adminKey/],
    ['an ordinary key', { adminKey: first.value }, /answers 403: the admin key may not do this$/, /adminKey/],
    ['a project that is not there', { project: 'proj_2' }, /answers 404: not there$/, /proj_2/],
  ])('%s', async (_what, settings, message, hint) => {
    const server = await lab();
    const issuer = issuerOf(server.url, settings);
    for (const work of [
      issuer.issue(names, context()),
      issuer.find?.('x', context()),
      issuer.revoke({ key: { parent: 'gone' }, value: undefined }, context()),
    ]) {
      expect(await failureOf(work ?? Promise.resolve())).toMatchObject({
        kind: 'operator',
        message: expect.stringMatching(message),
        hint: expect.stringMatching(hint),
      });
    }
  });

  test('an old key whose account is not known', async () => {
    const server = await lab();
    const result = await issuerOf(server.url).revoke({ key: { id: 'key_1' }, value: value(first.value) }, context());
    expect(result).toMatchObject({ result: 'manual', detail: expect.stringContaining('delete the key in the settings of project proj_1') });
    expect(server.requests).toEqual([]);
  });

  test('a deletion that was not done', async () => {
    const server = await lab();
    server.fail({ method: 'DELETE', answer: { status: 200, body: { id: first.id, deleted: false } } });
    expect(await failureOf(issuerOf(server.url).revoke({ key: { parent: first.id }, value: undefined }, context()))).toMatchObject({
      kind: 'transient',
    });
    server.fail({ method: 'DELETE', answer: { status: 404, body: {} } });
    expect(await failureOf(issuerOf(server.url).revoke({ key: { parent: first.id }, value: undefined }, context()))).toMatchObject({
      kind: 'transient',
      message: 'openai: service account svc_acct_1 is listed and not found',
    });
  });
});

describe('what an answer about a value means', () => {
  const check = async (status: number, body: unknown): Promise<unknown> => {
    const server = await lab();
    server.fail({ answer: { status, body } });
    return (await issuerOf(server.url).check?.({ key: {}, value: value(first.value) }, context()))?.accepted;
  };
  test.each<[string, number, unknown, boolean | 'unknown']>([
    ['a list', 200, { object: 'list', data: [] }, true],
    ['something else', 200, { ok: true }, 'unknown'],
    ['a wrong key', 401, { error: { code: 'invalid_api_key', message: 'Incorrect API key provided' } }, false],
    ['no reason', 401, {}, false],
    [
      'a scope that the key lacks',
      401,
      { error: { code: null, message: 'You have insufficient permissions. Missing scopes: api.model.read' } },
      'unknown',
    ],
    ['an address that is not allowed', 401, { error: { code: 'ip_not_authorized', message: '' } }, 'unknown'],
    ['forbidden', 403, { error: {} }, 'unknown'],
    ['too many requests', 429, { error: {} }, 'unknown'],
    ['trouble', 500, {}, 'unknown'],
  ])('%s', async (_what, status, body, accepted) => {
    expect(await check(status, body)).toBe(accepted);
  });

  test.each<Fault>(['refused', 'black-hole', 'dns', 'tls', 'truncated', 'wrong-type'])('%s tells nothing', async (name) => {
    const fault = await startFault(name);
    open.push(fault);
    const verdict = await issuerOf(fault.url).check?.({ key: {}, value: value(first.value) }, context(800));
    expect(verdict?.accepted).toBe('unknown');
  });
});

test('TLS settings hold', async () => {
  const server = await lab({ tls: tlsServer() });
  expect(await failureOf(issuerOf(server.url).find?.('x', context(1500)) ?? Promise.resolve())).toMatchObject({
    kind: 'transient',
    message: expect.stringContaining('TLS: certificate issuer unknown'),
  });
  expect(await issuerOf(server.url, { tls: { caFile: tlsFile('ca.pem') } }).find?.('x', context())).toEqual([]);
  expect(await failureOf(issuerOf(server.url, { tls: { caFile: '/nowhere' } }).find?.('x', context()) ?? Promise.resolve())).toMatchObject({
    kind: 'operator',
    message: 'the CA file /nowhere cannot be read',
  });
});

test('it goes through the proxy that the environment names', async () => {
  const server = await lab({ tls: tlsServer() });
  const proxy = await startConnectProxy(server.port);
  open.push(proxy);
  const settings = { tls: { caFile: tlsFile('ca.pem'), serverName: 'localhost' } };
  const env = { https_proxy: `http://user:cnry-proxy-password@127.0.0.1:${proxy.port}` };
  const issuer = issuerOf('https://openai.example', settings, env);
  const issued = await issuer.issue(names, context());
  expect(server.accepts(issued.value.text())).toBe(true);
  expect(proxy.asked).toEqual(['CONNECT openai.example:443 HTTP/1.1']);
  for (const [wrong, kind] of [
    ['http://user:cnry-proxy-password@127.0.0.1:1', 'transient'],
    ['socks5://user:cnry-proxy-password@127.0.0.1:1', 'operator'],
  ] as const) {
    const failure = await failureOf(issuerOf('https://openai.example', settings, { https_proxy: wrong }).issue(names, context(1500)));
    expect(failure).toMatchObject({ kind });
    expect(leaksIn(inspect(failure, { depth: 10, showHidden: true }))).toEqual([]);
  }
});

test('no failure and no answer holds a key or a part of one', async () => {
  const server = await lab();
  const seen: unknown[] = [];
  for (const fault of [
    { answer: { status: 401, body: { error: { message: `Incorrect API key provided: ${adminKey}` } } } },
    { answer: { status: 400, body: { error: { message: first.value } } } },
    { answer: { status: 500, body: { error: { message: adminKey } } }, times: 9 },
    { answer: { status: 200, body: { id: first.value, api_key: first.value } } },
    { cut: 'after' as const, times: 9 },
  ]) {
    const issuer = issuerOf(server.url);
    server.fail(fault);
    seen.push(issuer, await failureOf(issuer.issue(names, context(1000))));
    server.fail(fault);
    seen.push(await failureOf(issuer.find?.('x', context(1000)) ?? Promise.resolve()));
    server.fail(fault);
    seen.push(await failureOf(issuer.revoke({ key: { parent: first.id }, value: value(first.value) }, context(1000))));
    server.fail(fault);
    seen.push(await issuer.check?.({ key: {}, value: value(first.value) }, context(1000)));
  }
  seen.push(await issuerOf((await lab()).url).issue(names, context()), issuerOf(server.url).describe({ parent: 'p' }));
  expect(leaksIn(seen.map((one) => inspect(one, { depth: 10, showHidden: true })).join('\n'))).toEqual([]);
  expect(leaksIn(JSON.stringify(seen))).toEqual([]);
  expect(leaksIn(JSON.stringify(server.requests))).toEqual([]);
});
