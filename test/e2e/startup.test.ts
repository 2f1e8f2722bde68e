import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plainEnvironment, type StagedCli, stageCli } from './staged.ts';

let cli: StagedCli;

beforeAll(async () => {
  cli = await stageCli();
}, 60_000);

afterAll(() => rmSync(cli.folder, { recursive: true, force: true }));

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [cli.bin, ...args], { cwd: cli.folder, env: plainEnvironment(cli.folder), encoding: 'utf8' });
}

describe('what every start loads', () => {
  it('is the command tree, commander and nothing else', () => {
    const folders = cli.startInputs.map((path) => path.replace(/^.*node_modules\/((@[^/]+\/)?[^/]+)\/.*$/, '$1').replace(/\/[^/]+$/, ''));
    expect([...new Set(folders)].toSorted()).toEqual(['commander', 'packages/cli/src', 'packages/core/src']);
    const ours = cli.startInputs.filter((path) => !path.includes('node_modules/'));
    expect(ours.toSorted()).toEqual([
      'packages/cli/src/main.ts',
      'packages/cli/src/program-cost.ts',
      'packages/cli/src/program-schedule.ts',
      'packages/cli/src/program-secrets.ts',
      'packages/cli/src/program.ts',
      'packages/cli/src/report-error.ts',
      'packages/cli/src/version.ts',
      'packages/core/src/errors.ts',
    ]);
  });

  it('imports nothing at run time but Node’s own modules', () => {
    const code = readFileSync(join(cli.folder, 'dist', 'main.cjs'), 'utf8');
    const required = [...code.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name]) => name);
    expect([...new Set(required)].toSorted()).toEqual([
      'node:child_process',
      'node:events',
      'node:fs',
      'node:module',
      'node:path',
      'node:process',
      'node:util',
    ]);
  });
});

describe('with every command’s bundle taken away', () => {
  beforeAll(() => {
    rmSync(join(cli.folder, 'dist', 'commands'), { recursive: true });
    rmSync(join(cli.folder, 'dist', 'chunks'), { recursive: true });
    rmSync(join(cli.folder, 'dist', 'workers'), { recursive: true });
    expect(readdirSync(join(cli.folder, 'dist'))).toEqual(['main.cjs']);
  });

  it.each([[['--help']], [['diagnose', '--help']], [['--version']], [['completion', '--help']]])('%j still works', (args) => {
    const { status, stderr } = run(...args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('a command does not: the bundles were really gone', () => {
    expect(run('checks').status).toBe(4);
  });
});
