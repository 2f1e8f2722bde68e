import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvHead, csvLine, jsonLine } from '../../../packages/core/src/cost/export/lines.ts';
import { exportRecords } from '../../../packages/core/src/cost/export/records.ts';
import type { Ledger } from '../../../packages/core/src/cost/ledger/ledger.ts';
import { agentopsCsv, agentopsJsonl } from '../../../packages/core/src/cost/sources/agentops.ts';
import { detectFormat } from '../../../packages/core/src/cost/sources/detect.ts';
import { sourceKinds, type UsageRecord } from '../../../packages/core/src/model/usage.ts';
import { temporaryLedger } from '../../support/temporary-ledger.ts';
import { usageRecord } from '../record.ts';

const file = { path: 'export' };

function readJsonl(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const result = agentopsJsonl.read(Buffer.from(line), undefined, file);
      return result.kind === 'record' ? result.record : result;
    });
}

function readCsv(text: string): unknown[] {
  let state = agentopsCsv.start(file);
  return text
    .split('\r\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const result = agentopsCsv.read(Buffer.from(line), state, file);
      state = result.state;
      return result.kind === 'none' ? [] : [result.kind === 'record' ? result.record : result];
    });
}

/** What a record is once it was read back: ours, under a key that tells its source; copies are no longer told apart. */
function readBack(record: UsageRecord): UsageRecord {
  const key = record.source === 'agentops' ? record.key : `${record.source}:${record.key}`;
  return { ...record, source: 'agentops', key, sidechain: false };
}

// Names as the readers leave them: no control characters, no space around them.
const control = /\p{Cc}/gu;
const tricky = fc.constantFrom(
  '',
  '=1+1',
  "'=x",
  "''-x",
  '-5',
  '@home',
  '+',
  '＝x',
  'a,b',
  'say "so"',
  "it's",
  'söng',
  '"',
  ',',
  'true',
  '0',
);
const named = fc.oneof(tricky, fc.string({ unit: 'binary', maxLength: 20 })).map((text) => text.toWellFormed().replace(control, '').trim());
const count = fc.oneof(fc.constant(0), fc.nat(1_000_000_000));
const records: fc.Arbitrary<UsageRecord> = fc
  .record(
    {
      key: named.map((key) => key || 'k'),
      source: fc.constantFrom(...sourceKinds),
      at: fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2099, 11, 31) }),
      model: named,
      provider: named,
      agent: named,
      session: named,
      task: named,
      project: named,
      tokens: fc.record({ input: count, output: count, cacheRead: count, cacheWrite5m: count, cacheWrite1h: count }),
      reasoning: count,
      requests: fc.oneof(fc.constant(1), count),
      webSearches: count,
      serviceTier: named,
      geo: named,
      longContext: fc.boolean(),
      sidechain: fc.boolean(),
      status: fc.constantFrom('ok' as const, 'error' as const, '' as const),
      latencyMs: fc.option(count),
      claimedPico: fc.option(fc.bigInt(-(10n ** 15n), 10n ** 18n)),
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
  )
  .map((record) => ({ ...record, reasoning: Math.min(record.reasoning, record.tokens.output) }));

describe('what is exported is read back as it was', () => {
  it('JSON Lines', () => {
    fc.assert(
      fc.property(records, (record) => {
        expect(readJsonl(jsonLine(record))).toEqual([readBack(record)]);
      }),
    );
  });

  it('CSV', () => {
    fc.assert(
      fc.property(records, (record) => {
        expect(readCsv(`${csvHead}\r\n${csvLine(record)}\r\n`)).toEqual([readBack(record)]);
      }),
    );
  });

  it('a second time it is the same', () => {
    fc.assert(
      fc.property(records, (record) => {
        const once = readBack(record);
        expect(readJsonl(jsonLine(once))).toEqual([once]);
      }),
    );
  });
});

describe('lines of an export', () => {
  const request = usageRecord({ tokens: { input: 1200, output: 150, cacheRead: 30 }, latencyMs: 0, claimedPico: 5_850_000_000n });

  it('JSON: what is taken for granted is left out', () => {
    expect(jsonLine(request)).toBe(
      '{"timestamp":"2026-11-01T12:00:00.000Z","model":"claude-sonnet-4-5","agent":"main","session":"s1","input_tokens":1200,"output_tokens":150,"cache_read_tokens":30,"status":"ok","latency_ms":0,"request_id":"claude-code:msg_1:req_1","project":"/w","provider":"anthropic","cost_usd":"0.00585","source":"claude-code"}',
    );
  });

  it('CSV: a cell that a spreadsheet would run is disarmed', () => {
    expect(csvLine({ ...request, agent: '=HYPERLINK("x")' })).toBe(
      `2026-11-01T12:00:00.000Z,claude-sonnet-4-5,"'=HYPERLINK(""x"")",s1,1200,150,30,0,0,0,ok,0,claude-code:msg_1:req_1,,/w,anthropic,,,0,0.00585,1,,claude-code`,
    );
  });

  it('both are recognised by their content', () => {
    expect(detectFormat(Buffer.from(jsonLine(request)), 'x')).toBe('agentops-jsonl');
    expect(detectFormat(Buffer.from(`${csvHead}\r\n`), 'x')).toBe('agentops-csv');
  });
});

describe('exportRecords', () => {
  const day = Date.parse('2026-11-02T00:00:00Z');
  const period = { from: day, to: day + 2 * 86_400_000, days: [day, day + 86_400_000, day + 2 * 86_400_000] };
  const all = [
    usageRecord({ key: 'before', at: day - 1, tokens: { input: 1 } }),
    usageRecord({ key: 'b', at: day + 5, tokens: { input: 2 } }),
    usageRecord({ key: 'a', at: day + 5, tokens: { input: 3 } }),
    usageRecord({ key: 'first', at: day, tokens: { input: 4 } }),
    usageRecord({ key: 'second day', at: day + 86_400_000, tokens: { output: 5 }, requests: 7 }),
    usageRecord({ key: 'after', at: day + 2 * 86_400_000, tokens: { input: 6 } }),
  ];

  async function run(ledger: Ledger, format: 'jsonl' | 'csv'): Promise<[string[], Awaited<ReturnType<typeof exportRecords>>]> {
    const chunks: string[] = [];
    const result = await exportRecords(ledger, period, format, async (text) => void chunks.push(text));
    return [chunks, result];
  }

  it.each(['jsonl', 'csv'] as const)('%s: the period alone, oldest first, a day at a time', async (format) => {
    const [chunks, result] = await run(await temporaryLedger(all), format);
    const read = (format === 'csv' ? readCsv : readJsonl)(chunks.join('')) as UsageRecord[];
    expect(read.map(({ key, requests }) => [key, requests])).toEqual([
      ['claude-code:first', 1],
      ['claude-code:a', 1],
      ['claude-code:b', 1],
      ['claude-code:second day', 7],
    ]);
    expect(chunks).toHaveLength(format === 'csv' ? 3 : 2);
    expect(result).toEqual({ records: 4, summed: { requests: 0, tokens: 0 } });
  });

  it('says what is kept as sums alone', async () => {
    const ledger = await temporaryLedger(all);
    await ledger.compact(day + 86_400_000);
    const [chunks, result] = await run(ledger, 'jsonl');
    expect(chunks).toHaveLength(1);
    expect(result).toEqual({ records: 1, summed: { requests: 3, tokens: 9 } });
  });
});
