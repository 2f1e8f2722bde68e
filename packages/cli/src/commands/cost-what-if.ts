import { whatIf } from '@agentops/core/cost/advice/what-if';
import { AgentOpsError } from '@agentops/core/errors';
import { usdString } from '@agentops/core/model/money';
import { cents } from '@agentops/core/render/cost/words';
import type { Command } from 'commander';
import { type CostFlags, withCost } from '../cost.ts';
import { globalsOf } from '../globals.ts';
import { oneOf, outputWidth, useColor, writeResult } from '../output.ts';
import { plainTable } from '../table.ts';
import { words } from './diagnose.ts';

interface WhatIfFlags extends CostFlags {
  readonly map: readonly string[];
  readonly output: string;
}

/** `agentops cost what-if --map gpt-5=gpt-5-mini`: replays a period with other models. */
export async function costWhatIf(flags: WhatIfFlags, command: Command): Promise<void> {
  const format = oneOf('output format', flags.output, ['table', 'json'] as const);
  const map = new Map(words(flags.map).map(pair));
  const { result, label } = await withCost(flags, command, async ({ session, period }) => {
    const replay = whatIf(map, session.book);
    await session.ledger.records({ from: period.from, to: period.to }, (record) => replay.add(record));
    return { result: replay.result(), label: period.label };
  });
  if (!result.ok) {
    const models = result.unpriced.map(({ model, why }) => `${model} (${why})`).join(', ');
    throw new AgentOpsError('usage', `no exact price for ${models}: a saving would be made up`, {
      hint: 'set cost.prices in agentops.yaml',
    });
  }
  if (format === 'json') {
    const plain = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? usdString(value) : value);
    await writeResult(JSON.stringify({ period: label, ...result }, plain, 2));
    return;
  }
  const row = (name: string, before: bigint, after: bigint, moved: number): string[] => [
    name || '(not said)',
    cents(before),
    cents(after),
    cents(after - before),
    moved.toLocaleString('en'),
  ];
  const rows = [
    ...result.byModel.map((each) => row(each.name, each.before, each.after, each.moved)),
    row('total', result.before, result.after, result.moved),
  ];
  const table = plainTable(['MODEL', 'BEFORE', 'AFTER', 'CHANGE', 'REQUESTS MOVED'], rows, {
    width: outputWidth(),
    color: useColor(globalsOf(command).color),
  });
  await writeResult(
    [
      `${label}, replayed on ${result.records.toLocaleString('en')} records`,
      '',
      table,
      '',
      ...result.assumes.map((line) => `assumes: ${line}`),
    ].join('\n'),
  );
}

function pair(text: string): [string, string] {
  const [from, to, ...rest] = text.split('=');
  if (!from || !to || rest.length > 0)
    throw new AgentOpsError('usage', `--map: "${text}" is not FROM=TO`, {
      hint: 'such as gpt-5=gpt-5-mini; * stands for every other model',
    });
  return [from, to];
}
