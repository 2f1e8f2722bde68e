import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLedger } from '../../../packages/core/src/cost/ledger/open.ts';
import { createPriceBook } from '../../../packages/core/src/cost/prices/book.ts';
import type { UsageRecord } from '../../../packages/core/src/model/usage.ts';
import { testHost } from '../../support/host.ts';
import { claudeLine, file, temporaryFolder, userLine } from './support.ts';

const child = join(import.meta.dirname, 'child.ts');

/** Runs a process to its end, or to its n-th write, where it is killed. */
function run(ledger: string, logs: string, killAt = 0): Promise<NodeJS.Signals | number | null> {
  const running = spawn(process.execPath, [child, ledger, logs, String(killAt)], { stdio: ['ignore', 'pipe', 'inherit'] });
  running.stdout.once('data', () => running.kill('SIGKILL'));
  return new Promise((resolve, reject) => {
    running.once('error', reject);
    running.once('close', (code, signal) => resolve(signal ?? code));
  });
}

async function contents(path: string) {
  const ledger = await openLedger(path, createPriceBook(), testHost());
  const records: UsageRecord[] = [];
  await ledger.records({ from: 0, to: Date.UTC(2100, 0, 1) }, (record) => records.push(record));
  const [{ sources }, rows, cursors] = [
    await ledger.state(),
    await ledger.rows({ from: 0, to: 4_102_444_800_000, by: ['session', 'agent'] }),
    await ledger.cursors(),
  ];
  await ledger.close();
  const counts = sources.map(({ lines, counted, duplicate, rejected, empty }) => ({ lines, counted, duplicate, rejected, empty }));
  return { records: records.sort((a, b) => (a.key < b.key ? -1 : 1)), rows, cursors, counts };
}

describe('ingest in processes', () => {
  const logs = (): string => {
    const folder = temporaryFolder();
    for (const name of ['a', 'b', 'c', 'd']) {
      const lines = Array.from({ length: 80 }, (_, i) =>
        i % 20 === 19
          ? 'broken'
          : i % 20 === 18
            ? userLine
            : claudeLine({ id: i % 3 === 0 ? `shared-${i}` : `${name}-${i}`, output: i + name.charCodeAt(0), over: { sessionId: name } }),
      );
      file(folder, `${name}.jsonl`, `${lines.join('\n')}\n`);
    }
    return folder;
  };

  it('gives the same ledger however often it was killed, and by two at once', async () => {
    const folder = logs();
    const stores = temporaryFolder();
    const [clean, killed, shared] = ['clean', 'killed', 'shared'].map((name) => join(stores, name, 'ledger.db')) as [
      string,
      string,
      string,
    ];
    expect(await run(clean, folder)).toBe(0);
    for (const writes of [1, 3, 6]) expect(await run(killed, folder, writes)).toBe('SIGKILL');
    expect(await run(killed, folder)).toBe(0);
    expect(await Promise.all([run(shared, folder), run(shared, folder)])).toEqual([0, 0]);
    const expected = await contents(clean);
    expect(expected.counts).toEqual([
      { lines: 320, counted: expected.records.length, duplicate: 320 - 16 - 16 - expected.records.length, rejected: 16, empty: 16 },
    ]);
    expect(await contents(killed)).toEqual(expected);
    expect(await contents(shared)).toEqual(expected);
  });
});
