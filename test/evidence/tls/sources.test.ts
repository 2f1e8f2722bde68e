import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { configSchema } from '../../../packages/core/src/config/schema.ts';
import { gather } from '../../../packages/core/src/evidence/gather.ts';
import type { CertificateEvidence } from '../../../packages/core/src/evidence/tls/servers.ts';
import { startFault } from '../../support/fault-server.ts';
import { testGatherContext } from '../../support/host.ts';
import { tlsFile } from '../../support/tls.ts';
import { temporaryFolder } from '../kubernetes/stub-api.ts';
import { type AnyServer, startAny } from './any-server.ts';
import { startConnectProxy } from './connect-proxy.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function any(...certificate: Parameters<typeof startAny>): Promise<AnyServer> {
  const server = await startAny(...certificate);
  open.push(server);
  return server;
}

interface Tls {
  readonly caFile?: string;
  readonly insecureSkipVerify?: boolean;
  readonly serverName?: string;
  readonly proxyUrl?: string;
}

/** A configuration with that one server; `url` begins with http(s). */
const sources = {
  prometheus: (url: string, tls: Tls) => ({ prometheus: { url, bearerToken: 'CANARY-token', tls } }),
  vault: (url: string, tls: Tls) => ({ vault: { address: url, auth: { method: 'token', token: 'CANARY-token' }, tls } }),
  redis: (url: string, tls: Tls) => ({ redis: [{ name: 'cache', url: url.replace('http', 'redis'), tls }] }),
  kubernetes: (url: string, tls: Tls) => ({ kubernetes: { kubeconfig: kubeconfig(url, tls) } }),
};
type Source = keyof typeof sources;
const names = Object.keys(sources) as Source[];
const called = { prometheus: 'prometheus', vault: 'vault', redis: 'redis cache', kubernetes: 'kubernetes prod' };

function kubeconfig(server: string, tls: Tls): string {
  const file = join(temporaryFolder(), 'config');
  const cluster = {
    server,
    'certificate-authority': tls.caFile,
    'insecure-skip-tls-verify': tls.insecureSkipVerify,
    'tls-server-name': tls.serverName,
    'proxy-url': tls.proxyUrl,
  };
  const user = { token: 'CANARY-token' };
  writeFileSync(
    file,
    JSON.stringify({
      'current-context': 'prod',
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'prod', context: { cluster: 'c', user: 'u' } }],
    }),
  );
  return file;
}

async function certificates(config: object, ms = 5000): Promise<CertificateEvidence | undefined> {
  const parsed = configSchema.parse({ kubernetes: { enabled: false }, ...config });
  return (await gather(parsed, new Set(['tls.servers']), testGatherContext(ms))).shared['tls.servers'];
}

const ca: Tls = { caFile: tlsFile('ca.pem') };
const until = Date.parse('2120-01-01T00:00:00Z');

describe.each(names)('%s', (source) => {
  const look = (port: number, tls: Tls = ca, scheme = 'https') => certificates(sources[source](`${scheme}://127.0.0.1:${port}`, tls));
  const shown = (port: number, subject: string, notAfter = until, issuer = 'agentops test-only CA') => ({
    ok: true,
    source: 'server certificates',
    data: [{ name: called[source], server: `127.0.0.1:${port}`, subject, issuer, notAfter, names: expect.any(Array) }],
  });

  test('read from the connection that is made anyway: there is no other', async () => {
    const server = await any('server');
    expect(await look(server.port)).toEqual(shown(server.port, 'agentops test-only server'));
    expect(server.connections()).toBe(1);
  });

  test.each([
    ['expired', Date.parse('2020-02-01T00:00:00Z'), 'agentops test-only CA'],
    ['self-signed', until, 'agentops test-only self-signed'],
    ['other-name', until, 'agentops test-only CA'],
  ] as const)('%s: it is seen though nobody talks to such a server, and nothing is sent', async (name, notAfter, issuer) => {
    const server = await any(name);
    expect(await look(server.port)).toEqual(shown(server.port, `agentops test-only ${name}`, notAfter, issuer));
    expect(server.received()).toBe('');
  });

  test('accepted without verification: it is judged all the same', async () => {
    const server = await any('expired');
    const expected = shown(server.port, 'agentops test-only expired', Date.parse('2020-02-01T00:00:00Z'));
    expect(await look(server.port, { insecureSkipVerify: true })).toEqual(expected);
  });

  test('another name in the certificate, as configured', async () => {
    const server = await any('other-name');
    const evidence = await look(server.port, { ...ca, serverName: 'other.example' });
    expect(evidence).toEqual(shown(server.port, 'agentops test-only other-name'));
    expect(server.connections()).toBe(1);
  });

  test('no TLS configured: nothing to judge', async () => {
    const server = await any('plain');
    expect(await look(server.port, {}, 'http')).toEqual({ ok: true, source: 'server certificates', data: [] });
  });

  test('no TLS there: a gap', async () => {
    const server = await any('plain');
    expect(await look(server.port)).toMatchObject({
      ok: true,
      data: [],
      gaps: [{ reason: 'unreachable', detail: 'its certificate was not seen: TLS: handshake failed (no TLS there?)' }],
    });
  });

  test('refused: a gap', async () => {
    const { port } = await startFault('refused');
    expect(await look(port)).toMatchObject({ data: [], gaps: [{ reason: 'unreachable', detail: 'connection refused' }] });
  });

  test('silent: a gap, after one connection', async () => {
    const server = await startFault('black-hole');
    open.push(server);
    const evidence = await certificates(sources[source](`https://127.0.0.1:${server.port}`, ca), 300);
    expect(evidence).toMatchObject({ data: [], gaps: [{ reason: 'timeout', detail: expect.stringContaining('no answer in') }] });
  });

  test('a CA file that is not there: a gap that names it', async () => {
    expect(await look(1, { caFile: '/nonexistent/ca.pem' })).toMatchObject({ data: [], gaps: [{ reason: 'invalid' }] });
  });
});

test.each([
  ['server', 'read from the connection that is made anyway', 1],
  ['expired', 'seen by a handshake that goes the same way', 2],
] as const)('kubernetes behind a proxy, %s: %s', async (name, _how, connections) => {
  const server = await any(name);
  const proxy = await startConnectProxy(server.port);
  open.push(proxy);
  const tls = { ...ca, proxyUrl: `http://127.0.0.1:${proxy.port}` };
  const evidence = await certificates(sources.kubernetes('https://127.0.0.1:6443', tls));
  expect(evidence).toMatchObject({ data: [{ server: '127.0.0.1:6443', subject: `agentops test-only ${name}` }] });
  expect(proxy.asked).toEqual(Array.from({ length: connections }, () => 'CONNECT 127.0.0.1:6443 HTTP/1.1'));
});

test('all of them at once, each with its own', async () => {
  const [one, other] = [await any('server'), await any('server')];
  const evidence = await certificates({
    ...sources.prometheus(`https://127.0.0.1:${one.port}`, ca),
    ...sources.vault(`https://127.0.0.1:${other.port}`, ca),
    ...sources.kubernetes(`https://127.0.0.1:${one.port}`, ca),
    redis: [
      { name: 'queue', url: `rediss://127.0.0.1:${one.port}`, tls: ca },
      { name: 'plain', url: 'redis://127.0.0.1:1' },
    ],
  });
  expect(evidence?.ok && evidence.data.map(({ name, server }) => `${name} ${server}`)).toEqual([
    `redis queue 127.0.0.1:${one.port}`,
    `vault 127.0.0.1:${other.port}`,
    `prometheus 127.0.0.1:${one.port}`,
    `kubernetes prod 127.0.0.1:${one.port}`,
  ]);
  expect(evidence).not.toHaveProperty('gaps');
});

test('nothing configured', async () => {
  expect(await certificates({})).toMatchObject({ ok: false, reason: 'not-configured' });
});
