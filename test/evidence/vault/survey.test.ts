import { afterEach, expect, test } from 'vitest';
import { surveyVault } from '../../../packages/core/src/evidence/vault/survey.ts';
import type { LabVaultOptions } from '../../../packages/lab/src/vault/options.ts';
import { type LabVault, startVault } from '../../../packages/lab/src/vault/server.ts';
import { testGatherContext } from '../../support/host.ts';

const open: LabVault[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

const value = { versions: [{ createdAt: 1, data: { value: 'CANARY' } }] };

async function survey(token: string, most = 10, more: LabVaultOptions = {}) {
  const server = await startVault({
    mounts: {
      kv: { secrets: { 'agents/openai': value, 'agentops/locks/x': value, 'agentops/own': value } },
      old: { version: 1, secrets: { 'metadata/x': value } },
      'team/kv': { secrets: { a: value, b: value } },
    },
    policies: {
      team: [{ path: 'team/kv/metadata/*', capabilities: ['read', 'list'] }],
      list: [{ path: 'team/kv/metadata/*', capabilities: ['list'] }],
    },
    tokens: { root: ['root'], team: ['team'], list: ['list'], none: [] },
    ...more,
  });
  open.push(server);
  const settings = { address: server.url, auth: { method: 'token' as const, token }, secrets: [] };
  const found = await surveyVault(settings, most, testGatherContext(3000));
  expect(JSON.stringify(found)).not.toContain('CANARY');
  expect(server.requests.some(({ path }) => path.includes('/data/') || path.startsWith('/v1/old'))).toBe(false);
  if (!found.ok) return [`${found.reason}: ${found.detail}`];
  const { secrets, more: cut } = found.data;
  return [
    ...secrets.map(({ mount, path }) => `${mount} ${path}`),
    ...(cut ? ['more'] : []),
    ...(found.gaps ?? []).map(({ detail }) => detail),
  ];
}

test.each<[string, string, number, string[]]>([
  ['every KV v2 mount, without what rotations keep', 'root', 10, ['kv agentops/own', 'kv agents/openai', 'team/kv a', 'team/kv b']],
  ['what the token may see', 'team', 10, ['team/kv a', 'team/kv b']],
  ['as many as there may be, and no more than are there', 'team', 2, ['team/kv a', 'team/kv b']],
  ['up to a limit, and that there are more', 'team', 1, ['team/kv a', 'more']],
  ['nothing', 'none', 10, []],
  ['what may not be read is said', 'list', 10, ['needs "read" on team/kv/metadata/a', 'needs "read" on team/kv/metadata/b']],
  ['a token that is none', 'wrong', 10, ['unauthorized: answers 403: the token is missing, invalid or expired']],
])('%s', async (_name, token, most, expected) => {
  expect(await survey(token, most)).toEqual(expected);
});
