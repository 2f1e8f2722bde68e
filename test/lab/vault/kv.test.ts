import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LabVault, startVault } from '../../../packages/lab/src/vault/server.ts';
import { exchange } from '../../contract/http.ts';
import { describeVaultKvContract } from '../../contract/vault-kv.ts';

let server: LabVault;
beforeAll(async () => {
  server = await startVault({
    mounts: { secret: {}, old: { version: 1 }, fresh: { upgrading: 1 }, strict: { casRequired: true, maxVersions: 3 } },
  });
});
afterAll(() => server.close());

const call = (method: string, path: string, body?: object) =>
  exchange(`${server.url}/v1/${path}`, {
    method,
    headers: { 'x-vault-token': 'root' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });

describe('KV v2 of the lab', () => {
  describeVaultKvContract(() => ({ url: server.url, rootToken: 'root' }));
});

test('every answer says that it is a lab', async () => {
  for (const path of ['sys/health', 'secret/metadata/nothing']) {
    expect((await call('GET', path)).headers['x-agentops-lab']).toBe('true');
  }
  expect((await call('LIST', 'secret/metadata/')).headers['x-agentops-lab']).toBe('true');
});

test('just after mounting it upgrades itself', async () => {
  const first = await call('GET', 'fresh/config');
  expect([first.status, first.text]).toEqual([400, expect.stringContaining('Upgrading from non-versioned to versioned data.')]);
  expect((await call('GET', 'fresh/config')).status).toBe(200);
});

test('on KV v1 cas checks nothing, and the options are stored as the secret', async () => {
  const body = { data: { value: 'x' }, options: { cas: 7 } };
  expect((await call('POST', 'old/data/a', body)).status).toBe(204);
  expect((await call('GET', 'old/data/a')).json()).toMatchObject({ data: body });
});

test('limits of the mount', async () => {
  expect((await call('POST', 'strict/data/a', { data: {} })).json()).toEqual({
    errors: ['check-and-set parameter required for this call'],
  });
  for (let cas = 0; cas < 5; cas++) await call('POST', 'strict/data/a', { data: { cas }, options: { cas } });
  expect((await call('GET', 'strict/metadata/a')).json()).toMatchObject({ data: { current_version: 5, oldest_version: 3 } });
  expect((await call('GET', 'strict/config')).json()).toMatchObject({
    data: { cas_required: true, max_versions: 3, delete_version_after: '0s' },
  });
});

test('a client that speaks no HTTP is refused', async () => {
  await expect(exchange(`${server.url}/v1/sys/health`, { method: 'NONSENSE' })).resolves.toMatchObject({ status: 400 });
});
