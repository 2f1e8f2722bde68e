import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

export const checkout = join(import.meta.dirname, '..', '..');

export interface Ended {
  /** null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ChildOptions {
  readonly cwd?: string;
  /** Added to PATH, HOME and nothing else. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Killed after it, ms; default 15 s. */
  readonly limitMs?: number;
  /** Ends the process (SIGTERM) as soon as stdout looks so. */
  readonly until?: (stdout: string) => boolean;
}

/** Runs a command to its end, with a small environment: nothing of the machine that runs the tests gets in. */
export function runChild(command: string, args: readonly string[], options: ChildOptions = {}): Promise<Ended> {
  const { promise, resolve, reject } = Promise.withResolvers<Ended>();
  const child = spawn(command, args, {
    cwd: options.cwd ?? '/',
    env: { PATH: process.env.PATH, HOME: '/nonexistent', TZ: 'UTC', ...options.env },
    detached: true,
  });
  const timer = setTimeout(() => killGroup(child), options.limitMs ?? 15_000);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (options.until?.(stdout)) child.kill('SIGTERM');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.on('error', reject);
  child.on('close', (code, signal) => {
    clearTimeout(timer);
    resolve({ code, signal, stdout, stderr });
  });
  // The child may end before it has read everything.
  child.stdin.on('error', () => undefined).end(options.input ?? '');
  return promise;
}

/** With whatever it started: a pipeline of a shell, say. */
function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It ended in the meantime.
  }
}
