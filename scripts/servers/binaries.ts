import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './process.ts';

const buildScript = join(import.meta.dirname, 'build.sh');

/** Path of a program that build.sh builds, whether it is built yet or not: build.sh alone knows the versions. */
export async function binaryPaths(): Promise<ReadonlyMap<string, string>> {
  const lines = (await run('bash', [buildScript, '--where'])).trim().split('\n');
  return new Map(lines.map((line) => line.split('\t') as [string, string]));
}

/** Builds the named servers where they are missing; minutes the first time, nothing after. */
export async function buildServers(names: readonly string[]): Promise<void> {
  await runLoud('bash', [buildScript, ...names]);
}

/** Installs Debian's servers where they are missing. */
export async function installPackages(): Promise<void> {
  await runLoud('bash', [join(import.meta.dirname, 'packages.sh')]);
}

/** The path of a built program, or an error that says how to get it. */
export async function binary(name: string): Promise<string> {
  const path = (await binaryPaths()).get(name);
  if (path === undefined || !existsSync(path)) throw new Error(`${name} is not built: run scripts/servers/build.sh`);
  return path;
}

function runLoud(command: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 2, 2] });
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${[command, ...args].join(' ')}: exit code ${code}`))));
  });
}
