/** A process of its own that reads a folder of logs into a ledger: `node child.ts LEDGER FOLDER [N]`. At its N-th write, before or after it, it says so and waits to be killed. */
import { ingest } from '../../../packages/core/src/cost/ingest/ingest.ts';
import type { UsageStore } from '../../../packages/core/src/cost/ingest/writer.ts';
import { openLedger } from '../../../packages/core/src/cost/ledger/open.ts';
import { createPriceBook } from '../../../packages/core/src/cost/prices/book.ts';
import { testHost } from '../../support/host.ts';

const [location = '', folder = '', stopAt = '0'] = process.argv.slice(2);
const ledger = await openLedger(location, createPriceBook(), testHost());
let writes = 0;
const forever = (): Promise<never> => {
  process.stdout.write('waiting\n');
  return new Promise(() => setInterval(() => undefined, 1000));
};
// One transaction a batch: a process that is killed has written some and others not.
const oneByOne: UsageStore = {
  cursors: (kind) => ledger.cursors(kind),
  write: async (batch) => {
    writes++;
    if (writes === Number(stopAt) && writes % 2 === 0) return forever();
    const written = await ledger.write(batch);
    return writes === Number(stopAt) ? forever() : written;
  },
};
await ingest([{ type: 'files', name: 'logs', patterns: [folder], format: 'claude-code' }], oneByOne, {
  host: testHost(),
  limits: { blockBytes: 4096, batchRecords: 8 },
});
await ledger.close();
