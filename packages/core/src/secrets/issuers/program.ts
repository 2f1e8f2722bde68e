import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { basename } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { Host } from '../../host.ts';
import { RotationFailure } from '../failure.ts';
import type { RunContext } from '../ports.ts';

const outputLimit = 1024 * 1024;
/** ms between asking a program to end and ending it. */
const killAfter = 2000;
/** ms that an ended program's output may take to arrive. */
const drainFor = 1000;

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** How a program ended. */
export interface ProgramEnd {
  /** The caller overwrites it. */
  readonly stdout: Buffer;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it wrote there is thrown away: it may hold a value. */
  readonly stderrBytes: number;
}

/** How a program is called in messages: its file name, never its arguments. */
export function programName(command: readonly string[]): string {
  return `command "${basename(command[0] ?? '')}"`;
}

/** `exit 3, wrote 120 bytes to stderr` */
export function describeEnd({ code, signal, stderrBytes }: ProgramEnd): string {
  const how = signal ?? `exit ${code}`;
  return stderrBytes === 0 ? how : `${how}, wrote ${stderrBytes} bytes to stderr`;
}

/**
 * Runs an external program without a shell: `input` as JSON on its standard
 * input, and PATH, HOME, LANG and TZ as its whole environment. It has a process
 * group of its own, which is asked to end (SIGTERM) when its time (ms) or the
 * run is over, and killed 2 s later; whatever it leaves behind in that group is
 * killed when it ends. Throws `transient` where it cannot be started, takes too
 * long or answers more than 1 MiB.
 */
export async function runProgram(command: readonly string[], input: object, timeoutMs: number, context: RunContext): Promise<ProgramEnd> {
  const name = programName(command);
  const left = Math.min(timeoutMs, context.deadline - context.host.clock.monotonic());
  if (left <= 0 || context.signal.aborted) throw new RotationFailure('transient', `${name} was not started: the time is over`);
  const child = start(command, context.host);
  if (!child) throw new RotationFailure('transient', `${name} cannot be started`);
  const bytes = Buffer.from(`${JSON.stringify(input)}\n`);
  const limit = AbortSignal.any([context.signal, AbortSignal.timeout(Math.ceil(left))]);
  try {
    return await follow(child, bytes, limit, name);
  } finally {
    bytes.fill(0);
  }
}

/** Undefined where Node refuses its arguments; its own message would quote them. */
function start(command: readonly string[], host: Host): Child | undefined {
  try {
    return spawn(command[0] ?? '', command.slice(1), {
      cwd: host.cwd,
      env: smallEnvironment(host),
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: grouped,
      windowsHide: true,
    });
  } catch {
    return undefined;
  }
}

const grouped = process.platform !== 'win32';

function smallEnvironment({ env, home }: Host): Record<string, string> {
  const known = { PATH: env.PATH, HOME: env.HOME ?? home, LANG: env.LANG, TZ: env.TZ };
  return Object.fromEntries(Object.entries(known).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

function follow(child: Child, input: Buffer, limit: AbortSignal, name: string): Promise<ProgramEnd> {
  const { promise, resolve, reject } = Promise.withResolvers<ProgramEnd>();
  const chunks: Buffer[] = [];
  let [size, stderrBytes] = [0, 0];
  let why: string | undefined;
  let killer: NodeJS.Timeout | undefined;
  const stop = (reason: string): void => {
    if (why !== undefined) return;
    why = reason;
    signalGroup(child, 'SIGTERM');
    killer = setTimeout(() => signalGroup(child, 'SIGKILL'), killAfter);
  };
  const late = (): void => stop('did not answer in time');
  const settle = (): void => {
    clearTimeout(killer);
    limit.removeEventListener('abort', late);
    child.stdout.destroy();
    child.stderr.destroy();
  };
  const wipe = (): void => {
    for (const chunk of chunks) chunk.fill(0);
  };
  limit.addEventListener('abort', late, { once: true });
  if (limit.aborted) late();
  child.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= outputLimit) chunks.push(chunk);
    else stop('answers too much');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderrBytes += chunk.length;
  });
  // It may end before it has read everything.
  child.stdin.on('error', () => undefined).end(input);
  child.on('error', (error: NodeJS.ErrnoException) => {
    settle();
    wipe();
    const cause = error.code === 'ENOENT' ? 'is not installed' : `cannot be started (${error.code ?? 'unknown error'})`;
    reject(new RotationFailure('transient', `${name} ${cause}`));
  });
  child.on('exit', async (code, signal) => {
    // What it started and left behind would keep the pipes open, and may hold the value.
    signalGroup(child, 'SIGKILL');
    await ended(child.stdout);
    settle();
    const end = { stdout: Buffer.concat(chunks), code, signal, stderrBytes };
    wipe();
    if (why === undefined) resolve(end);
    else {
      end.stdout.fill(0);
      reject(new RotationFailure('transient', `${name} ${why}`));
    }
  });
  return promise;
}

/** Resolves when a stream has ended, or after a while. */
function ended(stream: Readable): Promise<void> {
  if (stream.readableEnded || stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, drainFor);
    stream.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function signalGroup(child: Child, signal: NodeJS.Signals): void {
  try {
    if (grouped && child.pid !== undefined) process.kill(-child.pid, signal);
    else child.kill(signal);
  } catch {
    // Nobody is left in it.
  }
}
