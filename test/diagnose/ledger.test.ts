import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readUsage } from '../../packages/core/src/cost/ingest/usage.ts';
import { openCost } from '../../packages/core/src/cost/session.ts';
import { diagnose } from '../../packages/core/src/diagnose/run.ts';
import type { Report } from '../../packages/core/src/model/report.ts';
import type { Lab } from '../../packages/lab/src/lab.ts';
import { testHost, testNow } from '../support/host.ts';
import { configOf, startStillLab } from '../support/lab-run.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startStillLab('healthy');
});
afterAll(() => lab.close());

const minute = 60_000;

function budgetOf(report: Report): { status: string; facts: string[] } {
  const check = report.categories.flatMap(({ checks }) => checks).find(({ id }) => id === 'budget/monthly-spend');
  return { status: check?.status ?? '', facts: (check?.facts ?? []).map(({ text }) => text) };
}

function run(now: number): Promise<Report> {
  return diagnose(configOf(lab), testHost({ now }), { version: '0', only: ['budget'] });
}

it('a diagnosis makes no ledger, and reads one as it is: the lab stays healthy, and says where the figures come from', async () => {
  const file = join(lab.folder, 'ledger.db');
  const before = await run(testNow);
  expect(before.verdict).toBe('healthy');
  expect(budgetOf(before)).toEqual({ status: 'pass', facts: ['$23,002.60'] });
  expect(existsSync(file)).toBe(false);

  const config = configOf(lab);
  const host = testHost();
  const session = await openCost(config, host);
  await readUsage(config, session, host, { workerUrl: undefined });
  await session.close();

  const after = await run(testNow + 5 * minute);
  expect(after.verdict).toBe('healthy');
  expect(budgetOf(after)).toEqual({
    status: 'pass',
    facts: [expect.stringMatching(/^\$23,0\d\d\.\d\d \(ledger, read 5 min ago; the counters in Prometheus say \$23,002\.60\)$/)],
  });

  const stale = await run(testNow + 61 * minute);
  expect(stale.verdict).toBe('unknown');
  expect(stale.notSeen).toMatchObject([
    { source: `ledger ${file}`, detail: expect.stringContaining('the ledger was last read 1 h 1 min ago, over 1 h') },
    { source: `ledger ${file}`, detail: expect.stringContaining('the ledger was last read 1 h 1 min ago, over 1 h') },
  ]);
});
