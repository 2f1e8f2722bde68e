import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BuiltCli, buildCli } from '../../scripts/build-cli.ts';
import { writeSchemas } from '../../scripts/schemas.ts';

export const checkout = join(import.meta.dirname, '..', '..');

export interface StagedCli extends BuiltCli {
  /** A private copy of packages/cli as `npm run build` leaves it. */
  readonly folder: string;
  readonly bin: string;
}

/** Builds the CLI into a folder of its own, so that no other build or test is in the way. */
export async function stageCli(): Promise<StagedCli> {
  const folder = mkdtempSync(join(tmpdir(), 'agentops-e2e-'));
  for (const name of ['package.json', 'README.md', 'LICENSE', 'bin'])
    cpSync(join(checkout, 'packages', 'cli', name), join(folder, name), { recursive: true });
  const built = await buildCli(join(folder, 'dist'));
  writeSchemas(join(folder, 'schema'));
  return { ...built, folder, bin: join(folder, 'bin', 'agentops.cjs') };
}

/** The environment without what npm and the tests' own terminal add to it. */
export function plainEnvironment(home: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => /^(PATH|PATHEXT|SystemRoot|TEMP|TMP|TMPDIR|LANG)$/i.test(name));
  return { ...Object.fromEntries(kept), HOME: home, USERPROFILE: home };
}
