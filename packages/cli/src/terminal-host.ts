import { homedir } from 'node:os';
import { performance } from 'node:perf_hooks';
import type { Host } from '@agentops/core/host';

export interface TerminalOptions {
  readonly verbose: boolean;
  readonly quiet: boolean;
  onProgress?(message: string): void;
}

/** The host that the CLI brings: warnings and debug lines go to stderr. */
export function terminalHost(options: TerminalOptions): Host {
  return {
    clock: {
      now: () => Date.now(),
      monotonic: () => performance.now(),
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    },
    env: process.env,
    home: homedir(),
    cwd: process.cwd(),
    log: {
      debug: (message) => {
        if (options.verbose) process.stderr.write(`${message}\n`);
      },
      warn: (message) => {
        if (!options.quiet) process.stderr.write(`agentops: ${message}\n`);
      },
    },
    progress: { update: (message) => options.onProgress?.(message) },
    random: () => Math.random(),
    confirm,
  };
}

/** Whether somebody can be asked: a person at both ends. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true && !process.env.CI;
}

/** Asks on stderr; only `y` and `yes` are consent, and nobody there is a no. */
async function confirm(question: string): Promise<boolean> {
  if (!canAsk()) return false;
  const { createInterface } = await import('node:readline/promises');
  const asked = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await asked.question(`${question} [y/N] `)).trim());
  } catch (error) {
    // Ctrl-C, or the end of the input: no consent either.
    if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
    process.stderr.write('\n');
    return false;
  } finally {
    asked.close();
  }
}
