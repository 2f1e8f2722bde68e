import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { focusCsv } from '../../../packages/core/src/cost/focus/csv.ts';
import { type FocusSettings, focusColumns, focusRows } from '../../../packages/core/src/cost/focus/focus.ts';
import { parsePico } from '../../../packages/core/src/model/money.ts';
import { ledgerRow } from '../../support/ledger-row.ts';

const settings: FocusSettings = {
  timeZone: 'Europe/Berlin',
  account: 'agents',
  providerOf: (model) => (model.startsWith('gpt') ? 'OpenAI' : undefined),
};
/** 29 March 2026 in Berlin, 23 hours long. */
const buckets = [Date.UTC(2026, 2, 28, 23), Date.UTC(2026, 2, 29, 22)];

test('no rows: the head alone', () => expect(focusCsv(focusRows([], buckets, settings))).toBe(`${focusColumns.join(',')}\r\n`));

test('FOCUS 1.2: all 21 mandatory columns are there', () => {
  const mandatory = [
    'BilledCost BillingAccountId BillingAccountName BillingCurrency BillingPeriodEnd BillingPeriodStart ChargeCategory',
    'ChargeClass ChargeDescription ChargePeriodEnd ChargePeriodStart ContractedCost EffectiveCost InvoiceIssuerName',
    'ListCost PricingQuantity PricingUnit ProviderName PublisherName ServiceCategory ServiceName',
  ].flatMap((names) => names.split(' '));
  expect(mandatory).toHaveLength(21);
  expect(mandatory.filter((name) => !(focusColumns as readonly string[]).includes(name))).toEqual([]);
});

test('one row by class, on a day of daylight saving, in its month', () =>
  expect(
    focusRows(
      [
        ledgerRow({
          group: { model: 'gpt-5', agent: 'planner', session: 's1' },
          requests: 1,
          input: 1000,
          costInput: 1_250_000_000n,
          cost: 1_250_000_000n,
        }),
      ],
      buckets,
      settings,
    ),
  ).toEqual([
    {
      BilledCost: '0.00125',
      BillingAccountId: 'agents',
      BillingAccountName: 'agents',
      BillingCurrency: 'USD',
      BillingPeriodEnd: '2026-03-31T22:00:00Z',
      BillingPeriodStart: '2026-02-28T23:00:00Z',
      ChargeCategory: 'Usage',
      ChargeClass: '',
      ChargeDescription: 'gpt-5, input, 2026-03-29',
      ChargeFrequency: 'Usage-Based',
      ChargePeriodEnd: '2026-03-29T22:00:00Z',
      ChargePeriodStart: '2026-03-28T23:00:00Z',
      ConsumedQuantity: '1000',
      ConsumedUnit: 'Tokens',
      ContractedCost: '0.00125',
      EffectiveCost: '0.00125',
      InvoiceIssuerName: 'OpenAI',
      ListCost: '0.00125',
      PricingQuantity: '1000',
      PricingUnit: 'Tokens',
      ProviderName: 'OpenAI',
      PublisherName: 'OpenAI',
      ServiceCategory: 'AI and Machine Learning',
      ServiceName: 'OpenAI API',
      ServiceSubcategory: 'Generative AI',
      x_Agent: 'planner',
      x_Model: 'gpt-5',
      x_Priced: 'yes',
      x_Session: 's1',
      x_TokenClass: 'input',
    },
  ]));

describe('what has no price, or no class', () => {
  test.each([
    [0, 'yes'],
    [30, 'partly'],
    [100, 'no'],
  ])('%i of 100 tokens without a price: priced %s', (unpricedTokens, priced) =>
    expect(focusRows([ledgerRow({ output: 100, unpricedTokens })], buckets, settings)).toMatchObject([
      {
        x_Priced: priced,
        x_TokenClass: 'output',
        BilledCost: '0',
        ProviderName: 'unknown',
        ChargeDescription: 'model not said, output, 2026-03-29',
      },
    ]),
  );

  test('web searches are counted in requests, and what is left is a row of its own', () =>
    expect(
      focusRows([ledgerRow({ requests: 4, webSearches: 3, costWebSearch: 30_000_000_000n, cost: 30_000_000_005n })], buckets, settings),
    ).toMatchObject([
      { x_TokenClass: 'webSearch', ConsumedUnit: 'Requests', ConsumedQuantity: '3', BilledCost: '0.03' },
      { x_TokenClass: '', ConsumedUnit: 'Requests', ConsumedQuantity: '4', BilledCost: '0.000000000005' },
    ]));

  test('a bucket that is not there is refused', () =>
    expect(() => focusRows([ledgerRow({ bucket: 1 })], buckets, settings)).toThrow(new RangeError('no bucket 1')));
});

test('the sum is the sum of the ledger, to the pico-dollar', () => {
  const cost = fc.bigInt({ min: -(10n ** 12n), max: 10n ** 18n });
  const tokens = fc.integer({ min: 0, max: 1e9 });
  const row = fc.record({
    input: tokens,
    output: tokens,
    cacheRead: tokens,
    costInput: cost,
    costOutput: cost,
    costCacheRead: cost,
    costCacheWrite5m: cost,
    costCacheWrite1h: cost,
    costWebSearch: cost,
    cost,
  });
  fc.assert(
    fc.property(fc.array(row.map((fields) => ledgerRow(fields))), (rows) => {
      const made = focusRows(rows, buckets, settings);
      for (const column of ['BilledCost', 'EffectiveCost', 'ListCost', 'ContractedCost'] as const)
        expect(made.reduce((sum, one) => sum + (parsePico(one[column]) ?? 0n), 0n)).toBe(rows.reduce((sum, one) => sum + one.cost, 0n));
      const inTokens = made
        .filter(({ ConsumedUnit }) => ConsumedUnit === 'Tokens')
        .reduce((sum, one) => sum + Number(one.ConsumedQuantity), 0);
      expect(inTokens).toBe(rows.reduce((sum, one) => sum + one.input + one.output + one.cacheRead, 0));
    }),
  );
});
