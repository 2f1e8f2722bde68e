import { expect, test } from 'vitest';
import { configSchema } from '../../../packages/core/src/config/schema.ts';
import { vaultSettings } from '../../../packages/core/src/evidence/vault/settings.ts';

const env = { VAULT_ADDR: 'https://env:8200', VAULT_NAMESPACE: 'team', VAULT_CACERT: '/ca.pem', VAULT_TLS_SERVER_NAME: 'vault' };

test('neither configuration nor VAULT_ADDR', () => {
  expect(vaultSettings({}, { VAULT_TOKEN: 'x' })).toBeUndefined();
  expect(vaultSettings({}, { VAULT_ADDR: '' })).toBeUndefined();
});

test('the environment as the vault CLI reads it', () => {
  expect(vaultSettings({}, env)).toEqual({
    address: 'https://env:8200',
    namespace: 'team',
    auth: { method: 'token' },
    secrets: [],
    tls: { insecureSkipVerify: false, caFile: '/ca.pem', serverName: 'vault' },
  });
});

test.each([
  ['true', true],
  ['1', true],
  ['T', true],
  ['false', false],
  ['0', false],
  ['no', false],
  ['', false],
])('VAULT_SKIP_VERIFY=%s', (value, skip) => {
  expect(vaultSettings({}, { VAULT_ADDR: 'https://v', VAULT_SKIP_VERIFY: value })?.tls?.insecureSkipVerify).toBe(skip);
});

test('the configuration wins whole: no namespace and no TLS of another address slips in', () => {
  const { vault } = configSchema.parse({ vault: { address: 'https://conf:8200' } });
  expect(vaultSettings({ vault }, env)).toEqual(vault);
  expect(vault).not.toHaveProperty('namespace');
});
