import { describe, expect, it } from 'vitest';
import { vaultSecretAge } from '../../../packages/core/src/checks/secret-age/vault.ts';
import type { VaultSecret } from '../../../packages/core/src/model/servers.ts';
import { lines, run } from '../network-policy/builders.ts';
import { vaultSecret } from './builders.ts';

const check = (secrets: readonly VaultSecret[], settings: unknown = {}) => run(vaultSecretAge, { 'vault.secrets': secrets }, settings);
const custom = (customMetadata: Record<string, string>): Partial<VaultSecret> => ({ customMetadata });

describe('secret-age/vault', () => {
  it.each<[string, VaultSecret, string[], string]>([
    ['young', vaultSecret('a', 10), [], 'pass'],
    ['exactly 90 days', vaultSecret('a', 90), [], 'pass'],
    ['over 90 days', vaultSecret('a', 131), ['warning VaultSecret/kv/a: 131 d | over 90 d; version 4'], 'warn'],
    ['over 180 days', vaultSecret('a', 200), ['critical VaultSecret/kv/a: 200 d | over 180 d; version 4'], 'fail'],
    [
      'its own limit',
      vaultSecret('a', 31, custom({ max_age: '30d' })),
      ['critical VaultSecret/kv/a: 31 d | over 30 d (custom_metadata max_age); version 4'],
      'fail',
    ],
    ['its own limit, longer', vaultSecret('a', 300, custom({ max_age: '365d' })), [], 'pass'],
    [
      'deleted current version',
      vaultSecret('a', 300, { deleted: true }),
      ['warning VaultSecret/kv/a: version 4 is deleted | a current version that can be read'],
      'warn',
    ],
    ['a created time in the future is no age', vaultSecret('a', -1), [], 'pass'],
  ])('%s', (_name, one, expected, status) => {
    const result = check([one]);
    expect(lines(result)).toEqual(expected);
    expect(result.status).toBe(status);
  });

  it('numbers, owner and a command that reads metadata only', () => {
    expect(check([vaultSecret('agents/openai', 131, custom({ owner: 'team-ml' }))]).findings[0]).toMatchObject({
      measured: { value: 131, unit: 'days' },
      threshold: { value: 90, unit: 'days' },
      detail: 'owner: team-ml',
      since: '2026-10-11T13:07:31.000Z',
      next: ['vault kv metadata get -mount=kv agents/openai'],
    });
  });

  it('a path that the shell would take apart is quoted', () => {
    expect(check([vaultSecret('a b; rm', 131)]).findings[0]?.next).toEqual(["vault kv metadata get -mount=kv 'a b; rm'"]);
  });

  it('worst first', () => {
    const result = check([vaultSecret('a', 91), vaultSecret('b', 300), vaultSecret('c', 0, { deleted: true }), vaultSecret('d', 400)]);
    expect(result.findings.map((found) => found.resource.name)).toEqual(['kv/d', 'kv/b', 'kv/a', 'kv/c']);
  });

  it('a secret without any version is noted, not judged', () => {
    expect(check([vaultSecret('a', 400, { currentVersion: 0, versionCreatedAt: 0 })])).toMatchObject({
      status: 'pass',
      findings: [],
      note: '1 secret without any version',
    });
  });

  it('a version without a created time is unknown', () => {
    expect(check([vaultSecret('a', 0, { versionCreatedAt: 0 })])).toMatchObject({
      status: 'unknown',
      gaps: [{ reason: 'invalid', source: 'vault kv/a', detail: 'version 4 has no created time' }],
    });
  });

  it('a limit that cannot be read is a gap', () => {
    expect(check([vaultSecret('a', 10, custom({ max_age: 'a month' }))])).toMatchObject({
      status: 'unknown',
      gaps: [{ reason: 'invalid', detail: 'the limit of 1 secret cannot be read: kv/a' }],
    });
  });

  it('no secrets at the paths', () => {
    expect(check([])).toMatchObject({ status: 'pass', note: 'no secrets at the configured paths' });
  });

  it('Vault not configured: skipped', () => {
    const result = run(vaultSecretAge, {
      'vault.secrets': { ok: false, reason: 'not-configured', source: 'vault', detail: 'not configured: vault' },
    });
    expect(result).toMatchObject({ status: 'skipped', note: 'not configured: vault' });
  });

  it('the thresholds are settings', () => {
    expect(check([vaultSecret('a', 20)], { warnDays: 7, failDays: 14 }).status).toBe('fail');
  });
});
