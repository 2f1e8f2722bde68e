import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

export interface Measurement {
  readonly wallMs: number;
  /** Largest resident memory of the process, bytes (VmHWM, read until it ended). */
  readonly peakBytes: number;
  readonly exitCode: number | null;
  /** Until something printable came; undefined where nothing did. */
  readonly firstTextMs: number | undefined;
  readonly output: string;
  readonly errors: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal escapes are what is to be left out.
const escapes = /\u001b(\[[0-9;?]*[ -/]*[@-~]|\][^\u0007]*\u0007|[@-Z\\-_])|[\s\u0000-\u001f]/g;

/** Nothing that is measured here may take longer; it is killed then, and its exit code is null. */
const limitMs = 300_000;
/** Of each stream, characters; what comes beyond is counted for nothing. */
const keep = 64_000_000;

/** Runs a program to its end; wall time, peak memory, and when the first visible character came. */
export async function measure(command: string, args: readonly string[], options: RunOptions): Promise<Measurement> {
  const began = performance.now();
  const child = spawn(command, [...args], { cwd: options.cwd, env: { ...options.env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let peakBytes = 0;
  const sample = (): void => {
    peakBytes = Math.max(peakBytes, peakOf(child.pid));
  };
  // The kernel keeps the maximum: the last reading before the end is all but exact.
  const timer = setInterval(sample, 5);
  const limit = setTimeout(() => child.kill('SIGKILL'), limitMs);
  let firstTextMs: number | undefined;
  const texts = { output: '', errors: '' };
  const take = (kind: 'output' | 'errors') => (chunk: Buffer) => {
    sample();
    if (texts[kind].length < keep) texts[kind] += chunk.toString('utf8');
    if (firstTextMs === undefined && texts[kind].slice(0, 10_000).replaceAll(escapes, '') !== '') firstTextMs = performance.now() - began;
  };
  child.stdout.on('data', take('output'));
  child.stderr.on('data', take('errors'));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  clearInterval(timer);
  clearTimeout(limit);
  return { wallMs: performance.now() - began, peakBytes, exitCode, firstTextMs, ...texts };
}

function peakOf(pid: number | undefined): number {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return 0;
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** Runs it under a pseudo-terminal, as a person would see it; memory is not that of the program then. */
export function measureOnScreen(command: string, args: readonly string[], options: RunOptions): Promise<Measurement> {
  const quoted = [command, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  // Without a size of its own the terminal would have no columns at all.
  return measure('script', ['-qec', `stty cols 120 rows 40; exec ${quoted}`, '/dev/null'], {
    ...options,
    env: { ...options.env, TERM: 'xterm-256color', SHELL: '/bin/sh' },
  });
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}
