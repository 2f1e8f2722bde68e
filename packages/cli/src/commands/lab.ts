import { loadConfig } from '@agentops/core/config/load';
import type { FailOn } from '@agentops/core/diagnose/assemble';
import { AgentOpsError } from '@agentops/core/errors';
import { addDays, isoDate } from '@agentops/core/model/calendar';
import { type ReportFormat, reportFormats } from '@agentops/core/render/render';
import { type Lab, startLab } from '@agentops/lab/lab';
import { type Scenario, scenarios } from '@agentops/lab/scenarios';
import type { Command } from 'commander';
import { globalsOf } from '../globals.ts';
import { finish, oneOf, outputWidth, useColor, writeResult } from '../output.ts';
import { plainTable } from '../table.ts';
import { terminalHost } from '../terminal-host.ts';
import { version } from '../version.ts';
import { print, runOnce } from './diagnose.ts';

interface LabFlags {
  readonly diagnose?: boolean;
  readonly cost?: boolean;
  readonly output: string;
  readonly failOn: string;
}

/** `agentops lab`. */
export async function lab(name: string | undefined, flags: LabFlags, command: Command): Promise<void> {
  const globals = globalsOf(command);
  if (name === 'list') {
    const rows = scenarios.map((each) => [each.name, each.title]);
    await writeResult(plainTable(['SCENARIO', 'WHAT IS WRONG'], rows, { width: outputWidth(), color: useColor(globals.color) }));
    return;
  }
  const scenario = findScenario(name ?? 'bad-rollout');
  if (flags.diagnose || flags.cost) {
    finish(await runIn(scenario, flags, command));
  }
  const running = await startLab(scenario);
  // Before anything is said: whoever reads it may end it at once.
  const ended = new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
    // The terminal was closed.
    process.once('SIGHUP', resolve);
  });
  await writeResult(instructions(running, scenario));
  await ended;
  await running.close();
  finish(0);
}

function findScenario(name: string): Scenario {
  const found = scenarios.find((each) => each.name === name);
  if (!found)
    throw new AgentOpsError('usage', `unknown scenario "${name}"`, { hint: `one of ${scenarios.map((each) => each.name).join(', ')}` });
  return found;
}

/** Opens the lab, runs what was asked for, closes it; answers the exit code. */
async function runIn(scenario: Scenario, flags: LabFlags, command: Command): Promise<number> {
  if (flags.diagnose && flags.cost && flags.output !== 'table')
    throw new AgentOpsError('usage', `--diagnose and --cost together are two documents, and -o ${flags.output} is for one`);
  const format = flags.diagnose ? oneOf('output format', flags.output, reportFormats) : 'table';
  const failOn: FailOn = oneOf('verdict', flags.failOn, ['warning', 'unknown', 'critical', 'never'] as const);
  const running = await startLab(scenario);
  try {
    const exitCode = flags.diagnose ? await diagnoseLab(running, format, failOn, command) : 0;
    if (flags.diagnose && flags.cost) await writeResult('');
    if (flags.cost) await reportCosts(running, flags, command);
    return exitCode;
  } finally {
    await running.close();
  }
}

async function diagnoseLab(running: Lab, format: ReportFormat, failOn: FailOn, command: Command): Promise<number> {
  const globals = globalsOf(command);
  const { config } = loadConfig(terminalHost(globals), running.configFile);
  const report = await runOnce(config, { version, failOn, lab: running.scenario }, globals);
  await print(report, format, globals);
  return report.exitCode;
}

/** The last seven days: a week that has just begun would show little. */
async function reportCosts(running: Lab, flags: LabFlags, command: Command): Promise<void> {
  const { costReport } = await import('./cost-report.ts');
  const from = isoDate(addDays(Date.now(), -6, 'UTC'), 'UTC');
  await costReport({ configFile: running.configFile, from, advice: true, output: flags.output }, command);
}

function instructions(running: Lab, scenario: Scenario): string {
  const servers = Object.entries(running.urls).map(([name, url]) => `  ${name.padEnd(11)} ${url}`);
  return [
    `LAB ${scenario.name}: a practice environment on this machine. What is wrong: ${scenario.title}.`,
    '',
    ...servers,
    '',
    'In another terminal:',
    `  export AGENTOPS_CONFIG=${running.configFile}`,
    `  export KUBECONFIG=${running.kubeconfigFile}`,
    '  agentops diagnose',
    ...(scenario.tweaks.rotation ? ['  agentops secrets list', '  agentops secrets resume openai-key'] : []),
    '  agentops cost report',
    '  kubectl -n agents get pods',
    '',
    'Ctrl-C closes it.',
  ].join('\n');
}
