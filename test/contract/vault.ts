import { describe, expect, it } from 'vitest';
import { configSchema } from '../../packages/core/src/config/schema.ts';
import { gatherVault } from '../../packages/core/src/evidence/vault/source.ts';
import type { Evidence } from '../../packages/core/src/model/evidence.ts';
import type { VaultHealth, VaultSecret } from '../../packages/core/src/model/servers.ts';
import { type VaultServer, vaultCanary } from '../../scripts/servers/vault.ts';
import { testGatherContext, testHost } from '../support/host.ts';
import { exchange, type HttpAnswer } from './http.ts';

/** A Vault that holds the data of scripts/servers/vault.ts: KV v2 at `secret/`, its policies, its AppRole. */
export type VaultTarget = VaultServer;

/** What agentops relies on in Vault's HTTP API, and the evidence made of it. */
export function describeVaultContract(getTarget: () => VaultTarget): void {
  const call = (method: string, path: string, token?: string, body?: object): Promise<HttpAnswer> =>
    exchange(`${getTarget().url}/v1/${path}`, {
      method,
      headers: token === undefined ? {} : { 'x-vault-token': token },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  it('answers sys/health without a token', async () => {
    const answer = await call('GET', 'sys/health');
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({ initialized: true, sealed: false, standby: false, version: expect.stringMatching(/^\d+\.\d+/) });
  });

  it('lists a folder, sub-folders with a slash', async () => {
    const { readerToken } = getTarget();
    expect((await call('LIST', 'secret/metadata/agents', readerToken)).json()).toMatchObject({
      data: { keys: ['anthropic', 'nested/', 'openai'] },
    });
  });

  it('tells a secret’s versions and custom metadata, and no value', async () => {
    const answer = await call('GET', 'secret/metadata/agents/openai', getTarget().readerToken);
    expect(answer.json()).toMatchObject({
      data: {
        current_version: 2,
        custom_metadata: { owner: 'team-agents', 'rotation-days': '30' },
        versions: {
          1: { created_time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/), deletion_time: '', destroyed: false },
          2: { created_time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/), deletion_time: '', destroyed: false },
        },
      },
    });
    expect(answer.text).not.toContain(vaultCanary);
  });

  it.each<[what: string, method: string, path: string, token: (target: VaultTarget) => string | undefined, status: number]>([
    ['no token', 'GET', 'secret/metadata/agents/openai', () => undefined, 403],
    ['a wrong token', 'GET', 'secret/metadata/agents/openai', () => 'no-such-token', 403],
    ['a policy that lacks the path', 'GET', 'secret/metadata/agents/openai', ({ restrictedToken }) => restrictedToken, 403],
    ['a value for who may read metadata alone', 'GET', 'secret/data/agents/openai', ({ readerToken }) => readerToken, 403],
    ['a secret that is not there', 'GET', 'secret/metadata/agents/nothing', ({ readerToken }) => readerToken, 404],
    ['a folder that is not there', 'LIST', 'secret/metadata/nothing', ({ readerToken }) => readerToken, 404],
  ])('refuses %s', async (_what, method, path, token, status) => {
    const answer = await call(method, path, token(getTarget()));
    expect(answer.status).toBe(status);
    expect(answer.json()).toMatchObject({ errors: expect.any(Array) });
  });

  it('logs an AppRole in, refuses a wrong secret id, and forgets a revoked token', async () => {
    const { roleId, secretId } = getTarget().approle;
    const login = await call('POST', 'auth/approle/login', undefined, { role_id: roleId, secret_id: secretId });
    const { auth } = login.json() as { auth: { client_token: string } };
    expect((await call('LIST', 'secret/metadata/agents', auth.client_token)).status).toBe(200);
    expect((await call('POST', 'auth/token/revoke-self', auth.client_token)).status).toBe(204);
    expect((await call('LIST', 'secret/metadata/agents', auth.client_token)).status).toBe(403);
    expect((await call('POST', 'auth/approle/login', undefined, { role_id: roleId, secret_id: 'wrong' })).status).toBe(400);
  });

  describe('evidence', () => {
    interface Gathered {
      readonly health: Evidence<VaultHealth> | undefined;
      readonly secrets: Evidence<readonly VaultSecret[]> | undefined;
    }
    const gather = async (auth: object, secrets: object[] = [{ mount: 'secret' }]): Promise<Gathered> => {
      const config = configSchema.parse({ vault: { address: getTarget().url, auth, secrets } });
      const host = testHost({ now: Date.now() });
      const evidence = gatherVault(config, new Set(['vault.health', 'vault.secrets']), testGatherContext(10_000, host));
      return { health: await evidence['vault.health'], secrets: await evidence['vault.secrets'] };
    };
    const withToken = (token: string): object => ({ method: 'token', token });

    it('is healthy', async () => {
      expect((await gather(withToken(getTarget().readerToken))).health).toMatchObject({
        ok: true,
        data: { address: getTarget().url, status: 200, initialized: true, sealed: false, standby: false },
      });
    });

    it.each<[string, (target: VaultTarget) => object]>([
      ['a token', ({ readerToken }) => withToken(readerToken)],
      ['an AppRole', ({ approle }) => ({ method: 'approle', ...approle })],
    ])('holds every secret’s metadata with %s', async (_what, auth) => {
      const { secrets } = await gather(auth(getTarget()));
      expect(secrets).toMatchObject({
        ok: true,
        data: [
          { mount: 'secret', path: 'agents/anthropic', currentVersion: 1, deleted: false, customMetadata: {} },
          { mount: 'secret', path: 'agents/nested/tool-key', currentVersion: 1, deleted: false },
          {
            mount: 'secret',
            path: 'agents/openai',
            currentVersion: 2,
            deleted: false,
            customMetadata: { owner: 'team-agents', 'rotation-days': '30' },
          },
          { mount: 'secret', path: 'platform/database', currentVersion: 3, deleted: false },
          { mount: 'secret', path: 'platform/retired', currentVersion: 1, deleted: true },
        ],
      });
      if (!secrets?.ok) return;
      expect(secrets.gaps).toBeUndefined();
      for (const { versionCreatedAt } of secrets.data) expect(Date.now() - versionCreatedAt).toBeLessThan(86_400_000);
      expect(JSON.stringify(secrets)).not.toContain('CANARY');
    });

    it('what the policy does not allow is forbidden, by path', async () => {
      const { restrictedToken } = getTarget();
      expect((await gather(withToken(restrictedToken))).secrets).toMatchObject({ ok: false, reason: 'forbidden' });
      const both = [
        { mount: 'secret', path: 'agents/' },
        { mount: 'secret', path: 'platform/' },
      ];
      expect((await gather(withToken(restrictedToken), both)).secrets).toMatchObject({
        ok: true,
        data: [{ path: 'platform/database' }, { path: 'platform/retired' }],
        gaps: [{ reason: 'forbidden', detail: expect.stringContaining('secret/metadata/agents') }],
      });
    });

    it('a refused login is unauthorized, the server is healthy all the same', async () => {
      const { roleId } = getTarget().approle;
      const gathered = await gather({ method: 'approle', roleId, secretId: 'CANARY-wrong' });
      expect(gathered).toMatchObject({ health: { ok: true }, secrets: { ok: false, reason: 'unauthorized' } });
      expect(JSON.stringify(gathered)).not.toContain('CANARY');
    });

    it('a mount that is not there is not taken for an empty one', async () => {
      const { secrets } = await gather(withToken(getTarget().rootToken), [{ mount: 'no-such-mount' }]);
      expect(secrets).toMatchObject({ ok: false });
    });
  });
}
