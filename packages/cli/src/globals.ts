import type { Command } from 'commander';

/** Options that every command understands. */
export interface GlobalOptions {
  readonly config?: string;
  readonly color: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
}

/** The global options as the program and the command together hold them. */
export function globalsOf(command: Command): GlobalOptions {
  const { config, color, verbose, quiet } = command.optsWithGlobals<Partial<GlobalOptions>>();
  return { ...(config === undefined ? {} : { config }), color: color !== false, verbose: verbose === true, quiet: quiet === true };
}
