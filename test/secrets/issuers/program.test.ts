import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { describeEnd, programName, runProgram } from '../../../packages/core/src/secrets/issuers/program.ts';
import { program, programContext, temporaryFolder } from '../../support/program.ts';

const canary = 'CANARY-value-0123456789';

async function output(...[command, input, ms, context]: Parameters<typeof runProgram>): Promise<string> {
  return (await runProgram(command, input, ms, context)).stdout.toString('utf8');
}

async function failure(running: Promise<unknown>): Promise<Error> {
  return running.then(
    () => new Error('it did not fail'),
    (error: unknown) => error as Error,
  );
}

function isAlive(pid: number): boolean {
  try {
    // A zombie is gone, too: nobody has to reap what init will.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('runProgram', () => {
  it('hands JSON over on standard input', async () => {
    const command = program('fs.writeSync(1, input.value + "/" + input.list.length)');
    expect(await output(command, { value: canary, list: [1, 2] }, 10_000, programContext())).toBe(`${canary}/2`);
  });

  it.skipIf(process.platform !== 'linux')('shows the value neither in the arguments nor in the environment', async () => {
    const command = program(
      'answer({ argv: fs.readFileSync("/proc/self/cmdline", "utf8"), env: fs.readFileSync("/proc/self/environ", "utf8") })',
    );
    const env = { PATH: process.env.PATH, LANG: 'C.UTF-8', TZ: 'Europe/Berlin', VAULT_TOKEN: canary, NODE_OPTIONS: '--no-warnings' };
    const seen = JSON.parse(await output(command, { value: canary }, 10_000, programContext(15_000, { env, home: '/home/of-the-person' })));
    expect(seen.argv).toContain('answer(');
    expect(seen.argv).not.toContain(canary);
    expect(seen.env.split('\0').filter(Boolean).sort()).toEqual([
      'HOME=/home/of-the-person',
      'LANG=C.UTF-8',
      `PATH=${process.env.PATH}`,
      'TZ=Europe/Berlin',
    ]);
  });

  it('uses no shell', async () => {
    const [node, flag, script = ''] = program('answer(process.argv.slice(1))');
    expect(await output([node, flag ?? '', script, '$HOME; `id`', '*'], {}, 10_000, programContext())).toBe('["$HOME; `id`","*"]');
  });

  it('runs in the working directory of the host', async () => {
    const cwd = temporaryFolder();
    expect(await output(program('fs.writeSync(1, process.cwd())'), {}, 10_000, programContext(15_000, { cwd }))).toBe(cwd);
  });

  it('counts what goes to stderr and shows nothing of it', async () => {
    const end = await runProgram(
      program('fs.writeSync(2, input.value); process.exitCode = 3'),
      { value: canary },
      10_000,
      programContext(),
    );
    expect(describeEnd(end)).toBe('exit 3, wrote 23 bytes to stderr');
    expect(inspect(end)).not.toContain(canary);
  });

  it('one that is not there', async () => {
    const error = await failure(runProgram([`/nonexistent/${'dir'}/rotate-key`, canary], {}, 10_000, programContext()));
    expect(error).toMatchObject({ kind: 'transient', message: 'command "rotate-key" is not installed' });
    expect(inspect(error, { depth: 9 })).not.toContain(canary);
  });

  it('arguments that cannot be passed on', async () => {
    const error = await failure(runProgram(['cat', `${canary}\0`], {}, 10_000, programContext()));
    expect(error).toMatchObject({ kind: 'transient', message: 'command "cat" cannot be started' });
    expect(inspect(error, { depth: 9 })).not.toContain(canary);
  });

  it('one that reads nothing and ends', async () => {
    const end = await runProgram([process.execPath, '-e', ''], { value: canary.repeat(100_000) }, 10_000, programContext());
    expect(end).toMatchObject({ code: 0, stderrBytes: 0 });
  });

  it('one that takes too long', async () => {
    const error = await failure(runProgram(program('setInterval(() => {}, 1000)'), {}, 50, programContext()));
    expect(error).toMatchObject({ kind: 'transient', message: 'command "node" did not answer in time' });
  });

  /** Runs it until it has written its process ids to a file, then ends the run. */
  const stopped = async (body: (file: string) => string): Promise<{ error: Error; pids: number[] }> => {
    const file = join(temporaryFolder(), 'pids');
    const stop = new AbortController();
    const running = failure(runProgram(program(body(JSON.stringify(file))), {}, 15_000, { ...programContext(), signal: stop.signal }));
    const pids = (): number[] => (existsSync(file) ? readFileSync(file, 'utf8').split(' ').filter(Boolean).map(Number) : []);
    await expect.poll(pids, { timeout: 10_000 }).not.toEqual([]);
    const known = pids();
    stop.abort();
    return { error: await running, pids: known };
  };

  it('one that is ended is ended with all that it started', async () => {
    const { error, pids } = await stopped(
      (file) => `
        const { spawn } = require('node:child_process');
        const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
        fs.writeFileSync(${file}, process.pid + ' ' + child.pid + ' ');
        setInterval(() => {}, 1000);`,
    );
    expect(error).toMatchObject({ kind: 'transient', message: 'command "node" did not answer in time' });
    expect(pids).toHaveLength(2);
    await expect.poll(() => pids.filter(isAlive), { timeout: 5000 }).toEqual([]);
  });

  it('one that does not want to end is killed', async () => {
    const { error, pids } = await stopped(
      (file) => `
        process.on('SIGTERM', () => undefined);
        fs.writeFileSync(${file}, process.pid + ' ');
        setInterval(() => {}, 1000);`,
    );
    expect(error.message).toBe('command "node" did not answer in time');
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it('ends with the run', async () => {
    const context = programContext();
    const stop = new AbortController();
    const running = failure(runProgram(program('setInterval(() => {}, 1000)'), {}, 10_000, { ...context, signal: stop.signal }));
    stop.abort();
    expect(await running).toMatchObject({ kind: 'transient', message: 'command "node" did not answer in time' });
    const late = await failure(runProgram(program(''), {}, 10_000, { ...context, signal: stop.signal }));
    expect(late).toMatchObject({ kind: 'transient', message: 'command "node" was not started: the time is over' });
  });

  it('what it leaves behind in its group ends with it, and its answer counts', async () => {
    const command = program(`
      const { spawn } = require('node:child_process');
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
      child.unref();
      answer(child.pid);
      process.exit(0);`);
    const pid = Number(await output(command, {}, 10_000, programContext()));
    await expect.poll(() => isAlive(pid), { timeout: 5000 }).toBe(false);
  });

  it('more than 1 MiB is too much', async () => {
    const error = await failure(
      runProgram(
        program('for (let i = 0; i < 40; i++) fs.writeSync(1, input.value.repeat(2000))'),
        { value: canary },
        10_000,
        programContext(),
      ),
    );
    expect(error).toMatchObject({ kind: 'transient', message: 'command "node" answers too much' });
  });

  it('is named by its file alone', () => {
    expect(programName(['/opt/bin/rotate', '--token', canary])).toBe('command "rotate"');
  });
});
