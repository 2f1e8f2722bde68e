import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { GatherContext } from '../../packages/core/src/evidence/context.ts';
import type { Host } from '../../packages/core/src/host.ts';
import { testGatherContext, testHost } from './host.ts';

/** A command that runs this JavaScript, with what it reads on its standard input as the object `input`. */
export function program(body: string): readonly [string, ...string[]] {
  const script = `
    const fs = require('node:fs');
    const input = JSON.parse(fs.readFileSync(0, 'utf8'));
    const answer = (value) => fs.writeSync(1, JSON.stringify(value));
    ${body}`;
  return [process.execPath, '-e', script];
}

/** A folder of its own for one test. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'agentops-test-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A context whose programs run in a folder that is there. */
export function programContext(ms = 15_000, host: Partial<Host> = {}): GatherContext {
  return testGatherContext(ms, testHost({ cwd: tmpdir(), env: { PATH: process.env.PATH }, ...host }));
}
