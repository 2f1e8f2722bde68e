import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dimensions, type Ledger, type LedgerBatch, type LedgerRow } from '../../packages/core/src/cost/ledger/ledger.ts';
import { openLedger } from '../../packages/core/src/cost/ledger/open.ts';
import { createPriceBook } from '../../packages/core/src/cost/prices/book.ts';
import { costPrices } from '../../packages/core/src/cost/prices/settings.ts';
import type { FileCursor } from '../../packages/core/src/cost/sources/source.ts';
import { startOfDay } from '../../packages/core/src/model/calendar.ts';
import type { UsageRecord } from '../../packages/core/src/model/usage.ts';
import { usageRecord } from '../cost/record.ts';
import { testHost, testNow } from '../support/host.ts';
import { batchesJson } from '../support/ledger-batches.ts';
import { addRow, expectedRows, sortRows, winners } from '../support/ledger-oracle.ts';

/** An empty place for a ledger. */
export interface LedgerStore {
  /** Path or URL. */
  readonly location: string;
  remove(): Promise<void>;
}

const book = createPriceBook();
const day = Date.parse('2026-11-01T00:00:00Z');
const week = { from: day, to: day + 7 * 86_400_000 };
const writer = join(import.meta.dirname, '../support/ledger-writer.ts');

export function batchOf(records: readonly UsageRecord[], changes: Partial<LedgerBatch> = {}): LedgerBatch {
  return { source: 'logs', kind: 'claude-code', records, rejects: [], lines: records.length, empty: 0, ...changes };
}

const cursor = (changes: Partial<FileCursor> = {}): FileCursor => ({
  path: '/logs/a.jsonl',
  kind: 'claude-code',
  size: 1000,
  mtimeMs: 1_790_000_000_000.25,
  offset: 1000,
  lines: 10,
  head: 'abc',
  headBytes: 1000,
  state: '{"model":"x"}',
  ...changes,
});

/** Records with few keys and names, so that they collide in every way. */
const anyRecord = fc
  .record({
    key: fc.integer({ min: 0, max: 12 }).map((n) => `k${n}`),
    source: fc.constantFrom('claude-code' as const, 'codex' as const),
    at: fc.integer({ min: 0, max: 6 * 96 }).map((quarter) => day + quarter * 900_000 + (quarter % 7) * 1000),
    model: fc.constantFrom('claude-sonnet-4-5', 'claude-opus-4-6', 'nobody-knows'),
    agent: fc.constantFrom('main', 'explore'),
    session: fc.constantFrom('s1', 's2', ''),
    task: fc.constantFrom('', 'code'),
    project: fc.constantFrom('/a', '/b'),
    reasoning: fc.integer({ min: 0, max: 5 }),
    webSearches: fc.constantFrom(0, 0, 3),
    serviceTier: fc.constantFrom('', 'batch'),
    sidechain: fc.boolean(),
    status: fc.constantFrom('ok' as const, 'error' as const, '' as const),
    latencyMs: fc.constantFrom(null, 0, 1234),
    claimedPico: fc.constantFrom(null, 0n, 7_000_000_000_001n),
    longContext: fc.constantFrom(true, false),
    tokens: fc.record({
      input: fc.integer({ min: 1, max: 300_000 }),
      output: fc.integer({ min: 0, max: 999 }),
      cacheRead: fc.integer({ min: 0, max: 99 }),
      cacheWrite5m: fc.integer({ min: 0, max: 9 }),
      cacheWrite1h: fc.integer({ min: 0, max: 9 }),
    }),
  })
  .map((changes) => usageRecord(changes));

async function everyRow(ledger: Ledger): Promise<LedgerRow[]> {
  return sortRows(await ledger.rows({ ...week, by: dimensions }));
}

async function everyRecord(ledger: Ledger, range = week): Promise<UsageRecord[]> {
  const records: UsageRecord[] = [];
  await ledger.records(range, (record) => records.push(record));
  return records;
}

const byKey = (a: UsageRecord, b: UsageRecord): number => (`${a.source} ${a.key}` < `${b.source} ${b.key}` ? -1 : 1);

/** What every ledger must do, whatever keeps it. `runs`: how many random cases. */
export function describeLedgerContract(newStore: () => Promise<LedgerStore>, runs = 40): void {
  let store: LedgerStore;
  let ledger: Ledger;
  const folder = mkdtempSync(join(tmpdir(), 'agentops-ledger-contract-'));

  const open = (prices = book): Promise<Ledger> => openLedger(store.location, prices, testHost());

  beforeEach(async () => {
    store = await newStore();
    ledger = await open();
    return async () => {
      await ledger.close();
      await store.remove();
    };
  });
  afterEach(() => rmSync(join(folder, 'batches'), { recursive: true, force: true }));

  /** Starts a writing process; `lines` yields what it prints. */
  function startWriter(batches: readonly LedgerBatch[]) {
    const file = join(mkdtempSync(join(folder, 'w-')), 'batches.json');
    writeFileSync(file, batchesJson(batches));
    const child = spawn(process.execPath, ['--no-warnings', writer, store.location, file], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    return { child, ended, next: async () => (await lines.next()).value as string | undefined, go: () => child.stdin.write('go\n') };
  }

  describe('reading and writing', () => {
    it('is empty at first', async () => {
      expect(await everyRow(ledger)).toEqual([]);
      expect(await ledger.rows({ ...week, by: [] })).toEqual([]);
      expect(await everyRecord(ledger)).toEqual([]);
      expect(await ledger.cursors()).toEqual([]);
      expect(await ledger.rejects(10)).toEqual([]);
      expect(await ledger.state()).toEqual({ sources: [], records: 0, firstAt: null, lastAt: null, priceVersion: book.version });
    });

    it('sums what was written, to the pico-dollar', async () => {
      const tokens = { input: 3, output: 159, cacheRead: 15_000, cacheWrite5m: 7, cacheWrite1h: 900 };
      const written = await ledger.write(
        batchOf([
          usageRecord({ key: 'a', at: day, tokens, reasoning: 9, webSearches: 1, latencyMs: 1500, claimedPico: 22_000_000_001n }),
          usageRecord({ key: 'b', at: day + 899_999, tokens: { input: 1 }, status: 'error', latencyMs: 500 }),
          usageRecord({ key: 'c', at: day + 900_000, tokens: { output: 2 }, model: 'nobody-knows' }),
        ]),
      );
      expect(written).toEqual({ counted: 3, duplicate: 0 });
      expect(await ledger.rows({ ...week, by: ['model'] })).toHaveLength(2);
      expect(await ledger.rows({ from: day, to: day + 900_000, by: ['model', 'agent'] })).toEqual([
        {
          group: { model: 'claude-sonnet-4-5', agent: 'main' },
          bucket: 0,
          requests: 2,
          errors: 1,
          input: 4,
          output: 159,
          cacheRead: 15_000,
          cacheWrite5m: 7,
          cacheWrite1h: 900,
          reasoning: 9,
          webSearches: 1,
          unpricedTokens: 0,
          costInput: 12_000_000n,
          costOutput: 2_385_000_000n,
          costCacheRead: 4_500_000_000n,
          costCacheWrite5m: 26_250_000n,
          costCacheWrite1h: 5_400_000_000n,
          costWebSearch: 10_000_000_000n,
          cost: 22_323_250_000n,
          claimed: 22_000_000_001n,
          latencyMsSum: 2000,
          latencyCount: 2,
        },
      ]);
      expect(await ledger.rows({ from: day + 900_000, to: week.to, by: [] })).toMatchObject([{ unpricedTokens: 2, cost: 0n, output: 2 }]);
      expect(await ledger.state()).toMatchObject({ records: 3, firstAt: day, lastAt: day + 900_000 });
    });

    it('keeps a lower bound beside the tokens whose price is not certain', async () => {
      await ledger.write(batchOf([usageRecord({ requests: 2, tokens: { input: 200_001 } })]));
      expect(await ledger.rows({ ...week, by: [] })).toMatchObject([
        { unpricedTokens: 200_001, cost: 600_003_000_000n, costInput: 600_003_000_000n },
      ]);
    });

    it('gives records back as they were, newest first', async () => {
      const records = [
        usageRecord({
          key: 'new',
          at: day + 5,
          tokens: { input: 1 },
          longContext: true,
          geo: 'us',
          serviceTier: 'batch',
          task: 't',
          status: '',
        }),
        usageRecord({
          key: 'middle',
          at: day + 4,
          tokens: { output: 2 },
          sidechain: true,
          latencyMs: 7,
          claimedPico: 0n,
          longContext: false,
        }),
        usageRecord({ key: 'old', at: day + 3, source: 'otlp', provider: '', claimedPico: 9_000_000_000_000_000_000n }),
      ];
      await ledger.write(batchOf([...records].reverse()));
      expect(await everyRecord(ledger)).toEqual(records);
      expect(await everyRecord(ledger, { from: day + 4, to: day + 5 })).toEqual([records[1]]);
    });

    it('filters by names, alone and together', async () => {
      await ledger.write(
        batchOf([
          usageRecord({ key: 'a', at: day, agent: 'x', session: 's1', tokens: { input: 1 } }),
          usageRecord({ key: 'b', at: day, agent: 'y', session: 's1', tokens: { input: 10 } }),
          usageRecord({ key: 'c', at: day, agent: 'x', session: 's2', tokens: { input: 100 } }),
        ]),
      );
      const input = async (where: NonNullable<Parameters<Ledger['rows']>[0]['where']>) =>
        (await ledger.rows({ ...week, by: [], where })).map((row) => row.input);
      expect(await input({ agent: ['x'] })).toEqual([101]);
      expect(await input({ agent: ['x', 'y'], session: ['s1'] })).toEqual([11]);
      expect(await input({ agent: ['nobody'] })).toEqual([]);
      expect(await input({ agent: [] })).toEqual([]);
      const seen: string[] = [];
      await ledger.records({ ...week, where: { agent: ['x'] } }, (record) => seen.push(record.key));
      expect(seen.sort()).toEqual(['a', 'c']);
    });

    it('writes several batches at once, as if one by one', async () => {
      const [a, b] = [usageRecord({ key: 'a', at: day, tokens: { input: 1 } }), usageRecord({ key: 'b', at: day, tokens: { input: 1 } })];
      expect(await ledger.writeMany?.([batchOf([a, b]), batchOf([a], { source: 'copy' })])).toEqual([
        { counted: 2, duplicate: 0 },
        { counted: 0, duplicate: 1 },
      ]);
    });
  });

  describe('one record for each key', () => {
    const early = usageRecord({ key: 'm', at: day, tokens: { input: 3, output: 1 } });
    const full = usageRecord({ key: 'm', at: day + 1_000_000, tokens: { input: 3, output: 159 } });
    const replay = usageRecord({ key: 'm', at: day, sidechain: true, agent: 'sub', tokens: { input: 3, output: 9999 } });
    const other = usageRecord({ key: 'm', source: 'codex', at: day, tokens: { input: 5 } });

    it.each([[[early, full, replay]], [[replay, full, early]], [[full, early, replay, full]]])(
      'the fullest line of the parent stays, in any order (%#)',
      async (order) => {
        const answers = [];
        for (const record of order) answers.push(await ledger.write(batchOf([record])));
        expect(answers.map(({ counted }) => counted)).toEqual(order.map((_, i) => (i === 0 ? 1 : 0)));
        expect(await everyRecord(ledger)).toEqual([full]);
        expect(await everyRow(ledger)).toEqual(expectedRows([full], book, dimensions, [week.from, week.to]));
        expect(await ledger.state()).toMatchObject({
          records: 1,
          sources: [{ lines: order.length, counted: 1, duplicate: order.length - 1 }],
        });
      },
    );

    it('the same key of another kind of source is another record', async () => {
      expect(await ledger.write(batchOf([full, other]))).toEqual({ counted: 2, duplicate: 0 });
    });

    it('any order, any repetition, any split into batches: the same ledger', async () => {
      const property = fc.asyncProperty(
        fc.array(anyRecord, { maxLength: 40 }),
        fc.array(fc.nat(), { minLength: 90, maxLength: 90 }),
        fc.integer({ min: 1, max: 15 }),
        async (records, picks, size) => {
          const own = await newStore();
          const opened = await openLedger(own.location, book, testHost());
          try {
            const again = records.length === 0 ? [] : picks.map((pick) => records[pick % records.length] ?? usageRecord());
            const all = [...again, ...[...records].reverse()];
            let counted = 0;
            for (let i = 0; i < all.length; i += size) counted += (await opened.write(batchOf(all.slice(i, i + size)))).counted;
            const kept = winners(records);
            expect(counted).toBe(kept.length);
            expect((await everyRecord(opened)).sort(byKey)).toEqual([...kept].sort(byKey));
            expect(await everyRow(opened)).toEqual(expectedRows(records, book, dimensions, [week.from, week.to]));
          } finally {
            await opened.close();
            await own.remove();
          }
        },
      );
      await fc.assert(property, { numRuns: runs });
    });

    it('the parts of every grouping and every bucket add up to the whole', async () => {
      const property = fc.asyncProperty(
        fc.subarray([...dimensions]),
        fc.uniqueArray(fc.integer({ min: 1, max: 671 }), { maxLength: 9 }),
        async (by, cuts) => {
          const bounds = [week.from, ...cuts.sort((a, b) => a - b).map((cut) => week.from + cut * 900_000), week.to];
          const rows = await ledger.rows({ ...week, by, buckets: bounds });
          const sum = rows.map((row) => ({ ...row, group: {}, bucket: 0 })).reduce(addRow);
          expect([sum]).toEqual(await ledger.rows({ ...week, by: [] }));
          for (const row of rows) {
            const { costInput, costOutput, costCacheRead, costCacheWrite5m, costCacheWrite1h, costWebSearch } = row;
            expect(row.cost).toBe(costInput + costOutput + costCacheRead + costCacheWrite5m + costCacheWrite1h + costWebSearch);
          }
          expect(sortRows(rows)).toEqual(expectedRows(records, book, by, bounds));
        },
      );
      const records = fc.sample(
        anyRecord.map((record) => ({ ...record, key: `${record.key}-${record.at}` })),
        { numRuns: 60, seed: 4 },
      );
      await ledger.write(batchOf(records));
      await fc.assert(property, { numRuns: runs });
    });
  });

  describe('hostile input', () => {
    it.each<[string, UsageRecord, string]>([
      ['a fraction of a token', usageRecord({ tokens: { input: 0.5 } }), 'bad-number'],
      ['not a number', usageRecord({ tokens: { input: Number.NaN } }), 'bad-number'],
      ['more tokens than there are', usageRecord({ tokens: { input: 2e12 } }), 'bad-number'],
      ['infinite requests', usageRecord({ requests: Number.POSITIVE_INFINITY }), 'bad-number'],
      ['a cost beyond int64', usageRecord({ model: 'claude-opus-4-1', tokens: { output: 900_000_000_000 } }), 'bad-number'],
      ['a claim beyond int64', usageRecord({ claimedPico: 2n ** 63n }), 'bad-number'],
      ['no time', usageRecord({ at: Number.NaN }), 'bad-time'],
      ['before the epoch', usageRecord({ at: -1 }), 'bad-time'],
      ['the year 2200', usageRecord({ at: Date.UTC(2200, 0) }), 'bad-time'],
    ])('%s is rejected and said', async (_what, record, reason) => {
      expect(await ledger.write(batchOf([record, usageRecord({ key: 'good', tokens: { input: 1 } })]))).toEqual({
        counted: 1,
        duplicate: 0,
      });
      expect(await ledger.rejects(5)).toEqual([{ source: 'logs', line: 0, reason, detail: expect.any(String) }]);
      expect(await ledger.state()).toMatchObject({
        records: 1,
        sources: [{ lines: 2, counted: 1, duplicate: 0, rejected: 1, rejectedBy: { [reason]: 1 }, empty: 0 }],
      });
    });

    it('takes names with NUL, half a surrogate and of any length, and knows them again', async () => {
      const odd = usageRecord({
        key: `k\0${'x'.repeat(5000)}`,
        at: day + 0.75,
        session: 'a\0b\ud800',
        project: '/p'.repeat(4000),
        latencyMs: 1.6,
      });
      const near = { ...odd, key: `k\0${'x'.repeat(4999)}y` };
      expect(await ledger.write(batchOf([odd, near]))).toEqual({ counted: 2, duplicate: 0 });
      expect(await ledger.write(batchOf([near, odd]))).toEqual({ counted: 0, duplicate: 2 });
      const [row] = await ledger.rows({ ...week, by: ['session', 'project'] });
      expect(row?.group.session).toBe('a\ufffdb\ufffd');
      expect(row?.group.project).toMatch(/^(\/p){100}…[0-9a-f]{32}$/);
      expect((await everyRecord(ledger))[0]).toMatchObject({ at: day, latencyMs: 2 });
    });

    it('sums beyond int64 stay exact', async () => {
      // 10^11 tokens × 75,000,000 pico-dollars: two of them are beyond 9.2 × 10^18.
      const records = Array.from({ length: 5 }, (_, i) =>
        usageRecord({
          key: `k${i}`,
          at: day,
          model: 'claude-opus-4-1',
          tokens: { output: 100_000_000_001 },
          claimedPico: 9_000_000_000_000_000_001n,
        }),
      );
      for (const record of records) await ledger.write(batchOf([record]));
      expect(await ledger.rows({ ...week, by: [] })).toMatchObject([
        { output: 500_000_000_005, costOutput: 37_500_000_000_375_000_000n, claimed: 45_000_000_000_000_000_005n },
      ]);
      await ledger.write(batchOf([usageRecord({ key: 'k0', at: day, model: 'claude-opus-4-1', tokens: { output: 100_000_000_002 } })]));
      expect(await ledger.rows({ ...week, by: [] })).toMatchObject([
        { costOutput: 37_500_000_000_450_000_000n, claimed: 36_000_000_000_000_000_004n },
      ]);
    });

    it('takes negative corrections, and more records of one millisecond than a clock tells apart', async () => {
      const records = Array.from({ length: 300 }, (_, i) =>
        usageRecord({ key: `k${i}`, at: day, requests: 0, tokens: { output: -1 }, model: 'claude-opus-5' }),
      );
      expect(await ledger.write(batchOf(records))).toEqual({ counted: 300, duplicate: 0 });
      expect(await ledger.rows({ ...week, by: [] })).toMatchObject([{ output: -300, costOutput: -7_500_000_000n, requests: 0 }]);
      expect(await everyRecord(ledger)).toHaveLength(300);
    });
  });

  describe('what was read', () => {
    it('accounts for every line', async () => {
      const records = [usageRecord({ key: 'a', at: day }), usageRecord({ key: 'b', at: day + 7 })];
      const reject = (line: number, reason: 'not-json' | 'bad-time') => ({ source: '/logs/a.jsonl', line, reason, detail: 'x' }) as const;
      await ledger.write(
        batchOf(records, { lines: 10, empty: 4, rejects: [reject(3, 'not-json'), reject(5, 'bad-time'), reject(6, 'not-json')] }),
      );
      await ledger.write(batchOf(records, { lines: 2, source: 'copy' }));
      expect((await ledger.state()).sources).toEqual([
        {
          source: 'copy',
          kind: 'claude-code',
          lines: 2,
          counted: 0,
          duplicate: 2,
          rejected: 0,
          rejectedBy: {},
          empty: 0,
          lastReadAt: testNow,
          newestRecordAt: day + 7,
        },
        {
          source: 'logs',
          kind: 'claude-code',
          lines: 10,
          counted: 2,
          duplicate: 1,
          rejected: 3,
          rejectedBy: { 'bad-time': 1, 'not-json': 2 },
          empty: 4,
          lastReadAt: testNow,
          newestRecordAt: day + 7,
        },
      ]);
      expect((await ledger.rejects(2)).map(({ line, reason }) => [line, reason])).toEqual([
        [6, 'not-json'],
        [5, 'bad-time'],
      ]);
    });

    it('keeps cursors with their records, each path and kind its own', async () => {
      await ledger.write(batchOf([], { cursor: cursor(), lines: 10, empty: 10 }));
      await ledger.write(batchOf([], { kind: 'codex', cursor: cursor({ kind: 'codex', offset: 5 }), lines: 1, empty: 1 }));
      expect(await ledger.cursors()).toEqual([cursor(), cursor({ kind: 'codex', offset: 5 })]);
      expect(await ledger.cursors('codex')).toEqual([cursor({ kind: 'codex', offset: 5 })]);
    });

    it('a cursor goes forward, and back only for a file that began anew', async () => {
      const lines = async (): Promise<number | undefined> => (await ledger.state()).sources[0]?.lines;
      await ledger.write(batchOf([], { cursor: cursor(), lines: 10, empty: 10 }));
      // Another process read the same lines, or some of them.
      await ledger.write(batchOf([], { cursor: cursor(), lines: 10, empty: 10 }));
      await ledger.write(batchOf([], { cursor: cursor({ offset: 500, lines: 5 }), lines: 5, empty: 5 }));
      expect([await lines(), (await ledger.cursors())[0]?.offset]).toEqual([10, 1000]);
      const anew = { cursor: cursor({ offset: 300, lines: 3, head: 'def', size: 300 }), lines: 3, empty: 3, restart: true };
      await ledger.write(batchOf([], anew));
      await ledger.write(batchOf([], anew));
      expect([await lines(), (await ledger.cursors())[0]?.offset]).toEqual([13, 300]);
    });

    it('writes nothing of a batch that fails', async () => {
      const broken = { price: () => { throw new Error('no'); } }; // biome-ignore format: one line
      const failing = await open({ ...book, ...broken });
      const batch = batchOf([usageRecord({ key: 'lost', session: 'never-seen', tokens: { input: 1 } })], { cursor: cursor() });
      await expect(failing.write(batch)).rejects.toThrow();
      await failing.close();
      expect([await ledger.cursors(), await everyRow(ledger), (await ledger.state()).sources]).toEqual([[], [], []]);
      expect(await ledger.write(batch)).toEqual({ counted: 1, duplicate: 0 });
      expect((await everyRow(ledger))[0]?.group.session).toBe('never-seen');
    });
  });

  describe('time', () => {
    it.each([
      ['Europe/Berlin', '2026-03-28', [24, 23, 24]],
      ['Europe/Berlin', '2026-10-24', [24, 25, 24]],
      ['America/New_York', '2026-11-01', [25, 24, 24]],
      ['Asia/Kolkata', '2026-11-01', [24, 24, 24]],
      ['Asia/Kathmandu', '2026-11-01', [24, 24, 24]],
      ['Australia/Lord_Howe', '2026-10-03', [24, 23.5, 24]],
    ])('days of %s from %s', async (zone, first, hours) => {
      const start = startOfDay(Date.parse(`${first}T12:00:00Z`), zone);
      const bounds = [start];
      for (const length of hours) bounds.push((bounds.at(-1) ?? 0) + length * 3_600_000);
      expect(bounds.map((bound) => startOfDay(bound, zone))).toEqual(bounds);
      // One token at the first and the last millisecond of each day, and around them.
      const records = bounds.flatMap((at, i) => [
        usageRecord({ key: `last-${i}`, at: at - 1, tokens: { input: 1 } }),
        usageRecord({ key: `first-${i}`, at, tokens: { input: 100 } }),
      ]);
      await ledger.write(batchOf(records));
      const rows = await ledger.rows({ from: start, to: bounds.at(-1) ?? 0, by: [], buckets: bounds });
      expect(rows.map(({ bucket, input }) => [bucket, input])).toEqual([[0, 101], [1, 101], [2, 101]]); // biome-ignore format: short
    });

    it('refuses bounds that would cut a quarter hour', async () => {
      await expect(ledger.rows({ from: day + 1, to: week.to, by: [] })).rejects.toThrow(RangeError);
      await expect(ledger.rows({ ...week, by: [], buckets: [day, day + 60_000, week.to] })).rejects.toThrow(RangeError);
      await expect(ledger.rows({ ...week, by: [], buckets: [day, week.to - 900_000] })).rejects.toThrow(RangeError);
    });
  });

  describe('upkeep', () => {
    const records = Array.from({ length: 50 }, (_, i) =>
      usageRecord({
        key: `k${i}`,
        at: day + i * 3_600_000,
        session: `s${i % 5}`,
        model: i % 2 ? 'mine' : 'claude-opus-5',
        tokens: { input: i + 1 },
      }),
    );
    const cut = day + 20 * 3_600_000;

    it('prices everything anew where prices changed, once', async () => {
      await ledger.write(batchOf(records));
      const dearer = createPriceBook(costPrices.parse({ mine: { prices: [{ input: 2 }] } }));
      expect(await ledger.reprice(book)).toEqual({ changed: 0 });
      expect(await ledger.reprice(dearer)).toEqual({ changed: 25 });
      expect(await ledger.reprice(dearer)).toEqual({ changed: 0 });
      expect((await ledger.state()).priceVersion).toBe(dearer.version);
      expect(await everyRow(ledger)).toEqual(expectedRows(records, dearer, dimensions, [week.from, week.to]));
      // What comes later is priced by the new book.
      const later = usageRecord({ key: 'later', at: day, model: 'mine', tokens: { input: 9 } });
      await ledger.write(batchOf([later]));
      expect(await everyRow(ledger)).toEqual(expectedRows([...records, later], dearer, dimensions, [week.from, week.to]));
    });

    it('a ledger that writers of two price lists share is of neither until it is priced anew', async () => {
      const dearer = createPriceBook(costPrices.parse({ mine: { prices: [{ input: 2 }] } }));
      const second = await open(dearer);
      await ledger.write(batchOf(records.slice(0, 25)));
      await second.write(batchOf(records.slice(25)));
      expect([book.version, dearer.version]).not.toContain((await ledger.state()).priceVersion);
      expect(await second.reprice(dearer)).toEqual({ changed: 12 });
      await second.close();
      expect(await everyRow(ledger)).toEqual(expectedRows(records, dearer, dimensions, [week.from, week.to]));
    });

    it('compaction removes single records and no sum, and no record comes back', async () => {
      await ledger.write(batchOf(records));
      const before = await everyRow(ledger);
      expect(await ledger.compact(cut)).toEqual({ deleted: 20 });
      expect(await ledger.compact(cut)).toEqual({ deleted: 0 });
      expect(await everyRecord(ledger)).toHaveLength(30);
      expect(await everyRow(ledger)).toEqual(before);
      expect(await ledger.write(batchOf(records))).toEqual({ counted: 0, duplicate: 50 });
      expect(await everyRow(ledger)).toEqual(before);
      expect(await ledger.state()).toMatchObject({ records: 50, firstAt: day, lastAt: day + 49 * 3_600_000 });
    });

    it('retention removes everything before a time, for good', async () => {
      await ledger.write(batchOf(records));
      expect(await ledger.retain(cut)).toEqual({ deleted: 20 });
      const kept = expectedRows(records.slice(20), book, dimensions, [week.from, week.to]);
      expect(await everyRow(ledger)).toEqual(kept);
      expect(await ledger.write(batchOf(records))).toEqual({ counted: 0, duplicate: 50 });
      expect(await everyRow(ledger)).toEqual(kept);
      expect(await ledger.state()).toMatchObject({ records: 30, firstAt: cut });
    });

    it('another connection sees names that came back after retention', async () => {
      const second = await open();
      await second.write(batchOf(records.slice(0, 5)));
      await ledger.retain(cut);
      const again = records.slice(0, 5).map((record) => ({ ...record, key: `${record.key}-new`, at: cut }));
      await second.write(batchOf(again));
      await second.close();
      expect(await everyRow(ledger)).toEqual(expectedRows(again, book, dimensions, [week.from, week.to]));
    });
  });

  describe('several processes', () => {
    const many = fc.sample(
      anyRecord.map((record) => ({ ...record, key: `${record.key}-${record.at % 37}` })),
      { numRuns: 900, seed: 11 },
    );
    const slices = (records: readonly UsageRecord[], size: number): LedgerBatch[] =>
      Array.from({ length: Math.ceil(records.length / size) }, (_, i) => batchOf(records.slice(i * size, (i + 1) * size)));

    it('two at once, the same records in opposite order: the same ledger', async () => {
      const writers = [startWriter(slices(many, 23)), startWriter(slices([...many].reverse(), 31))];
      for (const each of writers) expect(await each.next()).toBe('ready');
      for (const each of writers) each.go();
      expect(await Promise.all(writers.map(({ ended }) => ended))).toEqual([0, 0]);
      expect(await everyRow(ledger)).toEqual(expectedRows(many, book, dimensions, [week.from, week.to]));
      expect((await everyRecord(ledger)).sort(byKey)).toEqual(winners(many).sort(byKey));
      const [source] = (await ledger.state()).sources;
      expect(source).toMatchObject({ lines: 1800, counted: winners(many).length, duplicate: 1800 - winners(many).length });
    });

    it('kill -9 in the middle, then again from its cursor: every record once', async () => {
      const batches = slices(many, 9).map((batch, i) => ({ ...batch, cursor: cursor({ offset: (i + 1) * 100, lines: (i + 1) * 9 }) }));
      const { child, ended, next, go } = startWriter(batches);
      expect(await next()).toBe('ready');
      go();
      for (let line = await next(); line !== undefined && Number(line) < 12; ) line = await next();
      child.kill('SIGKILL');
      await ended;
      const [at] = await ledger.cursors();
      const done = (at?.offset ?? 0) / 100;
      expect(done).toBeGreaterThanOrEqual(13);
      // Records and cursor are of one transaction: what is counted is what the cursor says.
      expect(await everyRow(ledger)).toEqual(expectedRows(many.slice(0, done * 9), book, dimensions, [week.from, week.to]));
      for (const batch of batches.slice(done)) await ledger.write(batch);
      expect(await everyRow(ledger)).toEqual(expectedRows(many, book, dimensions, [week.from, week.to]));
      expect((await ledger.state()).sources[0]?.lines).toBe(many.length);
    });
  });
}
