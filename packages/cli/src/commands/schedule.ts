import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { loadConfig } from '@agentops/core/config/load';
import { AgentOpsError } from '@agentops/core/errors';
import { writeFileAtomically } from '@agentops/core/files';
import type { ScheduleFile } from '@agentops/core/schedule/file';
import { jobNames } from '@agentops/core/schedule/jobs';
import {
  parseMount,
  printed,
  type ScheduledConfig,
  type ScheduleTarget,
  scheduleFiles,
  scheduleTargets,
} from '@agentops/core/schedule/schedule';
import type { Command } from 'commander';
import { globalsOf } from '../globals.ts';
import { oneOf, writeResult } from '../output.ts';
import { terminalHost } from '../terminal-host.ts';
import { version } from '../version.ts';
import { words } from './diagnose.ts';

interface ScheduleFlags {
  readonly target: string;
  readonly only?: readonly string[];
  readonly dir?: string;
  readonly force?: boolean;
  readonly namespace: string;
  readonly image?: string;
  readonly serviceAccount: string;
  readonly envSecret: string;
  readonly mountSecret?: readonly string[];
  readonly stateClaim?: string;
  readonly program: string;
  readonly user: string;
  readonly secretsSchedule?: string;
  readonly diagnoseSchedule?: string;
  readonly costSchedule?: string;
}

/** `agentops schedule`: prints what makes agentops run by the clock, or writes it below `--dir`. */
export async function schedule(flags: ScheduleFlags, command: Command): Promise<void> {
  const target = oneOf('target', flags.target, scheduleTargets);
  const host = terminalHost(globalsOf(command));
  // The jobs resolve references where they run, not this command.
  const { config, file } = loadConfig(host, globalsOf(command).config, { needs: 'nothing' });
  if (file === undefined) {
    throw new AgentOpsError('usage', 'there is no configuration that the jobs could run with', { hint: 'agentops init writes one' });
  }
  const shown = dirname(file) === host.cwd ? 'agentops.yaml' : file;
  const loaded: ScheduledConfig = { config, file, shown, text: readFileSync(file, 'utf8') };
  const files = scheduleFiles(requestOf(target, flags), loaded);
  if (flags.dir === undefined) await writeResult(printed(target, files));
  else await writeResult(writeAll(resolve(host.cwd, flags.dir), flags.dir, files, flags.force === true).join('\n'));
}

function requestOf(target: ScheduleTarget, flags: ScheduleFlags): Parameters<typeof scheduleFiles>[0] {
  const schedules = { secrets: flags.secretsSchedule, diagnose: flags.diagnoseSchedule, cost: flags.costSchedule };
  return {
    target,
    only: words(flags.only).map((name) => oneOf('job', name, jobNames)),
    schedules: Object.fromEntries(Object.entries(schedules).filter(([, text]) => text !== undefined)),
    kubernetes: {
      namespace: label('--namespace', flags.namespace),
      image: word('--image', flags.image ?? `agentops:${version}`),
      serviceAccount: label('--service-account', flags.serviceAccount),
      envSecret: label('--env-secret', flags.envSecret),
      mounts: words(flags.mountSecret).map(parseMount),
      stateClaim: flags.stateClaim === undefined ? undefined : label('--state-claim', flags.stateClaim),
    },
    machine: { program: absolute('--program', flags.program), user: word('--user', flags.user) },
  };
}

/** All or nothing is checked before the first is written; one that is the same already is left alone. */
function writeAll(folder: string, shown: string, files: readonly ScheduleFile[], force: boolean): string[] {
  const present = new Map(files.map(({ name }) => [name, existing(join(folder, name))]));
  const other = files.find(({ name, text }) => present.get(name) !== undefined && present.get(name) !== text);
  if (other && !force) {
    throw new AgentOpsError('file-exists', `${join(shown, other.name)} is there already, and differs`, { hint: '--force replaces it' });
  }
  try {
    mkdirSync(folder, { recursive: true });
    return files.map(({ name, text, mode }) => {
      if (present.get(name) === text) return `= ${join(shown, name)}`;
      writeFileAtomically(join(folder, name), text, mode);
      return `✔ ${join(shown, name)}`;
    });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unwritable';
    throw new AgentOpsError('file-unwritable', `cannot write into ${shown}: ${code}`, { cause: error });
  }
}

function existing(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new AgentOpsError('file-unreadable', `cannot read ${path}: ${code}`, { cause: error });
  }
}

/** What names an object in Kubernetes. */
function label(option: string, text: string): string {
  if (/^[a-z0-9]([a-z0-9-]{0,50}[a-z0-9])?$/.test(text)) return text;
  throw new AgentOpsError('usage', `${option}: "${text}" is no name for Kubernetes`, {
    hint: 'lower-case letters, digits and dashes, at most 52',
  });
}

function word(option: string, text: string): string {
  if (/^[\w@:./-]+$/.test(text)) return text;
  throw new AgentOpsError('usage', `${option}: "${text}" has characters that do not belong there`);
}

function absolute(option: string, text: string): string {
  if (/^(\/[^/\s]+)+$/.test(text)) return text;
  throw new AgentOpsError('usage', `${option}: "${text}" is not an absolute path`);
}
