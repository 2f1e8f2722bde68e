import { rmSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { stageCli } from '../e2e/staged.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the launcher of the CLI as it is delivered. */
    cliLauncher: string;
  }
}

/** Builds the CLI once for all test files: each of them would need seconds for it. */
export default async function setup(project: TestProject): Promise<() => void> {
  const staged = await stageCli();
  project.provide('cliLauncher', staged.bin);
  return () => rmSync(staged.folder, { recursive: true, force: true });
}
