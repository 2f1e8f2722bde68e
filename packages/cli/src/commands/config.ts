import { configJsonSchema } from '@agentops/core/config/json-schema';
import { loadConfig } from '@agentops/core/config/load';
import { configReference } from '@agentops/core/config/reference';
import type { Command } from 'commander';
import { globalsOf } from '../globals.ts';
import { writeResult } from '../output.ts';
import { terminalHost } from '../terminal-host.ts';

/** `agentops config schema`. */
export async function printSchema(): Promise<void> {
  await writeResult(JSON.stringify(configJsonSchema(), undefined, 2));
}

/** `agentops config reference`. */
export async function printReference(): Promise<void> {
  await writeResult(configReference(configJsonSchema()));
}

/** `agentops config check`; a mistake ends it with exit 4. */
export async function checkConfig(command: Command): Promise<void> {
  const globals = globalsOf(command);
  const { file } = loadConfig(terminalHost(globals), globals.config);
  await writeResult(file === undefined ? 'no configuration file: defaults hold' : `${file} is valid`);
}
