import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LabVault, startVault } from '../../../packages/lab/src/vault/server.ts';
import { exchange } from '../../contract/http.ts';
import { describeVaultDatabaseContract } from '../../contract/vault-database.ts';

const root = { user: 'vault_root', password: 'CANARY-lab-root-password' };

describe('the database engine of the lab’s Vault', () => {
  let server: LabVault;
  beforeAll(async () => {
    server = await startVault({
      databases: { 'lab-db': { [root.user]: root.password, app_a: 'CANARY-a', app_b: 'CANARY-b' } },
      databaseMounts: { 'team/database': {} },
      policies: {
        limited: [
          { path: 'team/database/rotate-role/app-a', capabilities: ['update'] },
          { path: 'team/database/static-creds/app-a', capabilities: ['read'] },
        ],
      },
      tokens: { 'CANARY-root-token': ['root'], 'CANARY-limited-token': ['limited'] },
    });
  });
  afterAll(() => server.close());
  describeVaultDatabaseContract(() => ({
    url: server.url,
    rootToken: 'CANARY-root-token',
    limitedToken: 'CANARY-limited-token',
    mount: 'team/database',
    connectionUrl: 'postgresql://{{username}}:{{password}}@lab-db:5432/postgres',
    root,
    accounts: ['app_a', 'app_b'],
    login: async (user, password) => server.databases.get('lab-db')?.accepts(user, password) ?? false,
    setPassword: async (user, password) => server.databases.get('lab-db')?.setPassword(user, password),
  }));
});

test('a database and its roles stand ready as options describe them', async () => {
  let now = Date.parse('2026-11-21T13:00:00Z');
  const server = await startVault({
    now: () => now,
    databases: { db: { admin: 'CANARY-1', app: 'CANARY-2' } },
    databaseMounts: {
      database: {
        connections: { main: { database: 'db', username: 'admin', password: 'CANARY-1' } },
        staticRoles: { app: { connection: 'main', username: 'app', periodSeconds: 3600 } },
      },
    },
  });
  const read = async (): Promise<{ password: string; ttl: number }> => {
    const answer = await exchange(`${server.url}/v1/database/static-creds/app`, { headers: { 'x-vault-token': 'root' } });
    return (answer.json() as { data: { password: string; ttl: number } }).data;
  };
  const database = server.databases.get('db');
  const first = await read();
  expect([first.ttl, database?.accepts('app', first.password), database?.accepts('app', 'CANARY-2')]).toEqual([3600, true, false]);
  now += 3_599_000;
  expect(await read()).toEqual({ ...first, ttl: 1 });
  // Vault rotates by itself what is due.
  now += 1000;
  const second = await read();
  expect([second.ttl, database?.accepts('app', second.password), database?.accepts('app', first.password)]).toEqual([3600, true, false]);
  database?.setDown(true);
  expect(database?.accepts('app', second.password)).toBe(false);
  const refused = await exchange(`${server.url}/v1/database/rotate-role/app`, { method: 'POST', headers: { 'x-vault-token': 'root' } });
  expect(refused.status).toBe(500);
  expect(refused.text).toContain('retries will continue in the background');
  await server.close();
});
