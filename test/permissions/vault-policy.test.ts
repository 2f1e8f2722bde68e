import { describe, expect, it } from 'vitest';
import { vaultPolicy } from '../../packages/core/src/permissions/vault-policy.ts';

describe('a policy', () => {
  it('of nothing is empty', () => {
    expect(vaultPolicy([])).toBe('');
  });

  it('has a stanza a path, sorted, each with all that is asked for', () => {
    const rules = [
      { path: 'kv/metadata/b', capabilities: ['read'] },
      { path: 'kv/data/a"b\\c', capabilities: ['update', 'create'], why: 'Because.' },
      { path: 'kv/metadata/b', capabilities: ['list', 'read'], why: 'Besides.' },
    ] as const;
    const text = `# Because.
path "kv/data/a\\"b\\\\c" {
  capabilities = ["create", "update"]
}

# Besides.
path "kv/metadata/b" {
  capabilities = ["list", "read"]
}
`;
    expect(vaultPolicy(rules)).toBe(text);
    expect(vaultPolicy(rules.toReversed())).toBe(text);
  });

  /** What the stanza of `path` allows beside a wider one that allows `list`. */
  function besides(path: string, wider: string): string | undefined {
    const text = vaultPolicy([
      { path, capabilities: ['read'] },
      { path: wider, capabilities: ['list'] },
    ]);
    return text
      .split('path ')
      .find((stanza) => stanza.startsWith(JSON.stringify(path)))
      ?.match(/\[(.*)\]/)?.[1];
  }

  it.each([
    ['kv/a/b', 'kv/a/*'],
    ['kv/a/b/c', 'kv/a/*'],
    ['kv/a/+', 'kv/a/*'],
    ['kv/a/b*', 'kv/a/*'],
    ['kv/a/bc*', 'kv/a/b*'],
    ['kv/a/', 'kv/a/*'],
    ['kv/a/b', 'kv/a/+'],
    ['kv/a/b/c', 'kv/+/b/c'],
    ['kv/a/b', '*'],
  ])('%s keeps what %s allows: Vault asks the more specific one alone', (path, wider) => {
    expect(besides(path, wider)).toBe('"list", "read"');
  });

  it.each([
    ['kv/a', 'kv/a/*'],
    ['kv/ab', 'kv/a/*'],
    ['kv/a/b/c', 'kv/a/+'],
    ['kv/a/', 'kv/a/+'],
    ['kv/a/b*', 'kv/a/+'],
    ['kv/a/b*', 'kv/a/bc*'],
    ['kv/+', 'kv/a'],
    ['kv/b/c', 'kv/+/b'],
  ])('%s gets nothing from %s', (path, wider) => {
    expect(besides(path, wider)).toBe('"read"');
  });
});
