import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { secretEntry } from '../../../packages/core/src/config/secrets.ts';
import { anthropicIssuer } from '../../../packages/core/src/secrets/issuers/anthropic.ts';
import { matchesHint } from '../../../packages/core/src/secrets/issuers/anthropic-key.ts';
import type { Issuer, RunContext } from '../../../packages/core/src/secrets/ports.ts';
import { SecretValue } from '../../../packages/core/src/secrets/value.ts';
import { type LabAnthropic, type LabAnthropicOptions, startAnthropicAdmin } from '../../../packages/lab/src/http/anthropic-admin.ts';
import { leaksIn } from '../../support/canary.ts';
import { testGatherContext, testHost } from '../../support/host.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

const adminKey = 'cnry-sk-ant-admin01-key';
const oldValue = 'sk-ant-api03-Old-cnry-old-value-0001';
const newValue = 'sk-ant-api03-New-cnry-new-value-0002';
const oldKey = { id: 'apikey_old', name: 'agents in production', value: oldValue };
const newKey = { id: 'apikey_new', name: 'agents, November', value: newValue };

async function lab(more: Partial<LabAnthropicOptions> = {}): Promise<LabAnthropic> {
  const server = await startAnthropicAdmin({ adminKeys: [adminKey], keys: [oldKey, newKey], ...more });
  open.push(server);
  return server;
}

function issuerOf(url: string, more: object = {}): Issuer {
  const given = { type: 'anthropic', url, adminKey, ...more };
  const { issuer } = secretEntry.parse({ name: 'x', vault: { mount: 'kv', path: 'x' }, issuer: given });
  if (issuer?.type !== 'anthropic') throw new Error('not parsed');
  return anthropicIssuer(issuer, testHost());
}

const context = (ms?: number): RunContext => testGatherContext(ms);
const value = (text: string): SecretValue => SecretValue.fromText(text);
const supplied = (text: string) => ({ name: 'agentops-x-1', namePrefix: 'agentops-x-', current: { id: oldKey.id }, value: value(text) });
const failureOf = (work: Promise<unknown> | undefined): Promise<unknown> =>
  (work ?? Promise.resolve()).then(
    () => 'no failure',
    (error: unknown) => error,
  );

test('it finds the key that a person brings, and ends the old one in two steps', async () => {
  const server = await lab();
  const issuer = issuerOf(server.url, { presentKey: oldKey.id });
  expect([issuer.origin, issuer.live, issuer.presentKey, issuer.find]).toEqual(['supplied', 'both', { id: oldKey.id }, undefined]);
  const issued = await issuer.issue(supplied(newValue), context());
  expect(issued.key).toEqual({ id: 'apikey_new', name: 'agents, November' });
  expect(issued.value.text()).toBe(newValue);
  expect(await issuer.check?.(issued, context())).toEqual({ accepted: true, detail: 'GET /v1/models answers 200' });
  const old = { key: { id: oldKey.id }, value: value(oldValue) };
  await issuer.disable?.(old, context());
  expect([server.status('apikey_old'), server.accepts(oldValue), server.accepts(newValue)]).toEqual(['inactive', false, true]);
  await issuer.enable?.(old, context());
  await issuer.enable?.(old, context());
  expect(server.accepts(oldValue)).toBe(true);
  await issuer.disable?.(old, context());
  await issuer.disable?.(old, context());
  expect(await issuer.revoke(old, context())).toEqual({ result: 'revoked', detail: 'key apikey_old is archived' });
  expect(await issuer.check?.(old, context())).toEqual({ accepted: false, detail: 'GET /v1/models answers 401' });
  expect(await issuer.revoke(old, context())).toEqual({ result: 'gone', detail: 'key apikey_old is archived' });
  await issuer.disable?.(old, context());
  expect(await failureOf(issuer.enable?.(old, context()))).toMatchObject({ kind: 'operator' });
  expect([server.status('apikey_old'), server.status('apikey_new')]).toEqual(['archived', 'active']);
});

test('the plan names keys, never a value', () => {
  const issuer = issuerOf('https://api.anthropic.com', { workspace: 'wrkspc_1' });
  expect(issuer.presentKey).toBeUndefined();
  expect(issuer.describe({ id: 'apikey_old', name: 'agents in production' })).toEqual({
    issue: 'find the key that you bring among the active ones of workspace wrkspc_1',
    revoke: 'set key agents in production inactive, then archive it, which cannot be undone',
    objects: ['workspace wrkspc_1'],
  });
});

describe('which key a value is of', () => {
  test.each<[string, string | null, string, boolean]>([
    ['beginning and end', 'sk-ant-api03-R2D...igAA', 'sk-ant-api03-R2Dxxxxxxxxxx-igAA', true],
    ['another end', 'sk-ant-api03-R2D...igAA', 'sk-ant-api03-R2Dxxxxxxxxxx-igAB', false],
    ['another beginning', 'sk-ant-api03-R2D...igAA', 'sk-ant-api03-R2Exxxxxxxxxx-igAA', false],
    ['another mark', 'sk-ant-api03-R2D…igAA', 'sk-ant-api03-R2Dxxxxxxxxxx-igAA', true],
    ['stars', 'sk-ant-api03-R2D****igAA', 'sk-ant-api03-R2Dxxxxxxxxxx-igAA', true],
    ['a hint that says nothing of its own', 'sk-ant-api03-...AA', 'sk-ant-api03-R2Dxxxxxxxxxx-igAA', false],
    ['nothing but a mark', '...', 'sk-ant-api03-R2Dxxxxxxxxxx-igAA', false],
    ['a hint as long as the value', 'sk-ant-api03-R2D...igAA', 'sk-ant-api03-R2DigAA', false],
    ['no mark', 'sk-ant-api03-R2D', 'sk-ant-api03-R2D', false],
    ['none', null, 'sk-ant-api03-R2D', false],
    ['empty', '', '', false],
  ])('%s', (_what, hint, text, matches) => {
    expect(matchesHint(hint, value(text))).toBe(matches);
  });

  test('one that no key looks like', async () => {
    const server = await lab();
    expect(await failureOf(issuerOf(server.url).issue(supplied('sk-ant-api03-Xyz-cnry-other'), context()))).toMatchObject({
      kind: 'refused',
      message: 'anthropic: no key of the organization looks like the value',
    });
  });

  test('that of the key in use', async () => {
    const server = await lab();
    expect(await failureOf(issuerOf(server.url).issue(supplied(oldValue), context()))).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('a new one is needed'),
    });
    expect(server.status('apikey_old')).toBe('active');
  });

  test('that of a key which is not active', async () => {
    const server = await lab({ keys: [oldKey, { ...newKey, status: 'inactive' }] });
    expect(await failureOf(issuerOf(server.url).issue(supplied(newValue), context()))).toMatchObject({
      kind: 'refused',
      message: 'anthropic: the value looks like key apikey_new, which is not active',
    });
  });

  test('several that look alike are never guessed among', async () => {
    const twin = { id: 'apikey_twin', name: 'twin', value: `${newValue.slice(0, 20)}xx${newValue.slice(-8)}` };
    const server = await lab({ keys: [oldKey, newKey, twin] });
    expect(await failureOf(issuerOf(server.url).issue(supplied(newValue), context()))).toMatchObject({
      kind: 'operator',
      message: 'anthropic: 2 active keys of the organization look like the value: apikey_new, apikey_twin',
    });
    const inactive = await lab({ keys: [oldKey, newKey, { ...twin, status: 'inactive' }] });
    expect((await issuerOf(inactive.url).issue(supplied(newValue), context())).key.id).toBe('apikey_new');
  });

  test('only the workspace is looked at where one is configured, on every page', async () => {
    const others = Array.from({ length: 230 }, (_, index) => ({
      id: `apikey_${index}`,
      name: `${index}`,
      value: `sk-ant-api03-N${index}-cnry-${index}`,
      workspace: 'wrkspc_1',
    }));
    const server = await lab({ keys: [newKey, ...others, { ...newKey, id: 'apikey_there', workspace: 'wrkspc_1' }] });
    const issued = await issuerOf(server.url, { workspace: 'wrkspc_1' }).issue(supplied(newValue), context());
    expect(issued.key.id).toBe('apikey_there');
    expect(server.requests).toHaveLength(3);
  });

  test('without a value there is nothing to find', async () => {
    const { value: _value, ...nothing } = supplied('');
    expect(await failureOf(issuerOf('http://127.0.0.1:1').issue(nothing, context()))).toMatchObject({ kind: 'transient' });
  });
});

describe('ending a key', () => {
  test.each<['archived' | 'expired', string]>([
    ['archived', 'key apikey_old is archived'],
    ['expired', 'key apikey_old is expired'],
  ])('%s is gone already', async (status, detail) => {
    const server = await lab({ keys: [{ ...oldKey, status }] });
    expect(await issuerOf(server.url).revoke({ key: { id: oldKey.id }, value: undefined }, context())).toEqual({ result: 'gone', detail });
    expect(server.requests.map(({ method }) => method)).toEqual(['GET']);
  });

  test('one that is not there is gone', async () => {
    const server = await lab({ keys: [] });
    const credential = { key: { id: 'apikey_old' }, value: undefined };
    expect(await issuerOf(server.url).revoke(credential, context())).toMatchObject({ result: 'gone' });
    await issuerOf(server.url).disable?.(credential, context());
  });

  test('which key it is is never guessed from its value', async () => {
    const server = await lab();
    const credential = { key: {}, value: value(oldValue) };
    await issuerOf(server.url).disable?.(credential, context());
    expect(await issuerOf(server.url).revoke(credential, context())).toMatchObject({ result: 'manual' });
    expect([server.status('apikey_old'), server.requests]).toEqual(['active', []]);
  });

  test('after a lost answer it looks whether it was done', async () => {
    const server = await lab();
    const old = { key: { id: oldKey.id }, value: undefined };
    server.fail({ method: 'POST', cut: 'before' });
    expect(await failureOf(issuerOf(server.url).revoke(old, context()))).toMatchObject({ kind: 'transient' });
    expect(server.status('apikey_old')).toBe('active');
    server.fail({ method: 'POST', cut: 'after' });
    expect(await issuerOf(server.url).revoke(old, context())).toMatchObject({ result: 'revoked' });
    expect(server.status('apikey_old')).toBe('archived');
    expect(server.requests.map(({ method, status }) => [method, status])).toEqual([
      ['GET', 200],
      ['POST', 0],
      ['GET', 200],
      ['GET', 200],
      ['POST', 0],
      ['GET', 200],
    ]);
  });

  test('a change that the server did not make is no success', async () => {
    const server = await lab();
    server.fail({ method: 'POST', answer: { status: 200, body: { id: oldKey.id, status: 'active' } } });
    expect(await failureOf(issuerOf(server.url).revoke({ key: { id: oldKey.id }, value: undefined }, context()))).toMatchObject({
      kind: 'transient',
      message: 'anthropic: key apikey_old did not become archived',
    });
  });
});

test.each<[string, object, string]>([
  ['a wrong admin key', { adminKey: 'cnry-wrong' }, 'answers 401: the admin key is refused'],
  ['an ordinary key', { adminKey: oldValue }, 'answers 401: the admin key is refused'],
])('%s is for a person to settle', async (_what, settings, message) => {
  const server = await lab();
  const issuer = issuerOf(server.url, settings);
  for (const work of [
    issuer.issue(supplied(newValue), context()),
    issuer.revoke({ key: { id: oldKey.id }, value: undefined }, context()),
  ]) {
    expect(await failureOf(work)).toMatchObject({
      kind: 'operator',
      message: expect.stringContaining(message),
      hint: expect.stringContaining('adminKey'),
    });
  }
});

test('no failure and no answer holds a key, a hint or a part of one', async () => {
  const server = await lab();
  const seen: unknown[] = [];
  for (const fault of [
    { answer: { status: 401, body: { error: { message: `invalid ${adminKey}` } } } },
    { answer: { status: 400, body: { error: { message: oldValue } } } },
    { answer: { status: 529, body: { error: { message: adminKey } } }, times: 9 },
    { answer: { status: 200, body: { data: [{ partial_key_hint: oldValue }] } } },
    { cut: 'after' as const, times: 9 },
  ]) {
    const issuer = issuerOf(server.url);
    const old = { key: { id: oldKey.id }, value: value(oldValue) };
    server.fail(fault);
    seen.push(issuer, await failureOf(issuer.issue(supplied(newValue), context(1000))));
    for (const work of [
      () => issuer.disable?.(old, context(1000)),
      () => issuer.enable?.(old, context(1000)),
      () => issuer.revoke(old, context(1000)),
      () => issuer.check?.(old, context(1000)),
    ]) {
      server.fail(fault);
      seen.push(await failureOf(work()));
    }
  }
  const twin = { id: 'apikey_twin', name: 'twin', value: newValue };
  const alike = await lab({ keys: [newKey, twin] });
  seen.push(await failureOf(issuerOf(alike.url).issue(supplied(newValue), context())));
  seen.push(await failureOf(issuerOf(alike.url).issue(supplied('sk-ant-api03-Xyz-cnry-other'), context())));
  expect(leaksIn(seen.map((one) => inspect(one, { depth: 10, showHidden: true })).join('\n'))).toEqual([]);
  const text = JSON.stringify(seen);
  expect(leaksIn(text)).toEqual([]);
  expect(text).not.toContain('sk-ant-api03-');
  expect(text).not.toContain('0002');
});
