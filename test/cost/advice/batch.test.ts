import { expect, test } from 'vitest';
import { batchAdvice } from '../../../packages/core/src/cost/advice/batch.ts';
import { collectCells } from '../../../packages/core/src/cost/advice/cells.ts';
import type { UsageRecord } from '../../../packages/core/src/model/usage.ts';
import { sonnet, testBook, usage } from '../../support/price-book.ts';

const book = testBook({ 'claude-sonnet-4-5': sonnet });

function advise(records: readonly UsageRecord[], ...nonInteractive: string[]) {
  const cells = collectCells();
  for (const record of records) cells.add(record, book.price(record));
  return batchAdvice(cells.cells(), book, { nonInteractive });
}
const nightly = usage({ agent: 'nightly', tokens: { input: 1_000_000, output: 200_000 } });

test.each([
  ['nothing', [], ['nightly']],
  ['nobody named', [nightly], []],
  ['batch already', [{ ...nightly, serviceTier: 'batch' }], ['nightly']],
  ['a tier that has no batch', [{ ...nightly, serviceTier: 'priority' }], ['nightly']],
  ['no price', [{ ...nightly, model: 'zeta-9' }], ['nightly']],
  ['less than a cent', [usage({ agent: 'nightly', tokens: { input: 100 } })], ['nightly']],
] as const)('%s: no advice', (_, records, named) => expect(advise(records, ...named)).toEqual([]));

test('half of $6.00, by agent or by task', () => {
  expect(advise([nightly], 'nightly')).toMatchObject([{ id: 'batch/nightly/unnamed/claude-sonnet-4-5', savingPico: 3_000_000_000_000n }]);
  expect(advise([{ ...nightly, task: 'digest' }], 'digest')).toMatchObject([{ savingPico: 3_000_000_000_000n }]);
});
