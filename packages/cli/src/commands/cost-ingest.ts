import type { IngestSource } from '@agentops/core/cost/ingest/sources';
import { fileSource } from '@agentops/core/cost/ingest/usage';
import { AgentOpsError } from '@agentops/core/errors';
import type { Host } from '@agentops/core/host';
import type { Unavailable } from '@agentops/core/model/evidence';
import { plural } from '@agentops/core/model/format';
import { fileFormats } from '@agentops/core/model/usage';
import type { Command } from 'commander';
import { type CostFlags, withCost } from '../cost.ts';
import { globalsOf } from '../globals.ts';
import { oneOf, outputWidth, useColor, writeResult } from '../output.ts';
import { plainTable } from '../table.ts';

interface IngestFlags extends CostFlags {
  readonly strict?: boolean;
  readonly output: string;
  readonly listen?: string | true;
  readonly format?: string;
}

/** `agentops cost ingest --listen`: receives OTLP/HTTP until Ctrl-C. */
async function listenForUsage(flags: IngestFlags, command: Command): Promise<void> {
  const { address, port } = listenAddress(flags.listen === true ? '127.0.0.1:4318' : String(flags.listen));
  await withCost({ ingest: false }, command, async ({ session, host }) => {
    const { listen } = await import('@agentops/core/cost/ingest/listen');
    const listener = await listen(session.ledger, { host, address, port });
    process.stderr.write(`listening on ${listener.url} (OTLP/HTTP, JSON); Ctrl-C ends it\n`);
    await new Promise<void>((resolve) => {
      process.once('SIGINT', resolve);
      process.once('SIGTERM', resolve);
    });
    await listener.close();
    await writeResult(JSON.stringify(listener.counts()));
  });
}

function listenAddress(text: string): { address: string; port: number } {
  const match = /^(?:(.+):)?(\d{1,5})$/.exec(text);
  if (!match || Number(match[2]) > 65_535)
    throw new AgentOpsError('usage', `--listen: "${text}" is no address`, { hint: 'such as 4318 or 127.0.0.1:4318' });
  return { address: (match[1] ?? '127.0.0.1').replace(/^\[(.*)\]$/, '$1'), port: Number(match[2]) };
}

/** `agentops cost ingest`: reads what is new and says of each source what became of its lines. */
export async function costIngest(paths: readonly string[], flags: IngestFlags, command: Command): Promise<void> {
  if (flags.listen !== undefined) {
    await listenForUsage(flags, command);
    return;
  }
  const file = flags.format === undefined ? undefined : oneOf('usage format', flags.format, fileFormats);
  const named = (host: Host): IngestSource[] =>
    paths.map((path) =>
      path === '-'
        ? { type: 'stream', name: 'standard input', stream: process.stdin, ...(file ? { format: file } : {}) }
        : fileSource(path, host, file),
    );
  const globals = globalsOf(command);
  const format = oneOf('output format', flags.output, ['table', 'json'] as const);
  let unseen: readonly Unavailable[] = [];
  const rejected = await withCost(
    { ...flags, ingest: true },
    command,
    async ({ ingested, session }) => {
      const sources = ingested?.sources ?? [];
      unseen = ingested?.unseen ?? [];
      const total = sources.reduce((sum, source) => sum + source.rejected, 0);
      // A report says how many there are; here all that are known can be seen, also those of earlier runs.
      const rejects = globals.verbose
        ? await session.ledger.rejects(1000)
        : (ingested?.rejects ?? []).slice(0, format === 'json' ? 1000 : 5);
      const pending = ingested?.pending ?? [];
      if (format === 'json') {
        await writeResult(JSON.stringify({ sources, rejects, pending }, undefined, 2));
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
      const more = total > rejects.length ? [`  ${(total - rejects.length).toLocaleString('en')} more: --verbose lists them`] : [];
      const unfinished =
        pending.length > 0
          ? [`  ${plural(pending.length, 'file')} ${pending.length === 1 ? 'ends' : 'end'} in an unfinished line: read once it is complete`]
          : [];
      await writeResult([rows.length > 0 ? table : none, ...lines, ...more, ...unfinished].join('\n'));
      return total;
    },
    paths.length > 0 ? named : undefined,
  );
  for (const { source, detail } of unseen) process.stderr.write(`agentops: not read: ${source}: ${detail}\n`);
  // Without --strict a line that cannot be counted is said and does not stop a report.
  if (flags.strict && (rejected > 0 || unseen.length > 0)) process.exitCode = 1;
}
