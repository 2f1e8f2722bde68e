import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { RunContext } from '../../../packages/core/src/secrets/ports.ts';
import { openVault, type VaultSession } from '../../../packages/core/src/secrets/vault/session.ts';
import type { LabVaultOptions } from '../../../packages/lab/src/vault/options.ts';
import { type LabVault, startVault } from '../../../packages/lab/src/vault/server.ts';
import { configFor, fieldsOf, runContext } from '../../contract/vault-rotation.ts';
import { startMeddler } from '../../support/meddler.ts';

const place = { mount: 'secret', path: 'agents/openai' };
const rules = [{ path: 'secret/*', capabilities: ['create', 'read', 'update', 'patch', 'list', 'delete'] }] as const;
const approle = { method: 'approle', roleId: 'CANARY-role', secretId: 'CANARY-secret-id' };

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});
const track = <T extends { close(): Promise<void> }>(one: T): T => {
  open.push(one);
  return one;
};

const startLab = async (more: LabVaultOptions = {}): Promise<LabVault> =>
  track(
    await startVault({
      policies: { all: rules },
      tokens: { 'CANARY-root': ['root'], 'CANARY-own': ['all'] },
      approles: { 'CANARY-role': { secretId: 'CANARY-secret-id', policies: ['all'] } },
      ...more,
    }),
  );
const enter = async (lab: { url: string }, auth: object, context = runContext()): Promise<VaultSession> =>
  track(await openVault(configFor(lab.url, auth), context));
const count = (lab: LabVault, path: string): number => lab.requests.filter((request) => request.path === `/v1/${path}`).length;
const failureOf = async (act: Promise<unknown>): Promise<unknown> => {
  const error: unknown = await act.catch((caught: unknown) => caught);
  expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('CANARY');
  return error;
};

describe('logging in', () => {
  it('a token that was issued for the run is revoked after it, one that was brought is not', async () => {
    const lab = await startLab();
    const issued = await enter(lab, approle);
    const brought = await enter(lab, { method: 'token', token: 'CANARY-own' });
    expect(lab.tokens()).toHaveLength(3);
    await issued.close();
    await issued.close();
    await brought.close();
    expect(lab.tokens()).toEqual(['CANARY-root', 'CANARY-own']);
    expect(count(lab, 'auth/token/revoke-self')).toBe(1);
  });

  it('a refused login opens nothing', async () => {
    const lab = await startLab();
    expect(await failureOf(enter(lab, { ...approle, secretId: 'CANARY-wrong' }))).toMatchObject({
      kind: 'transient',
      message: 'Vault: login at auth/approle refused',
      hint: 'see vault.auth in agentops.yaml',
    });
  });

  it('again, once, for all calls that met a token at its end; no write is doubled', async () => {
    let now = Date.parse('2026-11-21T13:07:31Z');
    const lab = await startLab({ now: () => now });
    const { kv } = await enter(lab, approle);
    await kv.metadata(place);
    now += 3_600_001;
    const results = await Promise.all([0, 1, 2, 3].map((index) => kv.writeDocument({ mount: 'secret', path: `d${index}` }, { index }, 0)));
    expect(results).toEqual([1, 1, 1, 1]);
    expect(count(lab, 'auth/approle/login')).toBe(2);
  });

  it('not for ever: a method that gives the same refused token is told so', async () => {
    const lab = await startLab();
    const { kv } = await enter(lab, { method: 'token', token: 'CANARY-unknown' });
    expect(await failureOf(kv.metadata(place))).toMatchObject({
      kind: 'transient',
      message: 'Vault, sys/internal/ui/mounts/secret: the token is missing, invalid or expired',
      hint: expect.stringContaining('vault login'),
    });
    // Once with the token, and no more.
    expect(count(lab, 'sys/internal/ui/mounts/secret')).toBe(1);
  });

  it('a permission that is missing is no reason to log in again', async () => {
    const lab = await startLab({ policies: { all: [{ path: 'secret/metadata/*', capabilities: ['read'] }] } });
    const { kv } = await enter(lab, approle);
    await expect(kv.write(place, fieldsOf({ value: 'CANARY' }), 0)).rejects.toMatchObject({
      hint: 'needs "create" on secret/data/agents/openai; `agentops rbac --vault --for secrets` prints the policy',
    });
    expect(count(lab, 'auth/approle/login')).toBe(1);
  });
});

describe('the life of a token', () => {
  it('that lasts longer than the run is left alone, one that does not is renewed again and again', async () => {
    const lab = await startLab({ leases: { 'CANARY-own': { ttl: 2 } }, tokens: { 'CANARY-root': ['root'], 'CANARY-own': ['all'] } });
    await enter(lab, { method: 'token', token: 'CANARY-root' });
    await enter(lab, { method: 'token', token: 'CANARY-own' });
    await vi.waitFor(() => expect(count(lab, 'auth/token/renew-self')).toBeGreaterThanOrEqual(2), { timeout: 10_000 });
    expect(lab.tokens()).toContain('CANARY-own');
  });

  it('ends with the session: nothing is renewed after it', async () => {
    const lab = await startLab({ leases: { 'CANARY-own': { ttl: 1 } } });
    const session = await enter(lab, { method: 'token', token: 'CANARY-own' });
    await session.close();
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(count(lab, 'auth/token/renew-self')).toBe(0);
  });

  it('that can neither be renewed nor replaced is told while there is time', async () => {
    const lab = await startLab({ leases: { 'CANARY-own': { ttl: 30, renewable: false } } });
    const warnings: string[] = [];
    const context = runContext();
    const host = { ...context.host, log: { debug: () => undefined, warn: (text: string) => warnings.push(text) } };
    await enter(lab, { method: 'token', token: 'CANARY-own' }, { ...context, host } satisfies RunContext);
    expect(warnings).toEqual(['the Vault token ends in 30 s, before this run must, and cannot be renewed']);
  });

  it('that nears its last end is replaced by another login; both are revoked at the end', async () => {
    const lab = await startLab({ loginTtl: { ttl: 1, renewable: false } });
    const session = await enter(lab, approle);
    await vi.waitFor(() => expect(count(lab, 'auth/approle/login')).toBeGreaterThanOrEqual(2), { timeout: 10_000 });
    expect(await session.kv.metadata(place)).toBeUndefined();
    await session.close();
    expect(lab.tokens()).toEqual(['CANARY-root', 'CANARY-own']);
  });
});

describe('opening', () => {
  it('without any Vault', async () => {
    await expect(openVault({ vault: undefined }, runContext())).rejects.toMatchObject({
      kind: 'operator',
      message: 'no Vault is configured',
    });
  });

  it('the one of VAULT_ADDR, with VAULT_TOKEN', async () => {
    const lab = await startLab();
    const context = runContext();
    const env = { VAULT_ADDR: lab.url, VAULT_TOKEN: 'CANARY-root' };
    const session = track(await openVault({ vault: undefined }, { ...context, host: { ...context.host, env } }));
    expect(await session.kv.metadata(place)).toBeUndefined();
    expect(session.address).toBe(lab.url);
  });

  it.each(['ftp://vault', 'no url'])('refuses the address %j', async (address) => {
    const context = runContext();
    const opening = openVault({ vault: undefined }, { ...context, host: { ...context.host, env: { VAULT_ADDR: address } } });
    await expect(opening).rejects.toMatchObject({ kind: 'operator', message: 'the address of Vault is no http(s) URL' });
  });

  it.each<[string, LabVaultOptions, string | undefined]>([
    ['community Vault, which would answer from the root', {}, 'operator'],
    ['OpenBao that has it', { namespaces: ['team-a'] }, undefined],
    ['Enterprise', { enterprise: true, namespaces: ['team-a'] }, undefined],
    ['a sealed server, of which nothing can be told', { state: 'sealed' }, 'transient'],
  ])('with a namespace on %s', async (_what, options, kind) => {
    const lab = await startLab(options);
    const opening = openVault(configFor(lab.url, { method: 'token', token: 'CANARY-root' }, 'team-a'), runContext(5000));
    if (kind === undefined) {
      const { kv } = track(await opening);
      await kv.writeDocument(place, {}, 0);
      expect(lab.requests.filter(({ method }) => method === 'POST').map(({ headers }) => headers['x-vault-namespace'])).toEqual(['team-a']);
    } else {
      expect(await failureOf(opening)).toMatchObject({ kind });
      expect(lab.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    }
  });

  it('a namespace that does not exist', async () => {
    const lab = await startLab({ namespaces: ['team-a'] });
    const { kv } = track(await openVault(configFor(lab.url, { method: 'token', token: 'CANARY-root' }, 'team-b'), runContext()));
    await expect(kv.metadata(place)).rejects.toMatchObject({
      kind: 'operator',
      message: expect.stringContaining('namespace team-b does not exist'),
    });
  });
});

it('other engines: a lost answer is not asked for again, and what they hold is wiped by the caller', async () => {
  const lab = await startLab();
  const between = track(await startMeddler(lab.url));
  const session = await enter(between, { method: 'token', token: 'CANARY-root' });
  await session.kv.writeDocument(place, { password: 'CANARY-password' }, 0);
  const fields = await session.requestFields({ path: ['secret', 'data', 'agents', 'openai'] });
  expect(fields?.get('data')?.text()).toBe('{"password":"CANARY-password"}');
  between.meddle(({ method }) => (method === 'POST' ? 'lose' : 'pass'));
  const path = ['secret', 'data', 'agents', 'openai'];
  expect(await failureOf(session.request({ method: 'POST', path, body: { data: { value: 'CANARY' } } }))).toMatchObject({
    kind: 'transient',
    message: expect.stringContaining('the outcome of the write is not known'),
  });
  expect(between.requests.filter(({ method }) => method === 'POST')).toHaveLength(2);
  await expect(session.request({ path: ['secret', 'data', '..', 'x'] })).rejects.toMatchObject({ kind: 'transient' });
});
