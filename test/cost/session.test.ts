import { expect, it } from 'vitest';
import { markRead } from '../../packages/core/src/cost/session.ts';
import { testHost, testNow } from '../support/host.ts';
import { sonnet, testBook, usage } from '../support/price-book.ts';
import { memorySession } from './report/ledger.ts';

const book = testBook({ 'claude-sonnet-4-5': sonnet });
const nothingNew = { sources: [{ lines: 0 }], rejectedBy: {}, unseen: [] };
const hour = 3_600_000;

/** When the ledger counts as read, hours after it was, following a look that came to `reading` an hour later. */
async function readAfter(reading: Parameters<typeof markRead>[2], later = hour): Promise<number> {
  // A ledger's host is that of its session: its clock goes on between the two.
  let now = testNow;
  const host = { ...testHost(), clock: { ...testHost().clock, now: () => now } };
  const session = await memorySession([usage({ key: 'a', at: testNow, tokens: { input: 1 } })], { book, host });
  now += later;
  await markRead(session, host, reading);
  const { sources, records } = await session.ledger.state();
  await session.close();
  expect(sources.map(({ lines, counted }) => [lines, counted])).toEqual([[1, 1]]);
  expect(records).toBe(1);
  return ((sources[0]?.lastReadAt ?? 0) - testNow) / hour;
}

it('a look that finds nothing new is a reading, and counts no line', async () => {
  expect(await readAfter(nothingNew)).toBe(1);
});

it.each<[string, Parameters<typeof markRead>[2]]>([
  ['a source was not seen', { ...nothingNew, unseen: [{}] }],
  ['a file could not be read', { ...nothingNew, rejectedBy: { unreadable: 1 } }],
  ['there was something new, which says so itself', { ...nothingNew, sources: [{ lines: 0 }, { lines: 3 }] }],
])('not where %s', async (_name, reading) => {
  expect(await readAfter(reading)).toBe(0);
});

it('not again within a minute', async () => {
  expect(await readAfter(nothingNew, 59_999)).toBe(0);
  expect(await readAfter(nothingNew, 60_000)).toBe(60_000 / hour);
});

it('an empty ledger stays empty', async () => {
  const session = await memorySession([], { book });
  await markRead(session, testHost(), nothingNew);
  expect((await session.ledger.state()).sources).toEqual([]);
  await session.close();
});
