import { loadConfig } from '@agentops/core/config/load';
import { priceBookOf } from '@agentops/core/cost/session';
import type { Command } from 'commander';
import { globalsOf } from '../globals.ts';
import { oneOf, outputWidth, useColor, writeResult } from '../output.ts';
import { plainTable } from '../table.ts';
import { terminalHost } from '../terminal-host.ts';

/** `agentops cost prices [MODEL]`: which price applies, from where, since when. */
export async function costPrices(model: string | undefined, options: { output: string }, command: Command): Promise<void> {
  const globals = globalsOf(command);
  const format = oneOf('output format', options.output, ['table', 'json'] as const);
  const host = terminalHost(globals);
  const { config } = loadConfig(host, globals.config);
  const book = priceBookOf(config, host);
  if (model === undefined) {
    const models = book.models();
    const rows = models.map((each) => [
      each.provider,
      each.id,
      String(each.input),
      String(each.output),
      each.cacheRead === null ? '' : String(each.cacheRead),
      each.contextWindow === null ? '' : each.contextWindow.toLocaleString('en'),
    ]);
    const table = (): string =>
      plainTable(['PROVIDER', 'MODEL', 'INPUT', 'OUTPUT', 'CACHE READ', 'CONTEXT'], rows, {
        width: outputWidth(),
        color: useColor(globals.color),
      });
    await writeResult(
      format === 'json'
        ? JSON.stringify(models, undefined, 2)
        : `${table()}\n\n${models.length} models, US dollars per million tokens · agentops cost prices MODEL says more`,
    );
    return;
  }
  const facts = book.facts(model, host.clock.now());
  if (format === 'json') {
    await writeResult(JSON.stringify(facts ?? { model, priced: false }, undefined, 2));
    return;
  }
  if (!facts) {
    await writeResult(
      `${model}: no price known. Its tokens are shown as unpriced, never as $0.\nSet one in agentops.yaml: cost: { prices: { "${model}": { prices: [{ input: …, output: … }] } } }`,
    );
    return;
  }
  const prices = Object.entries(facts.perMillion).map(([name, price]) => `  ${name.padEnd(28)} $${price}`);
  await writeResult(
    [
      facts.resolved === model ? `${model} (${facts.provider})` : `${model} → ${facts.resolved} (${facts.provider})`,
      `from ${facts.origin}${facts.since ? `, since ${facts.since}` : ''}; US dollars per million tokens`,
      ...prices,
      ...facts.notes.map((note) => `  ${note}`),
    ].join('\n'),
  );
}
