import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { RotationFailure } from '../../../packages/core/src/secrets/failure.ts';
import type { RunContext } from '../../../packages/core/src/secrets/ports.ts';
import type { VaultKv } from '../../../packages/core/src/secrets/vault/kv.ts';
import { openVault, type VaultSession } from '../../../packages/core/src/secrets/vault/session.ts';
import type { LabVaultOptions } from '../../../packages/lab/src/vault/options.ts';
import { type LabVault, startVault } from '../../../packages/lab/src/vault/server.ts';
import { configFor, fieldsOf, runContext } from '../../contract/vault-rotation.ts';
import { type Meddler, type MeddlerAnswer, type MeddlerRequest, startMeddler } from '../../support/meddler.ts';

const token = 'CANARY-token';
const place = { mount: 'secret', path: 'agents/openai' };
const value = fieldsOf({ value: 'CANARY-new-value' });
const lost = '; the outcome of the write is not known';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});
const track = <T extends { close(): Promise<void> }>(one: T): T => {
  open.push(one);
  return one;
};

interface Setting {
  readonly lab: LabVault;
  readonly between: Meddler;
  readonly kv: VaultKv;
  readonly session: VaultSession;
  readonly context: RunContext;
}

/** A lab whose secret has version 1, a meddler before it, and a session whose mount is already looked at. */
async function start(options: LabVaultOptions = {}, ms = 30_000): Promise<Setting> {
  const secrets = { 'agents/openai': { versions: [{ data: { value: 'CANARY-old-value' } }] } };
  const lab = track(await startVault({ tokens: { [token]: ['root'] }, mounts: { secret: { secrets } }, ...options }));
  const between = track(await startMeddler(lab.url));
  const context = runContext(ms);
  const session = track(await openVault(configFor(between.url, { method: 'token', token }), context));
  if (!options.mounts) await session.kv.metadata(place);
  return { lab, between, kv: session.kv, session, context };
}

const isWrite = ({ method }: MeddlerRequest): boolean => method === 'POST';
const json = { 'content-type': 'application/json' };
const errors = (status: number, text: string, headers = {}): MeddlerAnswer => ({
  status,
  headers: { ...json, ...headers },
  body: JSON.stringify({ errors: [text, 'CANARY-echo'] }),
});

/** What it fails with; nothing secret is anywhere in it. */
async function failure(act: Promise<unknown>): Promise<RotationFailure> {
  const error = await act.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(RotationFailure);
  const text = [
    inspect(error, { depth: 20, showHidden: true, getters: true }),
    JSON.stringify(error),
    (error as Error).stack,
    String(error),
  ].join('\n');
  expect(text).not.toContain('CANARY');
  expect(text).not.toMatch(/x-vault-token/i);
  return error as RotationFailure;
}

describe('a write', () => {
  it.each(['lose', 'hold'] as const)('whose answer never comes (%s) is sent once, and its outcome is not known', async (meddling) => {
    const { between, kv, context } = await start();
    between.meddle((request) => (isWrite(request) ? meddling : 'pass'));
    const short = meddling === 'hold' ? kv.during({ ...context, deadline: context.host.clock.monotonic() + 1000 }) : kv;
    const { kind, message } = await failure(short.write(place, value, 1));
    expect(kind).toBe('transient');
    expect(message).toContain(lost);
    expect(between.requests.filter(isWrite)).toHaveLength(1);
    between.meddle(() => 'pass');
    // It did happen; only nobody could know.
    expect((await kv.metadata(place))?.currentVersion).toBe(2);
    await expect(kv.write(place, value, 1)).rejects.toMatchObject({ kind: 'conflict' });
  });

  it.each<[string, MeddlerAnswer]>([
    ['500', errors(500, '1 error occurred')],
    ['502 of a proxy', { status: 502, headers: { 'content-type': 'text/html' }, body: '<html>CANARY</html>' }],
    ['503 of a proxy, with Retry-After', { status: 503, headers: { 'retry-after': '0' }, body: 'CANARY busy' }],
    ['200 of something else', { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>CANARY</html>' }],
    ['200 of another form', { status: 200, headers: json, body: '{"data":{"version":"CANARY"}}' }],
  ])('that is answered with %s is not sent again', async (_what, answer) => {
    const { between, kv } = await start();
    between.meddle((request) => (isWrite(request) ? answer : 'pass'));
    const { kind, message } = await failure(kv.write(place, value, 1));
    expect([kind, message.includes(lost)]).toEqual(['transient', true]);
    expect(between.requests.filter(isWrite)).toHaveLength(1);
  });

  it.each<[string, MeddlerAnswer]>([
    ['412', errors(412, 'required index state not present')],
    ['429', errors(429, 'request path "secret/data/agents/openai": rate limit quota exceeded')],
    ['429 with Retry-After', errors(429, 'slow down', { 'retry-after': '1' })],
    ['503 for want of an active node', errors(503, 'no active Vault instance found')],
    ['400 while upgrading', errors(400, 'Upgrading from non-versioned to versioned data. This backend will be unavailable')],
  ])('that is answered with %s was not carried out, and is sent again', async (_what, answer) => {
    const { between, kv } = await start();
    let left = 2;
    between.meddle((request) => (isWrite(request) && left-- > 0 ? answer : 'pass'));
    expect(await kv.write(place, value, 1)).toEqual({ version: 2 });
    const bodies = between.requests.filter(isWrite).map(({ body }) => body);
    expect(bodies).toEqual(Array(3).fill('{"options":{"cas":1},"data":{"value":"CANARY-new-value"}}'));
  });

  it('is sent when somebody listens at last', async () => {
    const { lab, kv: _kv } = await start();
    const port = await freePort();
    const session = track(await openVault(configFor(`http://127.0.0.1:${port}`, { method: 'token', token }), runContext()));
    const writing = session.kv.writeDocument({ mount: 'secret', path: 'late' }, { a: 1 }, 0);
    await new Promise((resolve) => setTimeout(resolve, 300));
    track(await startVault({ port, tokens: { [token]: ['root'] } }));
    expect(await writing).toBe(1);
    expect(lab.requests).not.toHaveLength(0);
  });

  it('to nobody at all did not happen, and says so by not saying the contrary', async () => {
    const context = runContext(1500);
    const session = track(await openVault(configFor(`http://127.0.0.1:${await freePort()}`, { method: 'token', token }), context));
    const { kind, message } = await failure(session.request({ method: 'POST', path: ['database', 'rotate-role', 'app'] }));
    expect([kind, message]).toEqual(['transient', 'Vault, database/rotate-role/app: connection refused']);
  });

  it('does not wait for what does not fit into the run', async () => {
    const { between, kv } = await start();
    between.meddle(() => errors(429, 'rate limit quota exceeded', { 'retry-after': '3600' }));
    const { kind, message } = await failure(kv.write(place, value, 1));
    expect([kind, message]).toEqual(['transient', 'Vault, secret/data/agents/openai: answers 429: rate limit quota exceeded']);
    expect(between.requests.filter(isWrite)).toHaveLength(1);
  });

  it.each<[string, MeddlerAnswer, string, string]>([
    ['required check-and-set', errors(400, 'check-and-set parameter required for this call'), 'operator', 'check-and-set is required'],
    ['an unknown 400', errors(400, 'CANARY whatever'), 'operator', 'answers 400'],
    ['too much', errors(413, 'http: request body too large'), 'operator', 'too large'],
    ['a namespace that is not there', errors(404, 'namespace not found'), 'operator', 'does not exist'],
  ])('refused for %s', async (_what, answer, kind, words) => {
    const { between, kv } = await start();
    between.meddle((request) => (isWrite(request) ? answer : 'pass'));
    const error = await failure(kv.write(place, value, 1));
    expect([error.kind, error.message.includes(words)]).toEqual([kind, true]);
  });
});

describe('a read', () => {
  it.each<[string, 'refuse' | 'lose' | 'cut' | MeddlerAnswer]>([
    ['a cut connection', 'refuse'],
    ['a lost answer', 'lose'],
    ['500', errors(500, 'internal error')],
    ['502', { status: 502, body: 'bad gateway' }],
    ['an answer that was cut short', 'cut'],
    ['an answer that is no JSON', { status: 503, headers: json, body: '{"data":{"data":{"value":"CANARY' }],
    ['412', errors(412, 'required index state not present')],
  ])('is asked again after %s', async (_what, meddling) => {
    const { between, kv } = await start();
    let left = 2;
    between.meddle(({ url }) => {
      if (!url.startsWith('/v1/secret/data/') || left-- <= 0) return 'pass';
      return meddling;
    });
    expect((await kv.read(place))?.fields.get('value')?.text()).toBe('CANARY-old-value');
  });

  it('gives up in the end, and what it could not see is no absence', async () => {
    const { between, kv } = await start();
    between.meddle(() => errors(500, 'internal error'));
    expect(await failure(kv.read(place))).toMatchObject({ kind: 'transient', message: 'Vault, secret/data/agents/openai: answers 500' });
    expect(await failure(kv.metadata(place))).toMatchObject({ kind: 'transient' });
  });

  it.each<[string, MeddlerAnswer]>([
    ['a login page', { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>CANARY</html>' }],
    ['JSON of another form', { status: 200, headers: json, body: '{"data":{"keys":"CANARY"}}' }],
    ['an empty answer', { status: 204 }],
    ['a 404 page of a proxy', { status: 404, headers: { 'content-type': 'text/html' }, body: '<html>CANARY not found</html>' }],
    ['a 404 that is not that of an absent key', errors(404, 'no handler for route "secret/data/agents/openai"')],
  ])('of %s is a failure, not an absence', async (_what, answer) => {
    const { between, kv } = await start();
    between.meddle(() => answer);
    for (const act of [() => kv.read(place), () => kv.metadata(place), () => kv.list(place), () => kv.readDocument(place)]) {
      expect(['transient', 'operator']).toContain((await failure(act())).kind);
    }
  });

  it('waits until a lagging standby shows what was written here', async () => {
    const { between, kv } = await start();
    const before = new Map<string, MeddlerAnswer>();
    for (const url of ['/v1/secret/data/agents/openai', '/v1/secret/metadata/agents/openai']) {
      before.set(url, await between.ask({ method: 'GET', url, headers: { 'x-vault-token': token }, body: '' }));
    }
    await kv.write(place, value, 1);
    let stale = 2;
    between.meddle(({ method, url }) => (method === 'GET' && stale-- > 0 ? (before.get(url) ?? 'pass') : 'pass'));
    expect((await kv.read(place))?.version).toBe(2);
    stale = 2;
    expect((await kv.metadata(place))?.currentVersion).toBe(2);
    stale = 2;
    expect((await kv.readDocument(place)).version).toBe(2);
    between.meddle(({ method, url }) => (method === 'GET' ? (before.get(url) ?? 'pass') : 'pass'));
    const { host } = runContext();
    const short = kv.during({ host, signal: AbortSignal.timeout(1000), deadline: host.clock.monotonic() + 1000 });
    expect(await failure(short.read(place))).toMatchObject({
      kind: 'transient',
      message: expect.stringContaining('version 2 was written, but is not served'),
    });
    // An older version than the one written here may be asked for all the same.
    between.meddle(() => 'pass');
    expect((await kv.read(place, 1))?.version).toBe(1);
  });
});

describe('a server that is not well', () => {
  it('sealed: no waiting for a person', async () => {
    const { lab, between, kv } = await start();
    lab.setState('sealed');
    const { kind, message, hint } = await failure(kv.write(place, value, 1));
    expect([kind, message, hint]).toEqual(['transient', 'Vault, secret/data/agents/openai: Vault is sealed', 'vault operator unseal']);
    expect(between.requests.filter(isWrite)).toHaveLength(1);
  });

  it('without an active node: waits for the election', async () => {
    const { lab, between, kv } = await start();
    lab.setState('standby-without-active');
    between.meddle((request) => {
      if (between.requests.filter(isWrite).length === 3) lab.setState('active');
      return request ? 'pass' : 'refuse';
    });
    expect(await kv.write(place, value, 1)).toEqual({ version: 2 });
    expect(between.requests.filter(isWrite)).toHaveLength(3);
  });

  it('whose mount is being upgraded, on the very first call', async () => {
    const { kv } = await start({ mounts: { secret: { upgrading: 3 } } });
    expect(await kv.metadata(place)).toBeUndefined();
  });

  it('a standby that redirects elsewhere: neither token nor body go there', async () => {
    const heard: string[] = [];
    const thief = createServer((request, response) => {
      heard.push(`${request.method} ${request.url}`);
      response.end('{}');
    });
    await new Promise<void>((resolve) => thief.listen(0, '127.0.0.1', resolve));
    track({ close: async () => void thief.close() });
    const elsewhere = `http://127.0.0.1:${(thief.address() as AddressInfo).port}`;
    const { lab, between, kv } = await start({ redirectTo: elsewhere });
    lab.setState('standby');
    for (const act of [() => kv.write(place, value, 1), () => kv.read(place), () => kv.metadata({ ...place, path: 'other' })]) {
      const { kind, message } = await failure(act());
      expect([kind, message.includes(`redirects to ${elsewhere}; the token was not sent there`), message.includes(lost)]).toEqual([
        'transient',
        true,
        false,
      ]);
    }
    expect(heard).toEqual([]);
    expect(between.requests.filter(isWrite)).toHaveLength(1);
  });

  it('a redirect on the same host is followed once, with method and body', async () => {
    const { between, kv } = await start();
    const target = `${between.url}/v1/secret/data/agents/openai?again`;
    between.meddle(({ method, url }) =>
      method === 'POST' && !url.endsWith('?again') ? { status: 307, headers: { location: target } } : 'pass',
    );
    expect(await kv.write(place, value, 1)).toEqual({ version: 2 });
    between.meddle(({ method }) => (method === 'POST' ? { status: 307, headers: { location: target } } : 'pass'));
    expect(await failure(kv.write(place, value, 2))).toMatchObject({ kind: 'transient' });
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
