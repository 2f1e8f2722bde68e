import { historyDays } from '@agentops/core/cost/report/history';
import { costTrend as trendOf } from '@agentops/core/cost/report/trend';
import { renderTrend } from '@agentops/core/render/cost/outlook';
import type { Command } from 'commander';
import { type CostFlags, withCost } from '../cost.ts';
import { globalsOf } from '../globals.ts';
import { oneOf, outputWidth, useColor, wholeNumber, writeResult } from '../output.ts';

interface TrendFlags extends CostFlags {
  readonly days: string;
  readonly output: string;
}

/** `agentops cost trend`: spend day by day, its slope, the days that stand out. */
export async function costTrend(flags: TrendFlags, command: Command): Promise<void> {
  const format = oneOf('output format', flags.output, ['table', 'json'] as const);
  const days = wholeNumber('--days', flags.days, { least: 1, most: historyDays });
  const result = await withCost(flags, command, ({ host, session }) =>
    trendOf({ ledger: session.ledger, now: host.clock.now(), timeZone: session.timeZone, days }),
  );
  await writeResult(
    format === 'json'
      ? JSON.stringify(result, undefined, 2)
      : renderTrend(result, { width: outputWidth(), color: useColor(globalsOf(command).color) }),
  );
}
