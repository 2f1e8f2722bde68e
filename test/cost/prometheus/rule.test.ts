import { describe, expect, it } from 'vitest';
import { configSchema } from '../../../packages/core/src/config/schema.ts';
import { countingRule, leftOut, type Presence } from '../../../packages/core/src/cost/prometheus/rule.ts';
import type { CounterFamily } from '../../../packages/core/src/model/usage.ts';

function verdicts(cost: object, jobs: Readonly<Partial<Record<CounterFamily, readonly string[]>>>): Record<string, string> {
  const rule = countingRule(configSchema.parse({ cost }).cost);
  const present: Presence = new Map(Object.entries(jobs).map(([family, names]) => [family as CounterFamily, new Set(names)]));
  return Object.fromEntries(
    [...present].flatMap(([family, names]) =>
      [...names].map((job) => [`${family} of ${job}`, leftOut(family, job, present, rule) ?? 'counted']),
    ),
  );
}

const gateway = 'LiteLLM’s count the same requests';

describe('each request once', () => {
  it.each<[string, object, Readonly<Partial<Record<CounterFamily, readonly string[]>>>, Record<string, string>]>([
    ['a family alone', { prometheus: true }, { agent: ['a'] }, { 'agent of a': 'counted' }],
    [
      'a gateway before whatever is behind it',
      { prometheus: true, codingAgents: false },
      { litellm: ['proxy'], 'gen-ai': ['a'], 'claude-code': ['b'] },
      { 'litellm of proxy': 'counted', 'gen-ai of a': gateway, 'claude-code of b': gateway },
    ],
    [
      'of one job the family that tells most',
      { prometheus: true },
      { 'gen-ai': ['a'], 'ai-agent': ['a', 'b'], agent: ['a', 'b', 'c'] },
      {
        'gen-ai of a': 'counted',
        'ai-agent of a': 'those of gen-ai count the same requests of the same job',
        'ai-agent of b': 'counted',
        'agent of a': 'those of gen-ai count the same requests of the same job',
        'agent of b': 'those of ai-agent count the same requests of the same job',
        'agent of c': 'counted',
      },
    ],
    [
      'Claude Code’s logs before its counters',
      { prometheus: true },
      { 'claude-code': ['a'], agent: ['a'] },
      { 'claude-code of a': 'its logs are read (cost.codingAgents)', 'agent of a': 'counted' },
    ],
    [
      'Claude Code’s counters where no logs are read',
      { prometheus: true, codingAgents: false },
      { 'claude-code': ['a'] },
      { 'claude-code of a': 'counted' },
    ],
    [
      'LiteLLM’s table before its counters, and before those of the agents behind it',
      { prometheus: true, litellm: 'postgres://litellm/db' },
      { litellm: ['proxy'], 'ai-agent': ['a'] },
      { 'litellm of proxy': 'its spend table is read (cost.litellm)', 'ai-agent of a': gateway },
    ],
    [
      'what is named is all counted, and nothing else',
      { prometheus: ['litellm', 'agent', 'ai-agent'], litellm: 'postgres://litellm/db' },
      { litellm: ['proxy'], agent: ['a'], 'ai-agent': ['a'], 'gen-ai': ['a'] },
      {
        'litellm of proxy': 'counted',
        'agent of a': 'counted',
        'ai-agent of a': 'counted',
        'gen-ai of a': 'it is not among cost.prometheus',
      },
    ],
  ])('%s', (_name, cost, jobs, expected) => {
    expect(verdicts(cost, jobs)).toEqual(expected);
  });

  it('is off by default, and knows its families', () => {
    expect(configSchema.parse({}).cost.prometheus).toBe(false);
    expect(configSchema.safeParse({ cost: { prometheus: ['claude'] } }).success).toBe(false);
    expect(configSchema.safeParse({ cost: { prometheus: [] } }).success).toBe(false);
  });
});
