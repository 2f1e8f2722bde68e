import { exportRecords } from '@agentops/core/cost/export/records';
import { focusExport } from '@agentops/core/cost/report/focus';
import { plural } from '@agentops/core/model/format';
import type { Command } from 'commander';
import { type CostFlags, withCost } from '../cost.ts';
import { oneOf, writeResult } from '../output.ts';

/** `agentops cost export`: the records of a period, for other tools or for `agentops cost ingest` elsewhere. */
export async function costExport(flags: CostFlags & { readonly output: string }, command: Command): Promise<void> {
  const format = oneOf('output format', flags.output, ['jsonl', 'csv', 'focus'] as const);
  await withCost(flags, command, async ({ host, session, period }) => {
    if (format === 'focus') return writeResult(await focusExport(session, period));
    const { records, summed } = await exportRecords(session.ledger, period, format, writeResult);
    host.log.debug(`${plural(records, 'record')} of ${period.label}`);
    if (summed.requests === 0 && summed.tokens === 0) return;
    host.log.warn(
      `${plural(summed.requests, 'request')} of ${period.label} (${plural(summed.tokens, 'token')}) are kept as sums alone and are not in this export (-o focus has them)`,
    );
    process.exitCode = 1;
  });
}
