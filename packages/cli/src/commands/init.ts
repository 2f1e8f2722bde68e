import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { AgentOpsError } from '@agentops/core/errors';
import { writeFileAtomically } from '@agentops/core/files';
import { discover } from '@agentops/core/init/discover';
import type { Candidate } from '@agentops/core/init/discovery';
import { configFileFor } from '@agentops/core/init/write';
import type { Command } from 'commander';
import { globalsOf } from '../globals.ts';
import { isWatched, writeResult } from '../output.ts';
import { terminalHost } from '../terminal-host.ts';
import { milliseconds } from './diagnose.ts';

interface InitFlags {
  readonly file: string;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly context?: string;
  readonly timeout: string;
}

/** `agentops init`: finds what is there, writes a commented file; replaces nothing unless told to. */
export async function init(flags: InitFlags, command: Command): Promise<void> {
  const globals = globalsOf(command);
  const path = resolve(flags.file);
  if (!flags.dryRun && !flags.force && existsSync(path)) {
    throw new AgentOpsError('file-exists', `${flags.file} is there already`, {
      hint: '--force replaces it, --dry-run prints what would be written',
    });
  }
  const timeoutMs = milliseconds('--timeout', flags.timeout);
  const spinner =
    isWatched() && !globals.quiet
      ? (await import('ora')).default({ text: 'looking around', stream: process.stderr, discardStdin: false }).start()
      : undefined;
  const found = await discover(terminalHost(globals), { timeoutMs, ...(flags.context ? { context: flags.context } : {}) }).finally(() =>
    spinner?.stop(),
  );
  const text = configFileFor(found);
  if (flags.dryRun) {
    await writeResult(text);
    return;
  }
  try {
    writeFileAtomically(path, text, 0o600);
  } catch (error) {
    throw new AgentOpsError('file-unwritable', `cannot write ${flags.file}: ${(error as NodeJS.ErrnoException).code ?? 'unwritable'}`, {
      cause: error,
    });
  }
  const cluster = found.kubernetes;
  await writeResult(
    [
      cluster.found ? `✔ kubernetes  ${cluster.context} (${cluster.version})` : `- kubernetes  ${cluster.detail}`,
      line('prometheus', found.prometheus),
      line('redis', found.redis),
      line('vault', found.vault),
      ...found.providers.map(({ name, variable }) => `✔ provider    ${name} (${variable} is set)`),
      '',
      `wrote ${flags.file}; next: agentops diagnose`,
    ].join('\n'),
  );
}

function line(name: string, candidates: readonly Candidate[]): string {
  const chosen = candidates.find((each) => each.reachable);
  if (chosen) return `✔ ${name.padEnd(11)} ${chosen.url} (${chosen.origin}, ${chosen.detail})`;
  const tried = candidates.map((each) => `${each.url} ${each.detail}`).join('; ');
  const hints = candidates.flatMap(({ hint }) => (hint ? [`\n              $ ${hint}`] : []));
  return `- ${name.padEnd(11)} none reachable: ${tried}${hints.join('')}`;
}
