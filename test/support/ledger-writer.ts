// Writes batches into a ledger from a process of its own: `node ledger-writer.ts LOCATION BATCHES.json`.
// Prints a line after each batch; `start` is awaited on stdin, so that two of them begin together.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { openLedger } from '../../packages/core/src/cost/ledger/open.ts';
import { createPriceBook } from '../../packages/core/src/cost/prices/book.ts';
import { testHost } from './host.ts';
import { parseBatches } from './ledger-batches.ts';

const [location = '', file = ''] = process.argv.slice(2);
const batches = parseBatches(readFileSync(file, 'utf8'));
const ledger = await openLedger(location, createPriceBook(), testHost());
const input = createInterface({ input: process.stdin });
process.stdout.write('ready\n');
await new Promise((resolve) => input.once('line', resolve));
input.close();
for (const [i, batch] of batches.entries()) {
  await ledger.write(batch);
  process.stdout.write(`${i}\n`);
}
await ledger.close();
