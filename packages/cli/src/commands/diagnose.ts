import { loadConfig } from '@agentops/core/config/load';
import type { Config } from '@agentops/core/config/schema';
import type { FailOn } from '@agentops/core/diagnose/assemble';
import { type DiagnoseOptions, diagnose } from '@agentops/core/diagnose/run';
import { AgentOpsError } from '@agentops/core/errors';
import type { Report } from '@agentops/core/model/report';
import { duration } from '@agentops/core/model/setting';
import { type ReportFormat, renderReport, reportFormats } from '@agentops/core/render/render';
import type { Command } from 'commander';
import { type GlobalOptions, globalsOf } from '../globals.ts';
import { finish, oneOf, outputWidth, useColor, writeResult } from '../output.ts';
import { startProgress } from '../progress.ts';
import { terminalHost } from '../terminal-host.ts';
import { version } from '../version.ts';

export interface DiagnoseFlags {
  readonly only?: readonly string[];
  readonly namespace?: readonly string[];
  readonly context?: readonly string[];
  readonly timeout?: string;
  readonly output: string;
  readonly failOn: string;
  readonly watch?: string | true;
}

/** `agentops diagnose`. */
export async function diagnoseCommand(flags: DiagnoseFlags, command: Command): Promise<void> {
  const globals = globalsOf(command);
  const format = oneOf('output format', flags.output, reportFormats);
  const failOn = oneOf('verdict', flags.failOn, ['warning', 'unknown', 'critical', 'never'] as const);
  const interval = flags.watch === undefined ? undefined : milliseconds('--watch', flags.watch === true ? '30s' : flags.watch);
  const host = terminalHost(globals);
  const { config } = loadConfig(host, globals.config);
  const effective = applyFlags(config, flags);
  const run = (): Promise<Report> => runOnce(effective, { version, only: words(flags.only), failOn }, globals);
  if (interval === undefined) {
    const report = await run();
    await print(report, format, globals);
    finish(report.exitCode);
  }
  const { watchDiagnosis } = await import('../watch.ts');
  await watchDiagnosis(run, interval, (report, previous) => print(report, format, globals, { previous }));
}

/** Runs one diagnosis with a spinner on stderr where a person watches. */
export async function runOnce(config: Config, options: DiagnoseOptions & { failOn: FailOn }, globals: GlobalOptions): Promise<Report> {
  const progress = await startProgress(globals.quiet);
  try {
    const host = terminalHost({ ...globals, onProgress: (message) => progress.waitingFor(message) });
    return await diagnose(config, host, { ...options, onResult: (result) => progress.answered(result) });
  } finally {
    progress.stop();
  }
}

/** Renders and prints a report; a watcher's is one of many, and the one before it marks what is new. */
export async function print(
  report: Report,
  format: ReportFormat,
  globals: GlobalOptions,
  watched?: { readonly previous: Report | undefined },
): Promise<void> {
  const text = await renderReport(report, format, {
    width: outputWidth(),
    color: format === 'table' && useColor(globals.color),
    verbose: globals.verbose,
    quiet: globals.quiet,
    ...(watched?.previous ? { previous: watched.previous } : {}),
  });
  await writeResult(watched ? asOneOfMany(text, format) : text);
}

/** Several documents in one stream, such that a reader can tell them apart: a line each in JSON, marked in YAML. */
function asOneOfMany(text: string, format: ReportFormat): string {
  if (format === 'json' || format === 'sarif') return JSON.stringify(JSON.parse(text));
  return format === 'yaml' ? `---\n${text}` : text;
}

function applyFlags(config: Config, flags: DiagnoseFlags): Config {
  const namespaces = words(flags.namespace);
  const contexts = words(flags.context);
  return {
    ...config,
    ...(flags.timeout === undefined ? {} : { timeout: milliseconds('--timeout', flags.timeout) }),
    kubernetes: {
      ...config.kubernetes,
      ...(namespaces.length > 0 ? { namespaces } : {}),
      ...(contexts.length > 0 ? { contexts } : {}),
    },
  };
}

/** Milliseconds of a duration on the command line; 0 is refused. */
export function milliseconds(option: string, text: string): number {
  const parsed = duration.safeParse(text);
  if (!parsed.success || parsed.data <= 0)
    throw new AgentOpsError('usage', `${option}: "${text}" is not a duration`, { hint: 'such as 500ms, 20s or 5m' });
  return parsed.data;
}

/** `a,b c` → a, b, c. */
export function words(values: readonly string[] | undefined): string[] {
  return (values ?? [])
    .flatMap((value) => value.split(','))
    .map((value) => value.trim())
    .filter((value) => value !== '');
}
