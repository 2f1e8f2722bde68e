import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkout } from '../support/child.ts';

interface Instruction {
  readonly name: string;
  readonly words: readonly string[];
  readonly text: string;
}

const dockerfile = readFileSync(join(checkout, 'scripts/image/Dockerfile'), 'utf8');
const instructions = dockerfile
  .replaceAll('\\\n', ' ')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line): Instruction => {
    const [name = '', ...words] = line.trim().split(/\s+/);
    return { name, words, text: line.slice(name.length).trim() };
  });
const named = (name: string): Instruction[] => instructions.filter((one) => one.name === name);
const lastStage = instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'));

/** Whether the build sees a path: as the last line of .dockerignore that fits it says. */
function isSent(path: string): boolean {
  const lines = readFileSync(join(checkout, 'scripts/image/Dockerfile.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const parts = path.split('/');
  const fits = (pattern: string): boolean =>
    pattern === '*' || (pattern.startsWith('**/') ? parts.includes(pattern.slice(3)) : path === pattern || path.startsWith(`${pattern}/`));
  const last = lines.findLast((line) => fits(line.replace(/^!/, '')));
  return last === undefined || last.startsWith('!');
}

describe('the image', () => {
  it('copies what is there, and what the ignore file lets through', () => {
    const sources = named('COPY')
      .filter(({ words }) => !words[0]?.startsWith('--from'))
      .flatMap(({ words }) => words.slice(0, -1));
    expect(sources).toEqual(expect.arrayContaining(['package-lock.json', 'packages', 'scripts', 'packages/lab/package.json']));
    for (const source of sources)
      expect({ source, there: existsSync(join(checkout, source)), sent: isSent(source) }).toEqual({ source, there: true, sent: true });
    expect(
      ['.git', 'node_modules', 'packages/cli/dist', 'packages/cli/node_modules', 'test', 'agentops.yaml', '.env'].filter(isSent),
    ).toEqual([]);
  });

  it('installs what the lock file says, and knows every workspace of it', () => {
    expect(named('RUN').map(({ text }) => text)).toEqual(expect.arrayContaining(['npm ci', 'npm run build']));
    const { packages } = JSON.parse(readFileSync(join(checkout, 'package-lock.json'), 'utf8')) as { packages: Record<string, object> };
    const workspaces = Object.keys(packages).filter((path) => /^packages\/[^/]+$/.test(path));
    const copied = named('COPY').flatMap(({ words }) => words);
    for (const workspace of workspaces) expect(copied).toContain(`${workspace}/package.json`);
  });

  it('runs the launcher as a user who is nobody, and is stopped as by Ctrl-C', () => {
    expect(lastStage.filter(({ name }) => name === 'USER').map(({ text }) => text)).toEqual(['65532:65532']);
    expect(lastStage.filter(({ name }) => name === 'ENTRYPOINT').map(({ text }) => JSON.parse(text))).toEqual([
      ['/opt/agentops/bin/agentops.cjs'],
    ]);
    expect(lastStage.filter(({ name }) => name === 'STOPSIGNAL').map(({ text }) => text)).toEqual(['SIGINT']);
    expect(statSync(join(checkout, 'packages/cli/bin/agentops.cjs')).mode & 0o111).toBe(0o111);
    expect(readFileSync(join(checkout, 'packages/cli/bin/agentops.cjs'), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it('holds the bundle and its launcher, nothing of the build', () => {
    const copies = lastStage.filter(({ name }) => name === 'COPY').map(({ text }) => text);
    expect(copies).toEqual([
      '--from=build /src/LICENSE /src/packages/cli/package.json /opt/agentops/',
      '--from=build /src/packages/cli/bin /opt/agentops/bin',
      '--from=build /src/packages/cli/dist /opt/agentops/dist',
    ]);
  });

  it('names no registry: the base comes from where images come from by default', () => {
    expect(named('FROM').map(({ text }) => text)).toEqual(['${NODE} AS build', '${NODE}']);
    expect(named('ARG').map(({ text }) => text)).toEqual(['NODE=node:24-slim']);
    expect(dockerfile).not.toMatch(/https?:\/\/|[a-z]\.[a-z]+\//);
  });
});
