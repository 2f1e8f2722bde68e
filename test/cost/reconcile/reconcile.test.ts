import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BilledExport, BilledLine } from '../../../packages/core/src/cost/reconcile/exports.ts';
import { ownSpend } from '../../../packages/core/src/cost/reconcile/own.ts';
import type { OwnSpend } from '../../../packages/core/src/cost/reconcile/pair.ts';
import { reconcile, withoutDate } from '../../../packages/core/src/cost/reconcile/reconcile.ts';
import { ledgerRow } from '../../support/ledger-row.ts';

const dollar = 1_000_000_000_000n;
const day = '2026-05-01';

const own = (fields: Partial<OwnSpend> = {}): OwnSpend => ({
  day,
  model: 'gpt-5',
  pico: 0n,
  input: 0,
  output: 0,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  unpricedTokens: 0,
  costInput: 0n,
  costCacheRead: 0n,
  costCacheWrite5m: 0n,
  costCacheWrite1h: 0n,
  costWebSearch: 0n,
  ...fields,
});
const line = (fields: Partial<BilledLine> = {}): BilledLine => ({
  day,
  model: 'gpt-5',
  pico: 0n,
  kind: 'tokens',
  serviceTier: '',
  tokenType: '',
  ...fields,
});
const bill = (...lines: BilledLine[]): BilledExport => ({
  lines,
  rejects: [],
  days: [...new Set([day, ...lines.map((one) => one.day)])].sort(),
});
const reasonsOf = (ours: OwnSpend[], billed: BilledExport) =>
  reconcile(ours, billed).rows.map(({ verdict, reasons }) => [verdict, reasons.map(({ id }) => id)]);

test.each([
  ['gpt-5-2025-08-07', 'gpt-5'],
  ['claude-sonnet-4-5-20250929', 'claude-sonnet-4-5'],
  ['GPT-5', 'gpt-5'],
  ['', ''],
])('%j without its date is %j', (model, expected) => expect(withoutDate(model)).toBe(expected));

describe('agreement', () => {
  test('an export without a day compares nothing, and that is no agreement', () =>
    expect(reconcile([own({ pico: dollar })], { lines: [], rejects: [], days: [] })).toEqual({
      rows: [],
      byModel: [],
      ours: 0n,
      billed: 0n,
      difference: 0n,
      credits: 0n,
      other: 0n,
      agrees: false,
      notes: ['the export holds no day: nothing was compared', 'days that the export has no bucket for are left out'],
    }));

  test('a day without use and without a bill', () => expect(reconcile([], bill())).toMatchObject({ agrees: true, rows: [] }));

  test('dated and undated names are one model', () =>
    expect(reconcile([own({ pico: dollar })], bill(line({ model: 'gpt-5-2025-08-07', pico: dollar })))).toMatchObject({
      agrees: true,
      rows: [{ day, model: 'gpt-5', ours: dollar, billed: dollar, difference: 0n, verdict: 'equal', reasons: [] }],
    }));

  test('a cent is rounding, two are not', () => {
    const cent = dollar / 100n;
    expect(reasonsOf([own({ pico: dollar })], bill(line({ pico: dollar + cent })))).toEqual([['within tolerance', ['rounding']]]);
    expect(reasonsOf([own({ pico: dollar })], bill(line({ pico: dollar + 2n * cent })))).toEqual([['billed more', []]]);
  });

  test('a thousandth of a large amount is', () =>
    expect(reasonsOf([own({ pico: 10_000n * dollar })], bill(line({ pico: 10_010n * dollar })))).toEqual([
      ['within tolerance', ['rounding']],
    ]));

  test('an export that could not be read to the end never agrees', () => {
    const result = reconcile([own({ pico: dollar })], {
      ...bill(line({ pico: dollar })),
      rejects: [{ where: 'data[1]', why: 'not an object' }],
    });
    expect(result).toMatchObject({ agrees: false, notes: ['1 lines of the export could not be read: what they bill is missing here'] });
  });
});

describe('likely reasons', () => {
  test('billed, never seen by us', () =>
    expect(reasonsOf([], bill(line({ pico: dollar })))).toEqual([['billed more', ['missing-source']]]));
  test('ours, not on the bill', () =>
    expect(reasonsOf([own({ pico: dollar })], bill())).toEqual([['billed less', ['foreign-usage', 'incomplete-day']]]));
  test('no price', () =>
    expect(reasonsOf([own({ pico: dollar, unpricedTokens: 9 })], bill(line({ pico: 3n * dollar })))).toEqual([
      ['billed more', ['unpriced-model']],
    ]));

  test('half is billed', () =>
    expect(reasonsOf([own({ pico: 10n * dollar })], bill(line({ pico: 5n * dollar }), line({ day: '2026-05-02' })))).toEqual([
      ['billed less', ['batch-discount']],
      ['equal', []],
    ]));

  test('a part is billed as batch', () =>
    // $4 at full price and $3 of $6 as batch.
    expect(
      reasonsOf(
        [own({ pico: 10n * dollar })],
        bill(line({ pico: 4n * dollar }), line({ pico: 3n * dollar, serviceTier: 'batch' }), line({ day: '2026-05-02' })),
      )[0],
    ).toEqual(['billed less', ['batch-discount']]));

  test('cache reads at the price of input', () =>
    // 1 M input $3.00, 1 M reads $0.30: billed as $6.00.
    expect(
      reasonsOf(
        [own({ pico: 3_300_000_000_000n, input: 1e6, costInput: 3n * dollar, cacheRead: 1e6, costCacheRead: 300_000_000_000n })],
        bill(line({ pico: 6n * dollar })),
      ),
    ).toEqual([['billed more', ['cache-read-as-input']]]));

  test('1 h writes billed as 5 min ones', () =>
    // 1 M at $6.00 against $3.75.
    expect(
      reasonsOf(
        [own({ pico: 6n * dollar, cacheWrite1h: 1e6, costCacheWrite1h: 6n * dollar })],
        bill(line({ pico: 3_750_000_000_000n }), line({ day: '2026-05-02' })),
      )[0],
    ).toEqual(['billed less', ['cache-write-class']]));

  test('another midnight: two days are off in opposite ways', () => {
    const next = '2026-05-02';
    expect(
      reasonsOf(
        [own({ pico: 10n * dollar }), own({ day: next, pico: 10n * dollar })],
        bill(line({ pico: 7n * dollar }), line({ day: next, pico: 13n * dollar })),
      ),
    ).toEqual([
      ['billed less', ['time-zone']],
      ['billed more', ['time-zone']],
    ]);
  });

  test('credits and web search are rows of their own; credits do not break agreement', () => {
    const result = reconcile(
      [own({ pico: dollar, costWebSearch: 100_000_000_000n })],
      bill(
        line({ pico: dollar }),
        line({ model: '', pico: -dollar, kind: 'credit' }),
        line({ model: '', pico: 100_000_000_000n, kind: 'other' }),
      ),
    );
    expect(result).toMatchObject({ agrees: true, credits: -dollar, other: 100_000_000_000n, difference: -dollar });
    expect(result.rows.map(({ model, verdict, reasons }) => [model, verdict, reasons.map(({ id }) => id)])).toEqual([
      ['(credits)', 'billed less', ['credits']],
      ['(other charges)', 'equal', []],
      ['gpt-5', 'equal', []],
    ]);
  });
});

test('an export that does not say the model is compared by the day, and says so', () =>
  expect(
    reconcile([own({ pico: dollar }), own({ model: 'gpt-5-mini', pico: 2n * dollar })], bill(line({ model: '', pico: 3n * dollar }))),
  ).toMatchObject({
    agrees: true,
    rows: [{ model: '', ours: 3n * dollar, billed: 3n * dollar }],
    notes: ['the export does not say the model on 2026-05-01: only the day is compared'],
  }));

test('rows add up exactly to the totals, whatever is compared', () => {
  const model = fc.constantFrom('', 'a', 'b-2025-01-01', 'b');
  const days = fc.constantFrom('2026-05-01', '2026-05-02', '2026-05-03');
  const pico = fc.bigInt({ min: -(10n ** 13n), max: 10n ** 15n });
  const ours = fc.array(fc.record({ day: days, model, pico }).map((fields) => own(fields)));
  const lines = fc.array(
    fc
      .record({ day: days, model, pico, kind: fc.constantFrom('tokens' as const, 'credit' as const, 'other' as const) })
      .map((fields) => line(fields)),
  );
  const total = (values: readonly bigint[]): bigint => values.reduce((sum, value) => sum + value, 0n);
  fc.assert(
    fc.property(ours, lines, (mine, billed) => {
      const export_ = bill(...billed);
      const result = reconcile(mine, export_);
      const covered = mine.filter((one) => export_.days.includes(one.day));
      expect(result.ours).toBe(total(covered.map((one) => one.pico)));
      expect(result.billed).toBe(total(billed.map((one) => one.pico)));
      for (const rows of [result.rows, result.byModel]) {
        expect(total(rows.map((row) => row.ours))).toBe(result.ours);
        expect(total(rows.map((row) => row.billed))).toBe(result.billed);
        expect(total(rows.map((row) => row.difference))).toBe(result.difference);
      }
    }),
  );
});

describe('our side from the ledger', () => {
  const may = Date.UTC(2026, 4, 1);

  test('web searches are taken out of the tokens', () =>
    expect(
      ownSpend([ledgerRow({ group: { model: 'gpt-5' }, cost: 7n, costInput: 5n, costWebSearch: 2n, input: 3 })], [may, may + 86_400_000]),
    ).toEqual([own({ pico: 5n, costWebSearch: 2n, costInput: 5n, input: 3 })]));

  test('buckets that are no UTC days are refused', () =>
    expect(() => ownSpend([ledgerRow()], [may - 7_200_000, may + 79_200_000])).toThrow(
      new RangeError('bucket 0 does not begin a UTC day'),
    ));
});
