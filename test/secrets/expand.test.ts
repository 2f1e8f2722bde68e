import { describe, expect, it } from 'vitest';
import { type SecretEntry, secretEntry } from '../../packages/core/src/config/secrets.ts';
import { expandEntries } from '../../packages/core/src/secrets/expand.ts';
import { RotationFailure } from '../../packages/core/src/secrets/failure.ts';

const entry = (name: string, path: string, more: object = {}): SecretEntry =>
  secretEntry.parse({ name, vault: { mount: 'kv', path }, ...more });
const listing = (names: readonly string[]): Parameters<typeof expandEntries>[1] => ({ list: async () => names });
const paths = (entries: readonly SecretEntry[]): (string | undefined)[][] => entries.map(({ name, vault }) => [name, vault?.path]);

describe('entries for a folder', () => {
  it('become one for each secret directly in it, by name', async () => {
    const { entries, notSeen } = await expandEntries([entry('agents', 'agents/*')], listing(['openai', 'nested/', 'Anthropic_Key']));
    expect(paths(entries)).toEqual([
      ['agents-anthropic-key', 'agents/Anthropic_Key'],
      ['agents-openai', 'agents/openai'],
    ]);
    expect(notSeen).toEqual([]);
  });

  it('leave out what has an entry of its own', async () => {
    const { entries } = await expandEntries(
      [entry('agents', 'agents/*'), entry('openai', 'agents/openai')],
      listing(['openai', 'anthropic']),
    );
    expect(paths(entries)).toEqual([
      ['agents-anthropic', 'agents/anthropic'],
      ['openai', 'agents/openai'],
    ]);
  });

  it('fill in the names of what uses them', async () => {
    const consumers = [
      { type: 'kubernetes', namespace: 'agents', secret: '{secret}-key', workloads: [{ name: 'agent-{secret}' }] },
      { type: 'file', path: '/run/{name}' },
    ];
    const { entries } = await expandEntries([entry('agents', 'agents/*', { consumers })], listing(['openai']));
    expect(entries[0]?.consumers).toMatchObject([
      { secret: 'openai-key', workloads: [{ name: 'agent-openai' }] },
      { path: '/run/agents-openai' },
    ]);
  });

  it('say what could not be told: names that clash, folders that may not be listed', async () => {
    const clash = await expandEntries([entry('agents', 'agents/*')], listing(['a_b', 'a-b']));
    expect(paths(clash.entries)).toEqual([['agents-a-b', 'agents/a-b']]);
    expect(clash.notSeen).toEqual(['kv/agents/a_b: an entry named agents-a-b is there already']);
    const forbidden = await expandEntries([entry('agents', 'agents/*'), entry('other', 'x')], {
      list: async () => {
        throw new RotationFailure('transient', 'answers 403: not allowed');
      },
    });
    expect(paths(forbidden.entries)).toEqual([['other', 'x']]);
    expect(forbidden.notSeen).toEqual(['agents (kv/agents/*): answers 403: not allowed']);
  });
});
