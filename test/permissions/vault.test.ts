import { describe, expect, it } from 'vitest';
import { configSchema } from '../../packages/core/src/config/schema.ts';
import { vaultRules } from '../../packages/core/src/permissions/vault.ts';

/** Path → capabilities, each path once. */
function rulesOf(input: object, needs: 'diagnose' | 'secrets'): Record<string, string> {
  const rules: Record<string, Set<string>> = {};
  for (const { path, capabilities } of vaultRules(configSchema.parse(input), needs)) {
    rules[path] ??= new Set();
    for (const one of capabilities) rules[path].add(one);
  }
  return Object.fromEntries(Object.entries(rules).map(([path, all]) => [path, [...all].sort().join(' ')]));
}

const openai = { name: 'openai-key', vault: { mount: 'kv/', path: 'agents/openai' }, issuer: { type: 'random' } };

describe('what Vault must allow', () => {
  it('nothing is configured: nothing', () => {
    expect(rulesOf({}, 'diagnose')).toEqual({});
    expect(rulesOf({}, 'secrets')).toEqual({});
  });

  it('folders of vault.secrets: metadata', () => {
    const secrets = [{ mount: 'kv' }, { mount: 'team/kv', path: 'a/b' }, { mount: 'kv2', path: '/c/' }];
    expect(rulesOf({ vault: { address: 'http://v', secrets } }, 'diagnose')).toEqual({
      'kv/metadata/*': 'list read',
      'team/kv/metadata/a/b': 'read',
      'team/kv/metadata/a/b/*': 'list read',
      'kv2/metadata/c/*': 'list read',
    });
  });

  it('to look at a secret that is rotated: its metadata, its journals and lock, and no value', () => {
    expect(rulesOf({ secrets: [openai] }, 'diagnose')).toEqual({
      'kv/metadata/agents/openai': 'read',
      'kv/metadata/agentops/rotations/': 'list',
      'kv/metadata/agentops/rotations/openai-key/': 'list',
      'kv/data/agentops/rotations/openai-key/+': 'read',
      'kv/data/agentops/locks/openai-key': 'read',
    });
  });

  it('to rotate it: the value, its settings and the records, of which the audit trail cannot be changed', () => {
    expect(rulesOf({ secrets: [openai] }, 'secrets')).toEqual({
      'kv/config': 'read',
      'kv/data/agents/openai': 'create read update',
      'kv/metadata/agents/openai': 'create patch read update',
      'kv/metadata/agentops/rotations/': 'list',
      'kv/metadata/agentops/rotations/openai-key/': 'list',
      'kv/metadata/agentops/rotations/openai-key/+': 'delete',
      'kv/data/agentops/rotations/openai-key/+': 'create read update',
      'kv/data/agentops/locks/openai-key': 'create read update',
      'kv/data/agentops/pending/openai-key/+': 'create read update',
      'kv/metadata/agentops/pending/openai-key/+': 'delete',
      'kv/data/agentops/audit/openai-key/+': 'create read',
      'kv/metadata/agentops/audit/openai-key/': 'list',
      'kv/data/agentops/fingerprint-key': 'create read',
    });
  });

  it('one that is only watched: no journal, no lock, no pending value', () => {
    const { issuer: _issuer, ...watched } = openai;
    expect(rulesOf({ secrets: [watched] }, 'diagnose')).toEqual({ 'kv/metadata/agents/openai': 'read' });
    expect(Object.keys(rulesOf({ secrets: [watched] }, 'secrets')).filter((path) => /rotations|locks|pending/.test(path))).toEqual([]);
  });

  it('a mount and a folder of their own for records; a lock in Kubernetes needs nothing here', () => {
    const rotation = { mount: 'ops', folder: '/x/y/', lock: { type: 'lease', namespace: 'agentops' } };
    const paths = Object.keys(rulesOf({ secrets: [openai], rotation }, 'secrets'));
    expect(paths.filter((path) => path.includes('locks'))).toEqual([]);
    expect(paths.filter((path) => path.startsWith('ops/'))).toEqual([
      'ops/metadata/x/y/rotations/',
      'ops/metadata/x/y/rotations/openai-key/',
      'ops/data/x/y/rotations/openai-key/+',
      'ops/data/x/y/audit/openai-key/+',
      'ops/metadata/x/y/audit/openai-key/',
      'ops/data/x/y/fingerprint-key',
      'ops/metadata/x/y/rotations/openai-key/+',
      'ops/data/x/y/pending/openai-key/+',
      'ops/metadata/x/y/pending/openai-key/+',
    ]);
  });

  it.each([
    ['agents/*', 'kv/metadata/agents/', 'kv/data/agents/+'],
    ['*', 'kv/metadata/', 'kv/data/+'],
  ])('a pattern %s: the folder is listed, and records begin with its name', (path, folder, data) => {
    const rules = rulesOf({ secrets: [{ ...openai, name: 'team', vault: { mount: 'kv', path } }] }, 'secrets');
    expect(rules[folder]).toBe('list');
    expect(rules[data]).toBe('create read update');
    expect(rules['kv/data/agentops/audit/team-*']).toBe('create read');
    expect(rules['kv/data/agentops/locks/team-*']).toBe('create read update');
    expect(rules['kv/metadata/agentops/rotations/team-*']).toBe('delete list');
  });

  it('database roles and connections', () => {
    const secrets = [
      {
        name: 'db',
        vault: { mount: 'kv', path: 'db', accountField: 'user' },
        issuer: { type: 'vault-database', mount: 'team/database', roles: ['a', 'b'] },
      },
      { name: 'root', issuer: { type: 'vault-database-root', connection: 'pg' } },
    ];
    const rules = rulesOf({ secrets, rotation: { mount: 'ops' } }, 'secrets');
    expect(Object.entries(rules).filter(([path]) => path.includes('database'))).toEqual([
      ['team/database/static-roles/a', 'read'],
      ['team/database/static-creds/a', 'read'],
      ['team/database/rotate-role/a', 'update'],
      ['team/database/static-roles/b', 'read'],
      ['team/database/static-creds/b', 'read'],
      ['team/database/rotate-role/b', 'update'],
      ['database/config/pg', 'read'],
      ['database/rotate-root/pg', 'update'],
      ['database/reset/pg', 'update'],
    ]);
    expect(rules['ops/data/agentops/locks/root']).toBe('create read update');
  });
});
