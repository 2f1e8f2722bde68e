import { describe, expect, it } from 'vitest';
import { secretEntry } from '../../../packages/core/src/config/secrets.ts';
import { createIssuer } from '../../../packages/core/src/secrets/issuers/create.ts';
import { SecretValue } from '../../../packages/core/src/secrets/value.ts';
import { testGatherContext, testHost } from '../../support/host.ts';

const vault = { request: async () => ({ found: false, data: undefined }), requestFields: async () => undefined };

const entryOf = (issuer?: object) =>
  secretEntry.parse({ name: 'db', vault: { mount: 'kv', path: 'db' }, ...(issuer === undefined ? {} : { issuer }) });

describe('createIssuer', () => {
  it.each([
    [{ type: 'random' }, 'ours'],
    [{ type: 'command', command: ['x'] }, 'theirs'],
    [{ type: 'hook', command: ['x'] }, 'theirs'],
    [{ type: 'vault-database', roles: ['a'] }, 'theirs'],
    [{ type: 'vault-database-root', connection: 'c' }, 'inside'],
    [{ type: 'openai', adminKey: 'CANARY', project: 'p' }, 'theirs'],
    [{ type: 'anthropic', adminKey: 'CANARY' }, 'supplied'],
  ])('%j', (issuer, origin) => {
    expect(createIssuer(entryOf(issuer), { host: testHost(), vault })).toMatchObject({ type: issuer.type, origin });
  });

  it('where the age alone is watched there is none', () => {
    expect(createIssuer(entryOf(), { host: testHost() })).toBeUndefined();
  });

  it('Vault’s issuers need a Vault', () => {
    expect(() => createIssuer(entryOf({ type: 'vault-database', roles: ['a'] }), { host: testHost() })).toThrow('none is configured');
  });
});

describe('the random issuer without a setter', () => {
  const issuer = createIssuer(entryOf({ type: 'random', length: 24, alphabet: 'hex', prefix: 'k_' }), { host: testHost() });

  it('makes a value and has nobody to tell', async () => {
    const value = issuer?.generate?.() ?? SecretValue.fromText('');
    expect(value.text()).toMatch(/^k_[0-9a-f]{24}$/);
    expect(issuer).toMatchObject({ live: 'both' });
    expect(issuer).not.toHaveProperty('check');
    const issued = await issuer?.issue(
      { name: 'agentops-db-1-1', namePrefix: 'agentops-db-1-', current: null, value },
      testGatherContext(),
    );
    expect(issued?.value).toBe(value);
    expect(issued?.key).toEqual({ name: 'agentops-db-1-1' });
    expect(await issuer?.revoke({ key: {}, value }, testGatherContext())).toMatchObject({ result: 'nothing-to-do' });
  });
});
