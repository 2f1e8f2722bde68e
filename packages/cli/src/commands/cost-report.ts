import { dimensions } from '@agentops/core/cost/ledger/ledger';
import { adviceInReport } from '@agentops/core/cost/report/advise';
import { buildCostReport } from '@agentops/core/cost/report/build';
import { focusExport } from '@agentops/core/cost/report/focus';
import { evaluationsOf } from '@agentops/core/cost/session';
import { picoFromDollars } from '@agentops/core/model/money';
import { type CostFormat, costFormats, renderCost } from '@agentops/core/render/cost/render';
import type { Command } from 'commander';
import { type CostFlags, dimensionsOf, withCost } from '../cost.ts';
import { globalsOf } from '../globals.ts';
import { oneOf, outputWidth, useColor, writeResult } from '../output.ts';
import { version } from '../version.ts';
import { words } from './diagnose.ts';

interface ReportFlags extends CostFlags {
  readonly by?: readonly string[];
  readonly output: string;
  readonly advice: boolean;
}

/** `agentops cost report`. */
export async function costReport(flags: ReportFlags, command: Command): Promise<void> {
  const globals = globalsOf(command);
  const format: CostFormat | 'focus' = oneOf('output format', flags.output, [...costFormats, 'focus'] as const);
  const by = dimensionsOf(words(flags.by).length > 0 ? words(flags.by) : ['model', 'agent'], dimensions);
  const saysLab = format !== 'csv' && format !== 'focus';
  const text = await withCost({ ...flags, saysLab }, command, async ({ config, host, session, period, ingested }) => {
    if (format === 'focus') return focusExport(session, period);
    const advice = flags.advice ? await adviceInReport(session, period, evaluationsOf(config, host), config.cost.advice) : undefined;
    const report = await buildCostReport({
      ledger: session.ledger,
      book: session.book,
      period,
      now: host.clock.now(),
      by,
      monthlyBudget: config.budget.monthly === undefined ? undefined : picoFromDollars(config.budget.monthly),
      version,
      ...(config.lab === undefined ? {} : { lab: config.lab }),
      notes: [
        ...(ingested?.unseen ?? []).map(
          ({ source, detail }) => `not read: ${source}: ${detail}; its spend since the last reading is missing here`,
        ),
        ...(advice?.note === undefined ? [] : [advice.note]),
      ],
      recommendations: advice?.recommendations ?? [],
    });
    return renderCost(report, format, { width: outputWidth(), color: format === 'table' && useColor(globals.color) });
  });
  await writeResult(text);
}
