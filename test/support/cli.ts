import { inject } from 'vitest';
import { type ChildOptions, type Ended, runChild } from './child.ts';

export interface Cli {
  /** Path of the launcher. */
  readonly bin: string;
  run(args: readonly string[], options?: ChildOptions): Promise<Ended>;
}

/** The CLI as it is delivered, built once for all tests (stage-cli.ts): a start of it costs a third of one from source. */
export function useCli(): Cli {
  const bin = inject('cliLauncher');
  return { bin, run: (args, options) => runChild(process.execPath, [bin, ...args], options) };
}
