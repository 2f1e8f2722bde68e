import type { Ledger } from '../../../packages/core/src/cost/ledger/ledger.ts';
import { openLedger } from '../../../packages/core/src/cost/ledger/open.ts';
import { createPriceBook } from '../../../packages/core/src/cost/prices/book.ts';
import type { Host } from '../../../packages/core/src/host.ts';
import { difference, type Totals, totalsOf } from './oracle.ts';

/** Opens a ledger with the bundled prices, as the CLI does without a configuration. */
export function openBenchLedger(path: string): Promise<Ledger> {
  const host: Host = {
    clock: { now: Date.now, monotonic: () => performance.now(), timeZone: 'UTC' },
    env: {},
    home: '/nonexistent',
    cwd: '/nonexistent',
    log: { debug: () => undefined, warn: () => undefined },
    progress: { update: () => undefined },
    random: Math.random,
    confirm: async () => false,
  };
  return openLedger(path, createPriceBook(), host);
}

/** Totals by model of a ledger: of its rollups, and once more of its single records. Throws where the two differ. */
export async function ledgerTotals(path: string): Promise<Totals> {
  const ledger = await openBenchLedger(path);
  try {
    const span = { from: 0, to: 2 ** 41 - (2 ** 41 % 900_000) };
    const totals: Totals = new Map();
    for (const row of await ledger.rows({ ...span, by: ['model'] })) {
      const { requests: messages, input, output, cacheRead, cacheWrite5m, cacheWrite1h } = row;
      totals.set(row.group.model ?? '', { messages, input, output, cacheRead, cacheWrite5m, cacheWrite1h });
    }
    const single: Totals = new Map();
    await ledger.records(span, ({ model, requests, tokens }) => {
      const sums = totalsOf(single, model);
      sums.messages += requests;
      sums.input += tokens.input;
      sums.output += tokens.output;
      sums.cacheRead += tokens.cacheRead;
      sums.cacheWrite5m += tokens.cacheWrite5m;
      sums.cacheWrite1h += tokens.cacheWrite1h;
    });
    const why = difference(single, totals, ownKeys);
    if (why !== undefined) throw new Error(`rollups and records differ: ${why}`);
    return totals;
  } finally {
    await ledger.close();
  }
}

export const ownKeys = ['messages', 'input', 'output', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h'] as const;
