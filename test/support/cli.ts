import { rmSync } from 'node:fs';
import { afterAll, beforeAll } from 'vitest';
import { type StagedCli, stageCli } from '../e2e/staged.ts';
import { type ChildOptions, type Ended, runChild } from './child.ts';

export interface Cli {
  /** Path of the launcher, once the tests run. */
  readonly bin: string;
  run(args: readonly string[], options?: ChildOptions): Promise<Ended>;
}

/** The CLI as it is delivered, built once for a test file: a start of it costs a third of one from source. */
export function useCli(): Cli {
  let staged: StagedCli | undefined;
  const bin = (): string => {
    if (!staged) throw new Error('the CLI is there while tests run');
    return staged.bin;
  };
  beforeAll(async () => {
    staged = await stageCli();
  }, 60_000);
  afterAll(() => {
    if (staged) rmSync(staged.folder, { recursive: true, force: true });
  });
  return {
    get bin() {
      return bin();
    },
    run: (args, options) => runChild(process.execPath, [bin(), ...args], options),
  };
}
