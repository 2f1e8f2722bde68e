import { readFileSync } from 'node:fs';
import { reconcileWith } from '@agentops/core/cost/report/reconcile';
import { AgentOpsError } from '@agentops/core/errors';
import { usdString } from '@agentops/core/model/money';
import { cents } from '@agentops/core/render/cost/words';
import type { Command } from 'commander';
import { type CostFlags, withCost } from '../cost.ts';
import { globalsOf } from '../globals.ts';
import { oneOf, outputWidth, useColor, writeResult } from '../output.ts';
import { plainTable } from '../table.ts';

/** `agentops cost reconcile FILE`: our prices against a provider's export, by day and model. */
export async function costReconcile(file: string, flags: CostFlags & { readonly output: string }, command: Command): Promise<void> {
  const format = oneOf('output format', flags.output, ['table', 'json'] as const);
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const why = error instanceof SyntaxError ? 'not JSON' : ((error as NodeJS.ErrnoException).code ?? 'unreadable');
    throw new AgentOpsError('file-unreadable', `cannot read ${file}: ${why}`, {
      hint: 'a cost report as the provider’s admin API answers it',
    });
  }
  const result = await withCost(flags, command, ({ session }) => reconcileWith(session, document));
  if (format === 'json') {
    await writeResult(JSON.stringify(result, (_key, value: unknown) => (typeof value === 'bigint' ? usdString(value) : value), 2));
  } else {
    const rows = result.rows.map((row) => [
      row.day,
      row.model || '(all models)',
      cents(row.ours),
      cents(row.billed),
      cents(row.difference),
      row.verdict,
      row.reasons[0]?.text ?? '',
    ]);
    const table = plainTable(['DAY (UTC)', 'MODEL', 'OURS', 'BILLED', 'DIFFERENCE', 'VERDICT', 'LIKELY REASON'], rows, {
      width: outputWidth(),
      color: useColor(globalsOf(command).color),
    });
    const sum = `ours ${cents(result.ours)}, billed ${cents(result.billed)}, difference ${cents(result.difference)}: ${result.agrees ? 'they agree' : 'they do not agree'}`;
    await writeResult([table, '', sum, ...result.notes].join('\n'));
  }
  if (!result.agrees) process.exitCode = 1;
}
