import { isAgentOpsError } from '@agentops/core/errors';
import { CommanderError } from 'commander';

/** Prints one line for an error and answers the exit code: 4, or 0 for `--help` and `--version`. */
export function reportError(error: unknown): number {
  if (error instanceof CommanderError) {
    // Commander has printed its own line already.
    return error.exitCode === 0 ? 0 : 4;
  }
  if (isAgentOpsError(error)) {
    process.stderr.write(`agentops: ${error.oneLine()}\n`);
    return 4;
  }
  // An unknown error's message may carry a header or a body: its name and the place are enough to report it.
  const name = error instanceof Error ? error.name : 'error';
  const place = error instanceof Error ? (error.stack ?? '').split('\n').find((line) => line.trim().startsWith('at ')) : undefined;
  process.stderr.write(`agentops: internal error (${name}${place ? ` ${place.trim()}` : ''}); this is a defect, please report it\n`);
  return 4;
}
