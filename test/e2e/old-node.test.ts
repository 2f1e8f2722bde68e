import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import { checkout } from './staged.ts';

const launcher = join(checkout, 'packages', 'cli', 'bin', 'agentops.cjs');
const folder = mkdtempSync(join(tmpdir(), 'agentops-old-node-'));
const refusal = (version: string): string =>
  `agentops: needs Node 22.19 or newer, this is ${version} (for one run: npx -p node@24 -p agentops agentops)\n`;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Starts the launcher on this Node, which believes to be another version. */
function startAs(version: string): { status: number | null; stdout: string; stderr: string } {
  const preload = join(folder, `node-${version}.cjs`);
  const versions = JSON.stringify({ ...process.versions, node: version });
  writeFileSync(preload, `Object.defineProperty(process, 'versions', { value: ${versions} });\n`);
  return spawnSync(process.execPath, ['--require', preload, launcher, '--version'], { encoding: 'utf8' });
}

describe('the launcher on an older Node', () => {
  it.each(['0.10.48', '8.17.0', '20.20.2', '21.7.3', '22.18.0'])('%s: one line, exit 4', (version) => {
    const { status, stdout, stderr } = startAs(version);
    expect({ status, stdout, stderr }).toEqual({ status: 4, stdout: '', stderr: refusal(version) });
  });

  it.each(['22.19.0', '24.0.0', '26.1.0'])('%s: goes on', (version) => {
    expect(startAs(version).stderr).not.toContain('needs Node');
  });

  const systemNode = '/usr/bin/node';
  const { stdout: found } = spawnSync(systemNode, ['--version'], { encoding: 'utf8' });
  const [major = 99, minor = 0] = (found ?? '').replace('v', '').split('.').map(Number);
  it.runIf(found && (major < 22 || (major === 22 && minor < 19)))('the real one of this machine', () => {
    const { status, stdout, stderr } = spawnSync(systemNode, [launcher, '--version'], { encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({ status: 4, stdout: '', stderr: refusal(found.trim().slice(1)) });
  });

  it('is written in ES5', async () => {
    const code = readFileSync(launcher, 'utf8');
    // esbuild rewrites newer syntax for es5, or refuses; code in es5 comes out as it went in.
    const [es5, newest] = await Promise.all([transform(code, { target: 'es5' }), transform(code, { target: 'esnext' })]);
    expect(es5.code).toBe(newest.code);
    // Commas after the last argument (ES2017) leave no trace in what esbuild prints.
    expect(code).not.toMatch(/,\s*\)/);
  });
});
