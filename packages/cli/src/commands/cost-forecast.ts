import { costForecast as forecastOf, mostDaysAhead } from '@agentops/core/cost/report/forecast';

import { picoFromDollars } from '@agentops/core/model/money';
import { renderForecast } from '@agentops/core/render/cost/outlook';
import type { Command } from 'commander';
import { type CostFlags, withCost } from '../cost.ts';
import { globalsOf } from '../globals.ts';
import { oneOf, outputWidth, useColor, wholeNumber, writeResult } from '../output.ts';

interface ForecastFlags extends CostFlags {
  readonly days?: string;
  readonly output: string;
}

/** `agentops cost forecast`: the rest of the month, or `--days N`; exit 3 where the history is too thin. */
export async function costForecast(flags: ForecastFlags, command: Command): Promise<void> {
  const format = oneOf('output format', flags.output, ['table', 'json'] as const);
  const days = flags.days === undefined ? undefined : wholeNumber('--days', flags.days, { least: 1, most: mostDaysAhead });
  const result = await withCost(flags, command, ({ config, host, session }) =>
    forecastOf({
      ledger: session.ledger,
      now: host.clock.now(),
      timeZone: session.timeZone,
      monthlyBudget: config.budget.monthly === undefined ? undefined : picoFromDollars(config.budget.monthly),
      ...(days === undefined ? {} : { days }),
    }),
  );
  await writeResult(
    format === 'json'
      ? JSON.stringify(result, undefined, 2)
      : renderForecast(result, { width: outputWidth(), color: useColor(globalsOf(command).color) }),
  );
  if (result.forecast === null) process.exitCode = 3;
}
