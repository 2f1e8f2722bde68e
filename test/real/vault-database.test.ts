import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { exchange } from '../contract/http.ts';
import { describeVaultDatabaseContract } from '../contract/vault-database.ts';
import { describeReal } from './support.ts';

describeReal(['vault', 'postgres'], 'Vault’s database engine with PostgreSQL', ({ vault, postgres }) => {
  const suffix = randomBytes(4).toString('hex');
  const mount = `database-${suffix}`;
  const root = { user: `vault_root_${suffix}`, password: 'CANARY-engine-root-password' };
  const accounts = [`app_a_${suffix}`, `app_b_${suffix}`] as const;
  let limitedToken = '';

  const sql = async (text: string): Promise<void> => {
    const client = new pg.Client({ connectionString: postgres.url });
    await client.connect();
    try {
      await client.query(text);
    } finally {
      await client.end();
    }
  };
  const call = async (method: string, path: string, body?: object): Promise<unknown> => {
    const answer = await exchange(`${vault.url}/v1/${path}`, {
      method,
      headers: { 'x-vault-token': vault.rootToken },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (answer.status > 299) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.text === '' ? undefined : answer.json();
  };

  beforeAll(async () => {
    await sql(`CREATE ROLE ${root.user} LOGIN SUPERUSER PASSWORD '${root.password}'`);
    for (const account of accounts) await sql(`CREATE ROLE ${account} LOGIN PASSWORD 'CANARY-before'`);
    await call('POST', `sys/mounts/${mount}`, { type: 'database' });
    const policy = `path "${mount}/rotate-role/app-a" { capabilities = ["update"] }\npath "${mount}/static-creds/app-a" { capabilities = ["read"] }`;
    await call('PUT', `sys/policies/acl/${mount}`, { policy });
    const created = (await call('POST', 'auth/token/create', { policies: [mount], ttl: '1h' })) as { auth: { client_token: string } };
    limitedToken = created.auth.client_token;
  });
  afterAll(async () => {
    await call('DELETE', `sys/mounts/${mount}`);
    await call('DELETE', `sys/policies/acl/${mount}`);
    for (const name of [...accounts, root.user]) await sql(`DROP ROLE IF EXISTS ${name}`);
  });

  describeVaultDatabaseContract(() => ({
    url: vault.url,
    rootToken: vault.rootToken,
    limitedToken,
    mount,
    connectionUrl: `postgresql://{{username}}:{{password}}@${postgres.host}:${postgres.port}/postgres?sslmode=disable`,
    root,
    accounts,
    login: async (user, password) => {
      const client = new pg.Client({ host: postgres.host, port: postgres.port, database: 'postgres', user, password });
      try {
        await client.connect();
        return true;
      } catch (error) {
        // 28P01: invalid_password.
        if (error instanceof Error && 'code' in error && error.code === '28P01') return false;
        throw error;
      } finally {
        await client.end().catch(() => undefined);
      }
    },
    setPassword: (user, password) => sql(`ALTER ROLE ${user} PASSWORD '${password}'`),
  }));
});
