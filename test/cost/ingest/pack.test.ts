import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packBatch, unpackBatch } from '../../../packages/core/src/cost/ingest/pack.ts';
import type { UsageRecord } from '../../../packages/core/src/model/usage.ts';

const count = fc.nat(1e9);
const text = fc.string({ maxLength: 8 });
const record: fc.Arbitrary<UsageRecord> = fc.record(
  {
    key: text,
    source: fc.constantFrom('claude-code', 'otlp'),
    at: fc.nat(Number.MAX_SAFE_INTEGER),
    model: text,
    provider: text,
    agent: text,
    session: text,
    task: text,
    project: text,
    tokens: fc.record({ input: count, output: count, cacheRead: count, cacheWrite5m: count, cacheWrite1h: count }),
    reasoning: count,
    requests: count,
    webSearches: count,
    serviceTier: text,
    geo: text,
    longContext: fc.boolean(),
    sidechain: fc.boolean(),
    status: fc.constantFrom('ok', 'error', ''),
    latencyMs: fc.option(count, { nil: null }),
    claimedPico: fc.option(fc.bigInt(), { nil: null }),
  },
  {
    requiredKeys: [
      'key',
      'source',
      'at',
      'model',
      'provider',
      'agent',
      'session',
      'task',
      'project',
      'tokens',
      'reasoning',
      'requests',
      'webSearches',
      'serviceTier',
      'geo',
      'sidechain',
      'status',
      'latencyMs',
      'claimedPico',
    ],
  },
);

describe('packBatch', () => {
  it('gives back what was packed, through a thread’s messages', () => {
    fc.assert(
      fc.property(fc.array(record), (records) => {
        const batch = {
          format: 'claude-code',
          records,
          rejects: [],
          lines: 3,
          empty: 1,
          restart: false,
          begin: 0,
          end: 9,
          pending: 0,
        } as const;
        const unpacked = unpackBatch(structuredClone(packBatch(batch)));
        expect(unpacked).toEqual({
          ...batch,
          records: records.map(({ longContext, ...rest }) => (longContext === undefined ? rest : { ...rest, longContext })),
        });
      }),
    );
  });
});
