import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createProgram } from '../../packages/cli/src/program.ts';
import { leaksIn } from '../support/canary.ts';
import { useCli } from '../support/cli.ts';

const cli = useCli();
const folder = mkdtempSync(join(tmpdir(), 'agentops-usage-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

describe('a mistake on the command line is one line on stderr and exit code 4', () => {
  it.concurrent.each<[string, string[], string]>([
    ['option', ['diagnose', '--ony', 'agents'], "unknown option '--ony' (Did you mean --only?)"],
    ['option of the program', ['--colour'], "unknown option '--colour'"],
    ['command', ['diagnos'], "unknown command 'diagnos' (Did you mean diagnose?)"],
    ['command below a command', ['config', 'shema'], "unknown command 'shema' (Did you mean schema?)"],
    ['check', ['diagnose', '--only', 'performance/p96'], 'unknown check or category "performance/p96" (did you mean "performance/p95"?)'],
    [
      'format',
      ['diagnose', '-o', 'jsn'],
      'unknown output format "jsn" (one of table, json, yaml, markdown, html, junit, sarif, prometheus)',
    ],
    ['format of checks', ['checks', '-o', 'yaml'], 'unknown output format "yaml" (one of table, json)'],
    ['verdict', ['diagnose', '--fail-on', 'bad'], 'unknown verdict "bad" (one of warning, unknown, critical, never)'],
    ['timeout', ['diagnose', '--timeout', '20'], '--timeout: "20" is not a duration (such as 500ms, 20s or 5m)'],
    ['timeout of nothing', ['diagnose', '--timeout', '0s'], '--timeout: "0s" is not a duration (such as 500ms, 20s or 5m)'],
    ['interval', ['diagnose', '--watch', 'often'], '--watch: "often" is not a duration (such as 500ms, 20s or 5m)'],
    ['id to explain', ['explain', 'performance/p96'], 'unknown check "performance/p96" (did you mean "performance/p95"?)'],
    ['missing argument', ['explain'], "missing required argument 'id'"],
    ['missing value', ['diagnose', '--only'], "option '--only <names...>' argument missing"],
    ['argument too many', ['rbac', 'all'], "too many arguments for 'rbac'. Expected 0 arguments but got 1: all."],
    [
      'service account',
      ['rbac', '--service-account', 'robot'],
      '--service-account: "robot" is not namespace/name (such as agentops/agentops)',
    ],
    ['shell', ['completion', 'tcsh'], 'unknown shell "tcsh" (one of bash, zsh, fish)'],
    [
      'scenario',
      ['lab', 'chaos'],
      'unknown scenario "chaos" (one of healthy, bad-rollout, redis-down, token-explosion, oom-loop, leaked-egress, old-secrets, rotation-stopped, budget-blown, no-permissions, black-hole)',
    ],
    ['configuration that is not there', ['diagnose', '--config', 'no.yaml'], 'no such configuration file: no.yaml (--config names it)'],
  ])('unknown %s', async (_name, args, line) => {
    expect(await cli.run(args, { cwd: folder })).toEqual({ code: 4, signal: null, stdout: '', stderr: `agentops: ${line}\n` });
  });
});

describe('a mistake in the configuration names file, line and column', () => {
  it.concurrent.each<[string, string[]]>([
    ['diagnose', ['diagnose', '-o', 'json']],
    ['rbac', ['rbac']],
    ['explain', ['explain', 'performance/p95']],
    ['config check', ['config', 'check']],
  ])('%s', async (_name, args) => {
    const name = file(`${args[0]}.yaml`, 'version: 1\nvault:\n  address: http://vault:8200\n  tokn: cnry-token\n');
    expect(await cli.run([...args, '--config', name], { cwd: folder })).toEqual({
      code: 4,
      signal: null,
      stdout: '',
      stderr: `agentops: ${name}:4:3: unknown key "tokn" in vault (known here: address, namespace, auth, tls, secrets)\n`,
    });
  });

  it('AGENTOPS_CONFIG names it as well', async () => {
    const name = file('by-env.yaml', 'timeout: soon\n');
    const ended = await cli.run(['diagnose'], { cwd: folder, env: { AGENTOPS_CONFIG: name } });
    expect(ended).toMatchObject({
      code: 4,
      stdout: '',
      stderr: expect.stringMatching(/^agentops: by-env\.yaml:1:10: timeout: expected a duration .*\n$/),
    });
  });
});

describe('--help', () => {
  const commands = [
    '',
    ...createProgram().commands.flatMap((command) => [command.name(), ...command.commands.map((sub) => `${command.name()} ${sub.name()}`)]),
  ];

  it('there are commands', () => {
    expect(commands).toEqual(expect.arrayContaining(['', 'init', 'diagnose', 'config schema', 'completion']));
  });

  it.concurrent.each(commands)('agentops %s', async (command) => {
    const ended = await cli.run([...command.split(' ').filter(Boolean), '--help']);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(new RegExp(`^Usage: agentops ${command}`));
    for (const line of ended.stdout.split('\n')) expect(line).not.toMatch(/^ {2}-\S+(, --\S+)?( \S+)?$/);
  });
});

describe('a defect', () => {
  it.each([
    ['a rejection that nobody catches', 'Promise.reject(error)'],
    ['an exception out of a timer', 'setTimeout(() => { throw error; })'],
  ])('%s is one line without the error’s words, and exit code 4: 1 would say "warning"', async (_name, code) => {
    const make = "const error = Object.assign(new Error('cnry-message'), { config: { headers: { authorization: 'cnry-header' } } });";
    file('defect.mjs', `setTimeout(() => { ${make} ${code} }, 300);`);
    const ended = await cli.run(['diagnose', '--watch', '50ms', '-o', 'json', '--only', 'agents'], {
      cwd: folder,
      env: { NODE_OPTIONS: `--import=${join(folder, 'defect.mjs')}` },
    });
    expect(ended).toMatchObject({ code: 4, signal: null });
    expect(ended.stderr).toMatch(/^agentops: internal error \(Error at .*\); this is a defect, please report it\n$/);
    expect(leaksIn(ended.stderr + ended.stdout)).toEqual([]);
  });
});
