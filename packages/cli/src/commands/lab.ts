import { loadConfig } from '@agentops/core/config/load';
import type { FailOn } from '@agentops/core/diagnose/assemble';
import { AgentOpsError } from '@agentops/core/errors';
import { reportFormats } from '@agentops/core/render/render';
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
  if (flags.diagnose) {
    finish(await diagnoseLab(scenario, flags, command));
  }
  const running = await startLab(scenario);
  await writeResult(instructions(running, scenario));
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  await running.close();
  finish(0);
}

function findScenario(name: string): Scenario {
  const found = scenarios.find((each) => each.name === name);
  if (!found)
    throw new AgentOpsError('usage', `unknown scenario "${name}"`, { hint: `one of ${scenarios.map((each) => each.name).join(', ')}` });
  return found;
}

async function diagnoseLab(scenario: Scenario, flags: LabFlags, command: Command): Promise<number> {
  const globals = globalsOf(command);
  const format = oneOf('output format', flags.output, reportFormats);
  const failOn: FailOn = oneOf('verdict', flags.failOn, ['warning', 'unknown', 'critical', 'never'] as const);
  const running = await startLab(scenario);
  try {
    const { config } = loadConfig(terminalHost(globals), running.configFile);
    const report = await runOnce(config, { version, failOn, lab: scenario.name }, globals);
    await print(report, format, globals);
    return report.exitCode;
  } finally {
    await running.close();
  }
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
    '  kubectl -n agents get pods',
    '',
    'Ctrl-C closes it.',
  ].join('\n');
}
