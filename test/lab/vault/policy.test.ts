import { expect, test } from 'vitest';
import { allows, type Capability, type PathRule, touches } from '../../../packages/lab/src/vault/policy.ts';

const rules: PathRule[] = [
  { path: 'kv/metadata/*', capabilities: ['read', 'list'] },
  { path: 'kv/metadata/private/*', capabilities: ['deny'] },
  { path: 'kv/metadata/private/own', capabilities: ['read'] },
  { path: 'kv/data/+/shared', capabilities: ['read', 'update'] },
  { path: 'kv/metadata/team', capabilities: ['list'] },
];

test.each<[string, Capability, boolean]>([
  ['kv/metadata/a', 'read', true],
  ['kv/metadata/a/b', 'read', true],
  ['kv/metadata/', 'list', true],
  ['kv/metadata/a', 'update', false],
  ['kv/metadata', 'read', false],
  ['kv/metadata/private/x', 'read', false],
  ['kv/metadata/private/own', 'read', true],
  ['kv/data/a/shared', 'read', true],
  ['kv/data/a/b/shared', 'read', false],
  ['kv/data/a/other', 'read', false],
  ['kv/metadata/team', 'list', true],
  ['auth/token/lookup-self', 'read', true],
  ['auth/token/create', 'update', false],
])('%s %s: %s', (path, capability, expected) => {
  expect(allows(rules, path, capability)).toBe(expected);
});

test.each([
  ['kv', true],
  ['other', false],
])('touches %s: %s', (mount, expected) => {
  expect(touches(rules, mount)).toBe(expected);
});

test('a rule that only denies touches nothing', () => {
  expect(touches([{ path: 'kv/*', capabilities: ['deny'] }], 'kv')).toBe(false);
  expect(touches([{ path: '*', capabilities: ['read'] }], 'kv')).toBe(true);
});
