import type { Command } from 'commander';
import { type CostFlags, withCost } from '../cost.ts';
import { globalsOf } from '../globals.ts';
import { oneOf, outputWidth, useColor, writeResult } from '../output.ts';
import { plainTable } from '../table.ts';

interface IngestFlags extends CostFlags {
  readonly strict?: boolean;
  readonly output: string;
}

/** `agentops cost ingest`: reads what is new and says of each source what became of its lines. */
export async function costIngest(flags: IngestFlags, command: Command): Promise<void> {
  const globals = globalsOf(command);
  const format = oneOf('output format', flags.output, ['table', 'json'] as const);
  const rejected = await withCost({ ...flags, ingest: true }, command, async ({ session, ingested }) => {
    const sources = ingested?.sources ?? [];
    const total = sources.reduce((sum, source) => sum + source.rejected, 0);
    const rejects = total > 0 && (globals.verbose || format === 'json') ? await session.ledger.rejects(200) : [];
    if (format === 'json') {
      await writeResult(JSON.stringify({ sources, rejects }, undefined, 2));
      return total;
    }
    const rows = sources.map((each) => [
      each.source,
      each.kind,
      ...[each.lines, each.counted, each.duplicate, each.rejected, each.empty].map((count) => count.toLocaleString('en')),
    ]);
    const table = plainTable(['SOURCE', 'FORMAT', 'NEW LINES', 'COUNTED', 'DUPLICATE', 'REJECTED', 'WITHOUT USAGE'], rows, {
      width: outputWidth(),
      color: useColor(globals.color),
    });
    const lines = rejects.map(
      (reject) => `  ${reject.source}${reject.line > 0 ? `:${reject.line}` : ''}: ${reject.reason}: ${reject.detail}`,
    );
    const found = ingested?.files.found ?? 0;
    const none =
      found > 0
        ? `nothing new in ${found.toLocaleString('en')} files`
        : 'no usage records found: Claude Code and Codex logs of this user are looked for; name others in agentops.yaml under cost.sources';
    await writeResult([rows.length > 0 ? table : none, ...lines].join('\n'));
    return total;
  });
  // Without --strict a line that cannot be counted is said and does not stop a report.
  if (flags.strict && rejected > 0) process.exitCode = 1;
}
