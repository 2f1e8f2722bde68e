import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { configSchema } from '../../../packages/core/src/config/schema.ts';
import { gatherVault } from '../../../packages/core/src/evidence/vault/source.ts';
import type { Host } from '../../../packages/core/src/host.ts';
import type { EvidencePromises } from '../../../packages/core/src/model/evidence-map.ts';
import { type LabHttp, startHttp } from '../../../packages/lab/src/http/server.ts';
import type { LabVaultOptions } from '../../../packages/lab/src/vault/options.ts';
import { type LabVault, startVault } from '../../../packages/lab/src/vault/server.ts';
import { type Fault, startFault } from '../../support/fault-server.ts';
import { testGatherContext, testHost } from '../../support/host.ts';
import { tlsFile, tlsServer } from '../../support/tls.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

function track<T extends { close(): Promise<void> }>(server: T): T {
  open.push(server);
  return server;
}

const both = new Set(['vault.health', 'vault.secrets'] as const);
const createdAt = Date.parse('2026-07-13T10:00:00Z');
const one = (data: string): { versions: { createdAt: number; data: { value: string } }[] } => ({
  versions: [{ createdAt, data: { value: data } }],
});

const standard: LabVaultOptions = {
  mounts: {
    secret: { secrets: { 'agents/openai': one('CANARY-1'), 'agents/deep/er/key': one('CANARY-2'), top: one('CANARY-3') } },
    'team/kv': { secrets: { x: one('CANARY-4') } },
    old: { version: 1, secrets: { 'metadata/top': one('CANARY-5') } },
  },
  policies: {
    metadata: [{ path: 'secret/metadata/*', capabilities: ['read', 'list'] }],
    agents: [{ path: 'secret/metadata/agents/*', capabilities: ['read', 'list'] }],
    single: [{ path: 'secret/metadata/agents/openai', capabilities: ['read'] }],
    'list-only': [{ path: 'secret/metadata/*', capabilities: ['list'] }],
    values: [{ path: 'secret/data/*', capabilities: ['read'] }],
  },
  tokens: {
    root: ['root'],
    'CANARY-metadata': ['metadata'],
    'CANARY-agents': ['agents'],
    'CANARY-single': ['single'],
    'CANARY-list': ['list-only'],
    'CANARY-values': ['values'],
    'CANARY-none': [],
  },
  approles: { 'CANARY-role': { secretId: 'CANARY-secret', policies: ['metadata'] } },
  kubernetesRoles: { agentops: { jwt: 'CANARY-jwt', policies: ['metadata'] } },
};

const lab = async (more: LabVaultOptions = {}): Promise<LabVault> => track(await startVault({ ...standard, ...more }));

function gather(vault: object | undefined, host?: Partial<Host>, ms = 3000): EvidencePromises {
  return gatherVault(configSchema.parse(vault ? { vault } : {}), both, testGatherContext(ms, testHost(host)));
}

const secretsOf = (server: LabVault, secrets: object[], token = 'CANARY-metadata', more: object = {}) =>
  gather({ address: server.url, auth: { method: 'token', token }, secrets, ...more })['vault.secrets'];

test('nothing configured', async () => {
  const evidence = gather(undefined);
  for (const piece of [await evidence['vault.health'], await evidence['vault.secrets']]) {
    expect(piece).toMatchObject({ ok: false, reason: 'not-configured', hint: expect.stringContaining('VAULT_ADDR') });
  }
});

test('VAULT_ADDR alone: health is asked for, secrets are not configured', async () => {
  const server = await lab();
  const evidence = gather(undefined, { env: { VAULT_ADDR: server.url, VAULT_TOKEN: 'CANARY' } });
  expect(await evidence['vault.health']).toMatchObject({ ok: true, data: { status: 200 } });
  expect(await evidence['vault.secrets']).toMatchObject({
    ok: false,
    reason: 'not-configured',
    hint: expect.stringContaining('vault.secrets'),
  });
  // No token is needed for that, so none travels.
  expect(server.requests).toMatchObject([{ path: '/v1/sys/health' }]);
  expect(server.requests[0]?.headers).not.toHaveProperty('x-vault-token');
});

test('a VAULT_ADDR that is no URL', async () => {
  expect(await gather(undefined, { env: { VAULT_ADDR: 'vault:8200' } })['vault.health']).toMatchObject({ ok: false, reason: 'invalid' });
});

describe('health', () => {
  test.each([
    ['active', 200, { initialized: true, sealed: false, standby: false }],
    ['standby', 429, { sealed: false, standby: true }],
    ['dr-secondary', 472, { sealed: false }],
    ['performance-standby', 473, { sealed: false, standby: true }],
    ['standby-without-active', 474, { sealed: false, standby: true }],
    ['uninitialized', 501, { initialized: false, sealed: true }],
    ['sealed', 503, { initialized: true, sealed: true }],
    ['removed', 530, { sealed: true }],
  ] as const)('%s is data, status %i', async (state, status, more) => {
    const server = await lab({ state });
    expect(await gather({ address: server.url })['vault.health']).toMatchObject({
      ok: true,
      source: `vault ${server.url}`,
      data: { address: server.url, status, version: '1.21.0+agentops-lab', enterprise: false, ...more },
    });
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    ['a load balancer’s 503', { status: 503, body: '<html>', headers: { 'content-type': 'text/html' } }, 'server-error'],
    ['a 429 that is not Vault’s', { status: 429, body: '{}', headers: { 'retry-after': '1' } }, 'rate-limited'],
    ['another service', { status: 200, body: '{"status":"ok"}' }, 'invalid'],
    ['a web page', { status: 200, body: '<html>', headers: { 'content-type': 'text/html' } }, 'invalid'],
    ['nothing there', { status: 404, body: '{}' }, 'absent'],
    ['a redirect', { status: 302, headers: { location: 'https://login.example/' } }, 'invalid'],
  ])('%s is not a state of Vault', async (_what, behaviour, reason) => {
    const server: LabHttp = track(await startHttp({ routes: { '*': behaviour } }));
    expect(await gather({ address: server.url })['vault.health']).toMatchObject({ ok: false, reason });
    expect(server.requests).toHaveLength(1);
  });

  test('TLS: with the CA, without, and unverified', async () => {
    const server = await lab({ tls: tlsServer() });
    const health = (tls?: object) => gather({ address: server.url, ...(tls ? { tls } : {}) })['vault.health'];
    expect(await health({ caFile: tlsFile('ca.pem') })).toMatchObject({ ok: true, data: { status: 200 } });
    expect(await health()).toMatchObject({ ok: false, reason: 'unreachable', detail: 'TLS: certificate issuer unknown' });
    expect(await health({ insecureSkipVerify: true })).toMatchObject({ ok: true, data: { unverified: true } });
    expect(await health({ caFile: '/nonexistent.pem' })).toMatchObject({ ok: false, reason: 'invalid' });
  });
});

describe('secrets', () => {
  test('a mount is walked; only metadata is asked for, and no value arrives', async () => {
    const server = await lab();
    const evidence = await secretsOf(server, [{ mount: 'secret' }]);
    expect(evidence).toEqual({
      ok: true,
      source: `vault ${server.url}`,
      data: ['agents/deep/er/key', 'agents/openai', 'top'].map((path) => ({
        mount: 'secret',
        path,
        currentVersion: 1,
        versionCreatedAt: createdAt,
        deleted: false,
        customMetadata: {},
        versions: { 1: createdAt },
      })),
    });
    const paths = server.requests.map(({ method, path }) => `${method} ${path}`).sort();
    expect(paths).toEqual([
      'GET /v1/secret/metadata/agents/deep/er/key',
      'GET /v1/secret/metadata/agents/openai',
      'GET /v1/secret/metadata/top',
      'GET /v1/sys/health',
      'GET /v1/sys/internal/ui/mounts/secret',
      'LIST /v1/secret/metadata/',
      'LIST /v1/secret/metadata/agents/',
      'LIST /v1/secret/metadata/agents/deep/',
      'LIST /v1/secret/metadata/agents/deep/er/',
    ]);
  });

  test('the policy that metadata needs has nothing on data/', async () => {
    const server = await lab();
    expect(await secretsOf(server, [{ mount: 'secret' }], 'CANARY-metadata')).toMatchObject({ ok: true });
    expect(server.requests.filter(({ path }) => path.includes('/data/'))).toEqual([]);
    expect(server.requests.filter(({ status }) => status === 403)).toEqual([]);
  });

  test.each([
    ['a folder', { mount: 'secret', path: 'agents/' }, ['agents/deep/er/key', 'agents/openai']],
    ['a folder without its slash', { mount: 'secret', path: 'agents' }, ['agents/deep/er/key', 'agents/openai']],
    ['a secret', { mount: 'secret', path: 'agents/openai' }, ['agents/openai']],
    ['slashes at the ends of a mount', { mount: '/secret/', path: '/top' }, ['top']],
    ['a mount of two parts', { mount: 'team/kv' }, ['x']],
  ])('%s', async (_what, entry, paths) => {
    const server = await lab();
    const evidence = await secretsOf(server, [entry], 'root');
    expect(evidence).toMatchObject({ ok: true, data: paths.map((path) => ({ path })) });
    expect(evidence).not.toHaveProperty('gaps');
  });

  test('entries that overlap count once', async () => {
    const server = await lab();
    const evidence = await secretsOf(server, [{ mount: 'secret' }, { mount: 'secret', path: 'top' }]);
    expect(evidence?.ok && evidence.data.map(({ path }) => path)).toEqual(['agents/deep/er/key', 'agents/openai', 'top']);
  });

  test('an empty mount is empty, not missing', async () => {
    const server = await lab({ mounts: { secret: {} } });
    expect(await secretsOf(server, [{ mount: 'secret' }])).toEqual({ ok: true, source: `vault ${server.url}`, data: [] });
  });

  test('deleted, destroyed and never written', async () => {
    const server = await lab({
      mounts: {
        secret: {
          secrets: {
            deleted: { versions: [{ createdAt, data: {}, deletedAt: createdAt + 1 }] },
            destroyed: { versions: [{ createdAt, data: {}, destroyed: true }] },
            none: { versions: [], customMetadata: { owner: 'x' } },
          },
        },
      },
    });
    expect(await secretsOf(server, [{ mount: 'secret' }])).toMatchObject({
      ok: true,
      data: [
        { path: 'deleted', deleted: true, versionCreatedAt: createdAt },
        { path: 'destroyed', deleted: true },
        { path: 'none', deleted: true, currentVersion: 0, customMetadata: { owner: 'x' } },
      ],
    });
  });

  test.each([
    ['KV v1: its "metadata" paths are secrets', { mount: 'old' }, 'invalid', 'mount old is KV v1, which keeps no metadata'],
    ['a mount that is not there', { mount: 'nope' }, 'forbidden', /cannot tell whether nope is KV v2/],
    ['a path where the mount should be', { mount: 'secret/agents' }, 'invalid', /secret\/agents is not a mount: the mount is secret/],
    ['a path that is not there', { mount: 'secret', path: 'agents/nothing' }, 'absent', 'secret/agents/nothing is not there'],
    ['a folder that is not there', { mount: 'secret', path: 'nothing/' }, 'absent', /secret\/metadata\/nothing\/: answers 404/],
    ['a path that climbs', { mount: 'secret', path: 'a/../../sys' }, 'invalid', /the path has an empty/],
  ])('%s', async (_what, entry, reason, detail) => {
    const server = await lab();
    const evidence = await secretsOf(server, [entry], 'root');
    expect(evidence).toMatchObject({ ok: false, reason, detail: typeof detail === 'string' ? detail : expect.stringMatching(detail) });
    expect(JSON.stringify(evidence)).not.toContain('CANARY');
  });

  test('on KV v1 nothing below the mount is touched', async () => {
    const server = await lab();
    await secretsOf(server, [{ mount: 'old' }, { mount: 'old', path: 'top' }], 'root');
    expect(server.requests.filter(({ path }) => path.startsWith('/v1/old'))).toEqual([]);
  });

  test('one entry that fails leaves the others', async () => {
    const server = await lab();
    expect(await secretsOf(server, [{ mount: 'old' }, { mount: 'secret', path: 'top' }], 'root')).toMatchObject({
      ok: true,
      data: [{ path: 'top' }],
      gaps: [{ reason: 'invalid', detail: 'mount old is KV v1, which keeps no metadata' }],
    });
  });

  test('more than sixteen folders are walked, eight requests at a time', async () => {
    const secrets = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`f${index}/s`, one('x')]));
    const server = await lab({ mounts: { secret: { secrets } } });
    const evidence = await secretsOf(server, [{ mount: 'secret' }]);
    expect(evidence?.ok && evidence.data).toHaveLength(60);
  });
});

describe('what is not allowed', () => {
  test.each([
    ['CANARY-agents', { mount: 'secret' }, 'needs "list" on secret/metadata/', /path "secret\/metadata\/\*"/],
    [
      'CANARY-single',
      { mount: 'secret', path: 'agents/' },
      'needs "list" on secret/metadata/agents/',
      /path "secret\/metadata\/agents\/\*"/,
    ],
    [
      'CANARY-values',
      { mount: 'secret', path: 'agents/openai' },
      'needs "list" on secret/metadata/agents/openai/',
      /capabilities = \["read", "list"\]/,
    ],
  ])('%s %o', async (token, entry, detail, hint) => {
    const server = await lab();
    expect(await secretsOf(server, [entry], token)).toMatchObject({
      ok: false,
      reason: 'forbidden',
      detail,
      hint: expect.stringMatching(hint),
    });
  });

  test('a policy for one secret is enough for that secret', async () => {
    const server = await lab();
    const evidence = await secretsOf(server, [{ mount: 'secret', path: 'agents/openai' }], 'CANARY-single');
    expect(evidence).toMatchObject({ ok: true, data: [{ path: 'agents/openai' }] });
    expect(evidence).not.toHaveProperty('gaps');
  });

  test('names without metadata: each secret is a gap', async () => {
    const server = await lab();
    expect(await secretsOf(server, [{ mount: 'secret' }, { mount: 'secret', path: 'nothing' }], 'CANARY-list')).toMatchObject({
      ok: false,
      reason: 'forbidden',
      detail: expect.stringMatching(/^needs "read" on secret\/metadata\/\S+ \(and 3 more\)$/),
    });
  });

  test('hundreds of gaps are counted, not listed', async () => {
    const secrets = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`s${index}`, one('x')]));
    const server = await lab({
      mounts: { secret: { secrets: { ...secrets, 'agents/openai': one('x') } } },
      policies: {
        p: [
          { path: 'secret/metadata/', capabilities: ['list'] },
          { path: 'secret/metadata/agents/*', capabilities: ['read', 'list'] },
        ],
      },
      tokens: { p: ['p'] },
    });
    const evidence = await secretsOf(server, [{ mount: 'secret' }], 'p');
    expect(evidence).toMatchObject({ ok: true, data: [{ path: 'agents/openai' }] });
    expect(evidence?.ok && evidence.gaps).toHaveLength(21);
    expect(evidence?.ok && evidence.gaps?.at(-1)).toMatchObject({ reason: 'forbidden', detail: '80 more paths could not be read' });
  });

  test('a token that is not valid is unauthorized, not forbidden', async () => {
    const server = await lab();
    expect(await secretsOf(server, [{ mount: 'secret' }], 'CANARY-wrong')).toMatchObject({
      ok: false,
      reason: 'unauthorized',
      detail: 'answers 403: the token is missing, invalid or expired',
    });
  });
});

describe('login', () => {
  const secrets = [{ mount: 'secret', path: 'top' }];

  test.each([
    ['VAULT_TOKEN', { env: { VAULT_TOKEN: 'CANARY-metadata' } }],
    ['the setting before VAULT_TOKEN', { env: { VAULT_TOKEN: 'CANARY-wrong' } }],
  ])('%s', async (what, host) => {
    const server = await lab();
    const auth = what === 'VAULT_TOKEN' ? { method: 'token' } : { method: 'token', token: 'CANARY-metadata' };
    expect(await gather({ address: server.url, auth, secrets }, host)['vault.secrets']).toMatchObject({ ok: true });
  });

  test('~/.vault-token, and no token at all', async () => {
    const server = await lab();
    const home = await mkdtemp(join(tmpdir(), 'agentops-vault-'));
    open.push({ close: () => rm(home, { recursive: true }) });
    const evidence = () => gather({ address: server.url, secrets }, { home })['vault.secrets'];
    expect(await evidence()).toMatchObject({ ok: false, reason: 'unauthorized', detail: expect.stringContaining('no token') });
    expect(server.requests.filter(({ path }) => path !== '/v1/sys/health')).toEqual([]);
    await writeFile(join(home, '.vault-token'), 'CANARY-metadata\n');
    expect(await evidence()).toMatchObject({ ok: true, data: [{ path: 'top' }] });
  });

  test('AppRole: the token is revoked afterwards', async () => {
    const server = await lab();
    const before = server.tokens();
    const auth = { method: 'approle', roleId: 'CANARY-role', secretId: 'CANARY-secret' };
    const evidence = await gather({ address: server.url, auth, secrets })['vault.secrets'];
    expect(evidence).toMatchObject({ ok: true, data: [{ path: 'top' }] });
    expect(server.tokens()).toEqual(before);
    expect(server.requests.at(-1)).toMatchObject({ method: 'POST', path: '/v1/auth/token/revoke-self', status: 204 });
  });

  test('Kubernetes: role and service account token', async () => {
    const server = await lab();
    const folder = await mkdtemp(join(tmpdir(), 'agentops-vault-'));
    open.push({ close: () => rm(folder, { recursive: true }) });
    const jwtFile = join(folder, 'token');
    await writeFile(jwtFile, 'CANARY-jwt');
    const auth = (role: string, file = jwtFile): object => ({ method: 'kubernetes', role, jwtFile: file });
    const evidence = (settings: object) => gather({ address: server.url, auth: settings, secrets })['vault.secrets'];
    expect(await evidence(auth('agentops'))).toMatchObject({ ok: true, data: [{ path: 'top' }] });
    expect(await evidence(auth('nobody'))).toMatchObject({ ok: false, reason: 'unauthorized', detail: 'login at auth/kubernetes refused' });
    expect(await evidence(auth('agentops', '/nonexistent'))).toMatchObject({
      ok: false,
      reason: 'unauthorized',
      detail: 'the service account token /nonexistent cannot be read',
    });
  });

  test('refused: nothing that was sent is repeated', async () => {
    const server = await lab();
    const evidence = await gather({ address: server.url, auth: { method: 'approle', roleId: 'CANARY-a', secretId: 'CANARY-b' }, secrets })[
      'vault.secrets'
    ];
    expect(evidence).toMatchObject({ ok: false, reason: 'unauthorized', detail: 'login at auth/approle refused' });
    expect(JSON.stringify(evidence)).not.toContain('CANARY');
  });

  test('an auth mount that is not there', async () => {
    const server = await lab();
    const auth = { method: 'approle', mount: 'other', roleId: 'a', secretId: 'b' };
    expect(await gather({ address: server.url, auth, secrets })['vault.secrets']).toMatchObject({ ok: false, reason: 'absent' });
  });
});

describe('namespaces', () => {
  const secrets = [{ mount: 'secret', path: 'top' }];

  test('community Vault ignores them: refused before any secret is looked at', async () => {
    const server = await lab();
    expect(await secretsOf(server, secrets, 'root', { namespace: 'team' })).toMatchObject({
      ok: false,
      reason: 'invalid',
      detail: expect.stringContaining('this Vault has no namespaces'),
    });
    expect(server.requests.filter(({ headers }) => headers['x-vault-token'] !== undefined)).toEqual([]);
  });

  test.each([
    ['Enterprise says so', { enterprise: true }],
    ['OpenBao refuses one that cannot exist', { namespaces: ['team'] }],
  ])('%s', async (_what, options) => {
    const server = await lab(options);
    expect(await secretsOf(server, secrets, 'root', { namespace: 'team' })).toMatchObject({ ok: true, data: [{ path: 'top' }] });
    const below = server.requests.filter(({ path }) => path.startsWith('/v1/secret/'));
    expect(below.map(({ headers }) => headers['x-vault-namespace'])).toEqual(['team', 'team']);
    expect(server.requests[0]?.headers).not.toHaveProperty('x-vault-namespace');
  });

  test('one that does not exist', async () => {
    const server = await lab({ namespaces: ['team'] });
    expect(await secretsOf(server, secrets, 'root', { namespace: 'nobody' })).toMatchObject({
      ok: false,
      reason: 'absent',
      detail: 'answers 404: the namespace does not exist',
    });
  });

  test('without health nothing is assumed', async () => {
    const server = track(await startHttp({ routes: { '*': { status: 500 } } }));
    const settings = { address: server.url, namespace: 'team', auth: { method: 'token', token: 'x' }, secrets };
    expect(await gather(settings)['vault.secrets']).toMatchObject({ ok: false, reason: 'server-error' });
    expect(server.requests).toHaveLength(1);
  });
});

describe('standby, seal, quota', () => {
  const secrets = [{ mount: 'secret', path: 'top' }];

  test('a redirect to another host is not followed: the token stays', async () => {
    const active = await lab();
    const server = await lab({ state: 'standby', redirectTo: active.url });
    expect(await secretsOf(server, secrets)).toMatchObject({
      ok: false,
      reason: 'invalid',
      detail: `a standby that redirects to ${active.url}: configure that address`,
    });
    expect(active.requests).toEqual([]);
  });

  test('on the same host it is followed once', async () => {
    const server: LabHttp = track(
      await startHttp({
        routes: {
          '/v1/sys/internal/ui/mounts/secret': { status: 307, headers: { location: '/moved' } },
          '/moved': { body: '{"data":{"type":"kv","path":"secret/","options":{"version":"1"}}}' },
        },
      }),
    );
    const settings = { address: server.url, auth: { method: 'token', token: 'x' }, secrets };
    expect(await gather(settings)['vault.secrets']).toMatchObject({ reason: 'invalid', detail: expect.stringContaining('KV v1') });
  });

  test.each([
    ['sealed', 'answers 503: Vault is sealed'],
    ['standby-without-active', 'answers 503: no active Vault instance'],
  ] as const)('%s', async (state, detail) => {
    const server = await lab({ state });
    expect(await secretsOf(server, secrets)).toMatchObject({ ok: false, reason: 'server-error', detail });
  });

  test('a quota without Retry-After', async () => {
    const server = await lab();
    server.setQuota({ path: 'secret/' });
    expect(await secretsOf(server, secrets)).toMatchObject({
      ok: false,
      reason: 'rate-limited',
      detail: expect.stringContaining('rate limit quota exceeded'),
    });
  });
});

describe('faults', () => {
  test.each<[Fault, string]>([
    ['refused', 'unreachable'],
    ['black-hole', 'timeout'],
    ['dns', 'unreachable'],
    ['tls', 'unreachable'],
    ['401', 'unauthorized'],
    ['403', 'forbidden'],
    ['429', 'rate-limited'],
    ['500', 'server-error'],
    ['truncated', 'invalid'],
    ['wrong-type', 'invalid'],
    ['slow-drip', 'timeout'],
  ])('%s', async (fault, reason) => {
    const server = track(await startFault(fault));
    const settings = { address: server.url, auth: { method: 'token', token: 'CANARY' }, secrets: [{ mount: 'secret' }] };
    const evidence = gather(settings, {}, 400);
    for (const piece of [await evidence['vault.health'], await evidence['vault.secrets']]) {
      expect(piece).toMatchObject({ ok: false, reason });
      expect(JSON.stringify(piece)).not.toContain('CANARY');
    }
  });
});
