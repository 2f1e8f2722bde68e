import { describe, expect, it } from 'vitest';
import { secretEntry } from '../../../packages/core/src/config/secrets.ts';
import { dataOf, impossibleKey, keysOf } from '../../../packages/core/src/secrets/kubernetes/keys.ts';
import { SecretValue } from '../../../packages/core/src/secrets/value.ts';

describe('keys of a Secret', () => {
  const entry = (vault: object) => secretEntry.parse({ name: 'x', vault: { mount: 'kv', path: 'x', ...vault } });
  it('are the rotated field and the account, unless mapped', () => {
    expect([...keysOf(undefined, entry({}))]).toEqual([['value', 'value']]);
    expect([...keysOf(undefined, entry({ field: 'password', accountField: 'user' }))]).toEqual([
      ['password', 'password'],
      ['user', 'user'],
    ]);
    expect([...keysOf({ value: 'OPENAI_API_KEY' }, entry({ accountField: 'user' }))]).toEqual([['value', 'OPENAI_API_KEY']]);
  });

  it('must be possible', () => {
    expect(impossibleKey(new Map([['a', '.dockerconfigjson']]))).toBeUndefined();
    expect(impossibleKey(new Map([['a', 'has space']]))).toBe('has space');
    expect(impossibleKey(new Map([['a', 'x'.repeat(254)]]))).toBe('x'.repeat(254));
  });

  it('carry bytes, whatever they are', () => {
    const fields = new Map([['value', SecretValue.own(Buffer.from([0, 255, 10]))]]);
    expect(dataOf(fields, new Map([['value', 'k']]))).toEqual({ k: 'AP8K' });
    expect(() => dataOf(fields, new Map([['other', 'k']]))).toThrow('the secret in Vault has no field "other"');
  });
});
