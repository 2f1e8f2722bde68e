import { afterEach, describe, expect, test } from 'vitest';
import { parseConfig } from '../../../packages/core/src/config/load.ts';
import { gatherVault } from '../../../packages/core/src/evidence/vault/source.ts';
import type { Evidence } from '../../../packages/core/src/model/evidence.ts';
import type { EvidencePromises } from '../../../packages/core/src/model/evidence-map.ts';
import type { RotationJournal } from '../../../packages/core/src/model/rotation.ts';
import type { VaultRotations } from '../../../packages/core/src/model/servers.ts';
import type { LabVaultOptions } from '../../../packages/lab/src/vault/options.ts';
import { type LabVault, startVault } from '../../../packages/lab/src/vault/server.ts';
import { journal } from '../../checks/secret-age/builders.ts';
import { testGatherContext, testHost, testNow } from '../../support/host.ts';

const open: LabVault[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

const createdAt = Date.parse('2026-07-13T10:00:00Z');
const value = (text: string) => ({ versions: [{ createdAt, data: { value: text } }] });
const document = (data: object) => ({ versions: [{ createdAt, data: { ...data } }] });
const run = (secret: string, id: string, state: RotationJournal['state'] = 'DONE') =>
  [`agentops/rotations/${secret}/${id}`, document(journal(state, 60, { id: `${secret}/${id}`, secret }))] as const;
const lockedBy = (holder: string | null) =>
  document({ holder, claim: 'c', epoch: 3, since: '2026-11-21T13:00:00.000Z', expiresAt: '2026-11-21T13:08:00.000Z' });

const secrets = {
  'agents/openai': value('CANARY-openai'),
  'agents/anthropic': value('CANARY-anthropic'),
  'agents/deep/key': value('CANARY-deep'),
  'platform/redis': value('CANARY-redis'),
  'agentops/own-secret': value('CANARY-own'),
  'agentops/fingerprint-key': value('CANARY-hmac'),
  'agentops/pending/openai/20261121t130000z-0001': value('CANARY-pending'),
  'agentops/audit/openai/00000001': document({ seq: 1 }),
  'agentops/locks/openai': lockedBy('ci/7'),
  'agentops/locks/team-a': lockedBy(null),
  ...Object.fromEntries([
    run('openai', '20261101t000000z-0001'),
    run('openai', '20261110t000000z-0001', 'ROLLED_BACK'),
    run('openai', '20261115t000000z-0001'),
    run('openai', '20261121t130000z-0001', 'SYNCED'),
    run('team-a', '20261121t130000z-0001'),
    run('somebody-elses', '20261121t130000z-0001', 'NEEDS_OPERATOR'),
  ]),
};

async function lab(more: LabVaultOptions = {}): Promise<LabVault> {
  const server = await startVault({
    mounts: { kv: { secrets }, old: { version: 1 } },
    policies: {
      diagnose: [
        { path: 'kv/metadata/*', capabilities: ['read', 'list'] },
        { path: 'kv/data/agentops/rotations/*', capabilities: ['read'] },
        { path: 'kv/data/agentops/locks/*', capabilities: ['read'] },
      ],
      'no-locks': [
        { path: 'kv/metadata/*', capabilities: ['read', 'list'] },
        { path: 'kv/data/agentops/rotations/*', capabilities: ['read'] },
      ],
      metadata: [{ path: 'kv/metadata/*', capabilities: ['read', 'list'] }],
      elsewhere: [{ path: 'kv/metadata/agents/*', capabilities: ['read', 'list'] }],
    },
    tokens: {
      'CANARY-diagnose': ['diagnose'],
      'CANARY-locks': ['no-locks'],
      'CANARY-metadata': ['metadata'],
      'CANARY-elsewhere': ['elsewhere'],
    },
    approles: { 'CANARY-role': { secretId: 'CANARY-secret', policies: ['diagnose'] } },
    ...more,
  });
  open.push(server);
  return server;
}

const wanted = new Set(['vault.secrets', 'vault.rotations'] as const);

function gather(server: LabVault, yaml: string, token = 'CANARY-diagnose', auth = `{ method: token, token: ${token} }`): EvidencePromises {
  const text = `vault: { address: "${server.url}", auth: ${auth} }\n${yaml}`;
  const config = parseConfig(text, 'agentops.yaml', '/nonexistent/agentops.yaml', { env: {}, home: '/nonexistent' });
  return gatherVault(config, wanted, testGatherContext(3000, testHost()));
}

const entry = (name: string, path: string, more = 'issuer: { type: random }') =>
  `  - { name: ${name}, vault: { mount: kv, path: "${path}" }, ${more} }\n`;
const openai = `secrets:\n${entry('openai', 'agents/openai')}`;

async function rotationsOf(server: LabVault, yaml: string, token?: string): Promise<Evidence<VaultRotations>> {
  return (await gather(server, yaml, token)['vault.rotations']) as Evidence<VaultRotations>;
}

/** `openai: SYNCED DONE, held by ci/7` */
function shown(evidence: Evidence<VaultRotations>): string[] {
  if (!evidence.ok) return [`${evidence.reason}: ${evidence.detail}`];
  const gaps = (evidence.gaps ?? []).map(({ reason, detail }) => `${reason}: ${detail}`);
  const secretsSeen = evidence.data.secrets.map(({ secret, journals, lock, root }) => {
    const held = lock === undefined ? 'lock not seen' : lock === null ? 'free' : `held by ${lock.holder}`;
    return `${secret}: ${journals.map(({ state }) => state).join(' ')}, ${held}${root ? `, root ${root.maxAge}` : ''}`;
  });
  return [...secretsSeen, ...gaps];
}

describe('rotations', () => {
  test('the newest journals of what is configured, and the lock; no value is asked for', async () => {
    const server = await lab();
    const evidence = gather(server, openai);
    expect(shown((await evidence['vault.rotations']) as Evidence<VaultRotations>)).toEqual([
      'openai: SYNCED DONE ROLLED_BACK, held by ci/7',
    ]);
    expect(await evidence['vault.rotations']).toMatchObject({
      data: { lockFor: 60_000, timeout: 3_600_000, secrets: [{ lock: { since: testNow - 451_000, expiresAt: testNow + 29_000 } }] },
    });
    const data = server.requests.map(({ path }) => path).filter((path) => path.includes('/data/'));
    expect(data).toEqual([
      '/v1/kv/data/agentops/rotations/openai/20261121t130000z-0001',
      '/v1/kv/data/agentops/rotations/openai/20261115t000000z-0001',
      '/v1/kv/data/agentops/rotations/openai/20261110t000000z-0001',
      '/v1/kv/data/agentops/locks/openai',
    ]);
    expect(JSON.stringify(await Promise.all(Object.values(evidence)))).not.toContain('CANARY');
  });

  test('a pattern covers the names that begin with its own; a secret never rotated is there with none', async () => {
    const yaml = `secrets:\n${entry('team', 'agents/*')}${entry('other', 'platform/redis')}`;
    expect(shown(await rotationsOf(await lab(), yaml))).toEqual(['other: , free', 'team-a: DONE, free']);
  });

  test('a root password: rotation.mount says where', async () => {
    const root = '  - { name: pg, maxAge: 10s, issuer: { type: vault-database-root, connection: main } }\n';
    expect(shown(await rotationsOf(await lab(), `rotation: { mount: kv }\nsecrets:\n${root}`))).toEqual(['pg: , free, root 10000']);
    expect(shown(await rotationsOf(await lab(), `secrets:\n${root}`))).toEqual([
      'invalid: nothing says where the rotations of pg are recorded',
    ]);
    expect(shown(await rotationsOf(await lab(), `${openai}${root}`))).toEqual([
      'openai: SYNCED DONE ROLLED_BACK, held by ci/7',
      'invalid: nothing says where the rotations of pg are recorded',
    ]);
  });

  test('another folder', async () => {
    const server = await lab({
      mounts: { kv: { secrets: { 'a/b/rotations/openai/r1': document(journal('DONE', 1, { id: 'openai/r1', secret: 'openai' })) } } },
      tokens: { t: ['root'] },
    });
    expect(shown(await rotationsOf(server, `rotation: { folder: a/b }\n${openai}`, 't'))).toEqual(['openai: DONE, free']);
  });

  test('with a Lease the lock is not looked for', async () => {
    const server = await lab();
    const yaml = `rotation: { lock: { type: lease, namespace: agents } }\n${openai}`;
    expect(shown(await rotationsOf(server, yaml))).toEqual(['openai: SYNCED DONE ROLLED_BACK, lock not seen']);
    expect(server.requests.some(({ path }) => path.includes('/locks/'))).toBe(false);
  });

  test('nothing is rotated: not configured, and nothing is asked', async () => {
    const server = await lab();
    expect(await rotationsOf(server, `secrets:\n${entry('openai', 'agents/openai', 'maxAge: 30d')}`)).toMatchObject({
      ok: false,
      reason: 'not-configured',
      source: 'rotations',
      detail: 'no secrets to rotate',
    });
    expect(server.requests.some(({ path }) => path.includes('agentops'))).toBe(false);
  });

  test('secrets are configured, but no Vault: not seen, rather than not asked for', async () => {
    const config = parseConfig(openai, 'agentops.yaml', '/nonexistent/agentops.yaml', { env: {}, home: '/nonexistent' });
    const evidence = gatherVault(config, wanted, testGatherContext());
    for (const piece of await Promise.all([evidence['vault.secrets'], evidence['vault.rotations']])) {
      expect(piece).toMatchObject({ ok: false, reason: 'invalid', detail: 'secrets are configured, but no Vault' });
    }
  });

  test('one login, and its token is given back', async () => {
    const server = await lab();
    const evidence = gather(server, openai, '', '{ method: approle, roleId: CANARY-role, secretId: CANARY-secret }');
    expect(shown((await evidence['vault.rotations']) as Evidence<VaultRotations>)).toHaveLength(1);
    await evidence['vault.secrets'];
    const logins = server.requests.map(({ path }) => path).filter((path) => path.includes('/auth/'));
    expect(logins).toEqual(['/v1/auth/approle/login', '/v1/auth/token/revoke-self']);
  });
});

describe('what is not allowed or not right is not seen', () => {
  test('journals that may not be read: the policy that is missing', async () => {
    const evidence = await rotationsOf(await lab(), openai, 'CANARY-metadata');
    expect(evidence).toMatchObject({
      ok: false,
      reason: 'forbidden',
      detail: 'needs "read" on kv/data/agentops/rotations/openai/20261121t130000z-0001',
      hint: 'policy: path "kv/metadata/agentops/*" { capabilities = ["list"] } path "kv/data/agentops/rotations/*" { capabilities = ["read"] } path "kv/data/agentops/locks/*" { capabilities = ["read"] }',
    });
  });

  test('the list of journals', async () => {
    expect(shown(await rotationsOf(await lab(), openai, 'CANARY-elsewhere'))).toEqual([
      'forbidden: needs "list" on kv/metadata/agentops/rotations',
    ]);
  });

  test('the lock alone: the rest is seen', async () => {
    expect(shown(await rotationsOf(await lab(), openai, 'CANARY-locks'))).toEqual(['openai: SYNCED DONE ROLLED_BACK, lock not seen']);
  });

  test.each([
    ['no journal', { hello: 'CANARY-content' }],
    ['a journal of another secret', journal('DONE', 1, { id: 'other/20261121t140000z-0001', secret: 'other' })],
    ['a journal of a newer version', { ...journal('DONE', 1, { id: 'openai/20261121t140000z-0001', secret: 'openai' }), format: 2 }],
  ])('%s as the newest: how it stands is unknown, and the content is not shown', async (_name, content) => {
    const server = await lab({
      mounts: { kv: { secrets: { ...secrets, 'agentops/rotations/openai/20261121t140000z-0001': document(content) } } },
    });
    const evidence = await rotationsOf(server, openai);
    expect(shown(evidence)).toEqual([
      'invalid: kv/agentops/rotations/openai/20261121t140000z-0001 is no journal of a rotation that this version of agentops knows',
    ]);
    expect(JSON.stringify(evidence)).not.toContain('CANARY');
  });

  test('a journal that was deleted', async () => {
    const gone = { versions: [{ createdAt, data: { a: 1 }, deletedAt: createdAt }] };
    const server = await lab({ mounts: { kv: { secrets: { 'agentops/rotations/openai/r9': gone } } } });
    expect(shown(await rotationsOf(server, openai))).toEqual(['absent: kv/agentops/rotations/openai/r9: answers 404: not there']);
  });

  test('a mount that is not KV v2', async () => {
    expect(shown(await rotationsOf(await lab(), `rotation: { mount: old }\n${openai}`))[0]).toMatch(/^(invalid|forbidden): /);
  });

  test('a variable that is not set here', async () => {
    const yaml = `secrets:\n${entry('openai', 'agents/openai')}  - { name: b, vault: { mount: kv, path: "\${env:X}/b" }, issuer: { type: random } }\n`;
    const evidence = gather(await lab(), yaml);
    expect(shown((await evidence['vault.rotations']) as Evidence<VaultRotations>)).toEqual([
      'openai: SYNCED DONE ROLLED_BACK, held by ci/7',
      'invalid: agentops.yaml:4:42: environment variable X is not set',
    ]);
    expect(await evidence['vault.secrets']).toMatchObject({
      ok: true,
      data: [{ path: 'agents/openai' }],
      gaps: [{ reason: 'invalid', detail: 'agentops.yaml:4:42: environment variable X is not set' }],
    });
  });

  test('an admin key that is not set here changes nothing', async () => {
    const yaml = `secrets:\n${entry('openai', 'agents/openai', 'issuer: { type: openai, project: p, adminKey: "${env:X}" }')}`;
    expect(shown(await rotationsOf(await lab(), yaml))).toEqual(['openai: SYNCED DONE ROLLED_BACK, held by ci/7']);
  });
});

describe('ages of configured secrets', () => {
  const seen = async (server: LabVault, yaml: string, token?: string): Promise<string[]> => {
    const evidence = await gather(server, yaml, token)['vault.secrets'];
    if (!evidence?.ok) return [`${evidence?.reason}: ${evidence?.detail}`];
    const names = evidence.data.map(
      ({ path, currentVersion, watched = [] }) =>
        `${path} v${currentVersion}${watched.map(({ name, maxAge, rotates }) => ` ${name}/${maxAge / 86_400_000}${rotates ? '' : '/watched'}`).join('')}`,
    );
    return [...names, ...(evidence.gaps ?? []).map(({ reason, detail }) => `${reason}: ${detail}`)];
  };

  test('an entry is read by itself, not with the folder of that name', async () => {
    const server = await lab();
    expect(await seen(server, `secrets:\n${entry('openai', 'agents/openai', 'maxAge: 30d')}`)).toEqual([
      'agents/openai v1 openai/30/watched',
    ]);
    expect(server.requests.filter(({ path }) => path.includes('/kv/metadata')).map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /v1/kv/metadata/agents/openai',
    ]);
  });

  test('a pattern covers the secrets of its folder, not what is below', async () => {
    expect(await seen(await lab(), `secrets:\n${entry('team', 'agents/*', 'maxAge: 30d')}`)).toEqual([
      'agents/anthropic v1 team-anthropic/30/watched',
      'agents/openai v1 team-openai/30/watched',
    ]);
  });

  test('one that is not there is told, not passed over', async () => {
    expect(await seen(await lab(), `secrets:\n${entry('nope', 'agents/nope', 'maxAge: 30d')}`)).toEqual(['agents/nope v0 nope/30/watched']);
  });

  test('one that may not be seen', async () => {
    expect(await seen(await lab(), `secrets:\n${entry('redis', 'platform/redis')}`, 'CANARY-elsewhere')).toEqual([
      'forbidden: needs "read" on kv/metadata/platform/redis',
    ]);
  });

  test('beside vault.secrets, each secret once; what rotations keep is no secret, their neighbours are', async () => {
    const server = await lab();
    const text = `vault: { address: "${server.url}", auth: { method: token, token: CANARY-diagnose }, secrets: [{ mount: kv/ }] }\nsecrets:\n${entry('openai', 'agents/openai', 'maxAge: 30d')}${entry('team', 'agents/*', 'maxAge: 60d')}`;
    const config = parseConfig(text, 'agentops.yaml', '/nonexistent/agentops.yaml', { env: {}, home: '/nonexistent' });
    const evidence = await gatherVault(config, wanted, testGatherContext())['vault.secrets'];
    expect(evidence?.ok && evidence.data.map(({ path, watched }) => [path, ...(watched ?? []).map(({ name }) => name)].join(' '))).toEqual([
      'agentops/own-secret',
      'agents/anthropic team-anthropic',
      'agents/deep/key',
      'agents/openai openai team-openai',
      'platform/redis',
    ]);
  });
});
