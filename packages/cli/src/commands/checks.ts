import { allChecks, categoryTitles } from '@agentops/core/checks/registry';
import type { Command } from 'commander';
import { globalsOf } from '../globals.ts';
import { oneOf, outputWidth, useColor, writeResult } from '../output.ts';
import { plainTable } from '../table.ts';

/** `agentops checks`. */
export async function listChecks(options: { output: string }, command: Command): Promise<void> {
  const format = oneOf('output format', options.output, ['table', 'json'] as const);
  if (format === 'json') {
    const list = allChecks.map(({ meta, needs, uses }) => ({ ...meta, needs, uses }));
    await writeResult(JSON.stringify(list, undefined, 2));
    return;
  }
  const rows = allChecks.map(({ meta }) => [meta.id, meta.title, categoryTitles[meta.category]]);
  const table = plainTable(['ID', 'CHECK', 'CATEGORY'], rows, { width: outputWidth(), color: useColor(globalsOf(command).color) });
  await writeResult(`${table}\n\n${allChecks.length} checks · agentops explain ID says more`);
}
