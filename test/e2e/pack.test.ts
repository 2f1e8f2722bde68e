import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkout, plainEnvironment, type StagedCli, stageCli } from './staged.ts';

const temporary = mkdtempSync(join(tmpdir(), 'agentops-pack-'));
const installed = join(temporary, 'empty');
const home = join(temporary, 'home');
let cli: StagedCli;
let files: string[];

function npm(args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync('npm', [...args, '--cache', join(temporary, 'cache')], {
    cwd,
    env: plainEnvironment(home),
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm ${args[0]} ended with ${status}: ${stderr}`);
  return stdout;
}

function agentops(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const bin = join(installed, 'node_modules', '.bin', 'agentops');
  return spawnSync(bin, args, { cwd: installed, env: plainEnvironment(home), encoding: 'utf8', shell: process.platform === 'win32' });
}

beforeAll(async () => {
  mkdirSync(installed);
  mkdirSync(home);
  cli = await stageCli();
  const [packed] = JSON.parse(npm(['pack', '--json', '--offline', '--pack-destination', temporary], cli.folder)) as [
    { filename: string; files: { path: string }[] },
  ];
  files = packed.files.map(({ path }) => path);
  npm(['init', '-y'], installed);
  npm(['install', '--offline', '--no-audit', '--no-fund', join(temporary, packed.filename)], installed);
}, 60_000);

afterAll(() => {
  rmSync(temporary, { recursive: true, force: true });
  rmSync(cli.folder, { recursive: true, force: true });
});

describe('the package', () => {
  it('holds the launcher, the bundle and the schemas, and nothing else', () => {
    const named = files.filter((path) => !/^dist\/chunks\/[\w-]+-[A-Z0-9]{8}\.js(\.LEGAL\.txt)?$/.test(path));
    expect(named.toSorted()).toEqual(
      [
        'LICENSE',
        'README.md',
        'bin/agentops.cjs',
        ...readdirSync(join(checkout, 'packages/cli/src/commands')).map((name) => `dist/commands/${name.replace(/\.ts$/, '.js')}`),
        'dist/main.cjs',
        'dist/workers/ingest.js',
        'package.json',
        'schema/agentops.schema.json',
        'schema/cost-report.v1.schema.json',
        'schema/report.v1.schema.json',
      ].toSorted(),
    );
  });

  it('is one tarball without dependencies', () => {
    expect(readdirSync(temporary).filter((name) => name.endsWith('.tgz'))).toEqual(['agentops-0.1.0.tgz']);
    expect(readdirSync(join(installed, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['agentops']);
    const manifest = JSON.parse(readFileSync(join(installed, 'node_modules', 'agentops', 'package.json'), 'utf8')) as object;
    expect(manifest).not.toHaveProperty('dependencies');
    expect(manifest).toMatchObject({ bin: { agentops: 'bin/agentops.cjs' }, engines: { node: '>=22.19' } });
  });

  it('names no folder of the machine that built it', () => {
    const root = join(installed, 'node_modules', 'agentops');
    const texts = readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    expect(texts).toHaveLength(files.length);
    expect(texts.filter((path) => [checkout, cli.folder].some((folder) => readFileSync(path, 'utf8').includes(folder)))).toEqual([]);
  });
});

describe('installed into an empty folder', () => {
  it('says its version', () => {
    expect(agentops('--version')).toMatchObject({ status: 0, stdout: '0.1.0\n', stderr: '' });
  });

  it('diagnoses a healthy lab', () => {
    const { status, stdout, stderr } = agentops('lab', 'healthy', '--diagnose', '-o', 'json');
    expect(stderr).toBe('');
    const { verdict, exitCode, lab, tool, counts } = JSON.parse(stdout) as Record<string, unknown>;
    expect({ verdict, exitCode, lab, tool }).toEqual({
      verdict: 'healthy',
      exitCode: 0,
      lab: { scenario: 'healthy' },
      tool: { name: 'agentops', version: '0.1.0' },
    });
    // Nothing is rotated in it: the checks on rotations have nothing to look at.
    expect(counts).toMatchObject({ critical: 0, warning: 0, checks: { fail: 0, unknown: 0, skipped: 6 } });
    expect(status).toBe(0);
  });

  it('diagnoses a lab with a fault, and says so with its exit code', () => {
    const { status, stdout } = agentops('lab', 'leaked-egress', '--diagnose', '-o', 'json');
    const { findings } = JSON.parse(stdout) as { findings: { id: string; resource: { name: string } }[] };
    expect(findings.map(({ id, resource }) => [id, resource.name])).toEqual([['network-policy/world-open-egress', 'debug-egress']]);
    expect(status).toBe(1);
  });
});
