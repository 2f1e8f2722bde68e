import { appendFileSync, statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isUnchanged } from '../../../packages/core/src/cost/ingest/cursor.ts';
import { PartsInOrder } from '../../../packages/core/src/cost/ingest/parts.ts';
import { defaultLimits, type Part, type ReadBatch, type ReadJob, readFile } from '../../../packages/core/src/cost/ingest/read-file.ts';
import { testNow } from '../../support/host.ts';
import { claudeLine, file, temporaryFolder } from './support.ts';

const line = (id: string) => `${claudeLine({ id })}\n`;
const length = Buffer.byteLength(line('m1'));
const job = (path: string, over: Partial<ReadJob> = {}): ReadJob => ({
  path,
  format: 'claude-code',
  cursor: undefined,
  now: testNow,
  ...over,
});
/** One line a batch. */
const limits = { ...defaultLimits, blockBytes: length, batchRecords: 1 };
const keys = (batches: readonly ReadBatch[]) => batches.flatMap(({ records }) => records.map(({ key }) => key));

/** Reads a file that something happens to after the first batch. */
function reading(path: string, happens: () => void): ReadBatch[] {
  const batches: ReadBatch[] = [];
  for (const batch of readFile(job(path), limits)) {
    if (batches.length === 0) happens();
    batches.push(batch);
  }
  return batches;
}

describe('a file that changes while it is read', () => {
  it('grows: what was there at the begin is read, the rest by the next run', () => {
    const path = file(temporaryFolder(), 'a.jsonl', line('m1') + line('m2'));
    const batches = reading(path, () => appendFileSync(path, line('m3')));
    const cursor = batches.at(-1)?.cursor;
    expect([keys(batches), cursor?.offset, cursor?.size]).toEqual([['m1', 'm2'], 2 * length, 2 * length]);
    expect(keys([...readFile(job(path, { cursor }), limits)])).toEqual(['m3']);
  });

  it('is truncated: what could be read is kept, and the next run reads anew', () => {
    const path = file(temporaryFolder(), 'a.jsonl', line('m1') + line('m2') + line('m3'));
    const batches = reading(path, () => truncateSync(path, length + 10));
    const cursor = batches.at(-1)?.cursor;
    expect([keys(batches), cursor?.offset, batches.at(-1)?.pending]).toEqual([['m1'], length, 2 * length]);
    writeFileSync(path, line('m8') + line('m9'));
    const again = [...readFile(job(path, { cursor }), limits)];
    expect([keys(again), again[0]?.restart, again[1]?.restart]).toEqual([['m8', 'm9'], true, false]);
  });

  it('vanishes: the open file is read to its end', () => {
    const path = file(temporaryFolder(), 'a.jsonl', line('m1') + line('m2'));
    expect(keys(reading(path, () => unlinkSync(path)))).toEqual(['m1', 'm2']);
  });

  it('vanished before: it is rejected', () => {
    const path = join(temporaryFolder(), 'gone.jsonl');
    expect([...readFile(job(path))]).toEqual([
      {
        format: 'claude-code',
        records: [],
        rejects: [{ source: path, line: 0, reason: 'unreadable', detail: 'no such file or folder' }],
        lines: 1,
        empty: 0,
        restart: false,
        begin: 0,
        end: 0,
        pending: 0,
      },
    ]);
  });

  it('is a folder by now: it is rejected', () => {
    const path = temporaryFolder();
    expect([...readFile(job(path))].map(({ rejects }) => rejects)).toEqual([
      [{ source: path, line: 0, reason: 'unreadable', detail: 'a folder, not a file' }],
    ]);
  });
});

describe('a file that was read in part', () => {
  it('is gone on with by the next run, whichever batch was the last that was written', () => {
    const path = file(temporaryFolder(), 'a.jsonl', `${line('m1')}${line('m2')}broken\n${line('m3')}${claudeLine({ id: 'm4' })}`);
    const batches = [...readFile(job(path), limits)];
    expect(batches.length).toBeGreaterThan(3);
    for (const [index, { cursor }] of batches.entries()) {
      const current = cursor !== undefined && isUnchanged(cursor, statSync(path), true);
      expect(current).toBe(index === batches.length - 1);
      const rest = [...readFile(job(path, { cursor }), limits)];
      expect([...keys(batches.slice(0, index + 1)), ...keys(rest)]).toEqual(['m1', 'm2', 'm3', 'm4']);
      expect(rest.at(-1)?.cursor).toEqual(batches.at(-1)?.cursor);
    }
  });
});

describe('parts of a file', () => {
  const partsOf = (path: string, cuts: readonly number[], over: Partial<Part> = {}): ReadJob[] => {
    const { dev, ino, size, mtimeMs } = statSync(path);
    const ends = [...cuts, size];
    return ends.map((to, index) => {
      const from = ends[index - 1] ?? 0;
      return job(path, { part: { dev, ino, size, mtimeMs, from, to, first: from === 0, ...over } });
    });
  };

  /** Reads parts in the order given; gives what is passed on. */
  async function inOrder(jobs: readonly ReadJob[], order: readonly number[], between: () => void = () => undefined): Promise<ReadBatch[]> {
    const passed: ReadBatch[] = [];
    const parts = new PartsInOrder(async (_, batch) => {
      passed.push(batch);
    });
    for (const index of order) {
      const part = jobs[index] as ReadJob;
      for (const batch of readFile(part, limits)) await parts.batch(part, batch);
      await parts.done(part);
      between();
    }
    return passed;
  }

  it.each([
    ['at line ends', [length, 2 * length]],
    ['inside of lines', [length + 5, 2 * length - 1]],
    ['many in one line', [10, 20, 30, length + 7, length + 8]],
  ])('meet wherever they are cut: %s', async (_, cuts) => {
    const path = file(temporaryFolder(), 'a.jsonl', `${line('m1')}${line('m2')}broken\n${claudeLine({ id: 'm3' })}`);
    const jobs = partsOf(path, cuts);
    const whole = [...readFile(job(path))];
    for (const order of [jobs.map((__, index) => index), jobs.map((__, index) => index).reverse()]) {
      const passed = await inOrder(jobs, order);
      expect(keys(passed)).toEqual(['m1', 'm2', 'm3']);
      expect(passed.flatMap(({ rejects }) => rejects)).toEqual(whole.flatMap(({ rejects }) => rejects));
      expect(passed.at(-1)?.cursor).toEqual(whole.at(-1)?.cursor);
    }
  });

  it('leave an unfinished last line for later, in whichever part it begins', async () => {
    const path = file(temporaryFolder(), 'a.jsonl', `${line('m1')}${line('m2').slice(0, -20)}`);
    for (const cuts of [[length - 3], [length + 3], [length + 3, length + 9]]) {
      const passed = await inOrder(partsOf(path, cuts), [0, 1]);
      expect([keys(passed), passed.at(-1)?.cursor?.offset, passed.at(-1)?.pending]).toEqual([['m1'], length, length - 20]);
      expect(passed.at(-1)?.cursor?.size).toBe(statSync(path).size);
    }
  });

  it('that do not meet, since the file was truncated, are left to a later run', async () => {
    const path = file(temporaryFolder(), 'a.jsonl', line('m1') + line('m2') + line('m3') + line('m4'));
    const jobs = partsOf(path, [2 * length, 3 * length]);
    const passed = await inOrder(jobs, [1, 0, 2], () => truncateSync(path, length));
    expect([keys(passed), passed.at(-1)?.cursor?.offset]).toEqual([['m1'], length]);
  });

  it('of a file that another has replaced are not mixed with it', async () => {
    const path = file(temporaryFolder(), 'a.jsonl', line('m1') + line('m2'));
    expect(await inOrder(partsOf(path, [length], { ino: 1 }), [0, 1])).toEqual([]);
  });

  it('of a file that is gone say so once', async () => {
    const path = file(temporaryFolder(), 'a.jsonl', line('m1') + line('m2'));
    const jobs = partsOf(path, [length]);
    unlinkSync(path);
    expect((await inOrder(jobs, [0, 1])).map(({ rejects }) => rejects.map(({ detail }) => detail))).toEqual([['no such file or folder']]);
  });
});
