import { execFile, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** Enough to find a process again and to be sure that it is still the same one. */
export interface ProcessRecord {
  readonly name: string;
  readonly pid: number;
  /** Start time in clock ticks since boot (/proc/PID/stat): a reused pid has another. */
  readonly startTicks: string;
  readonly logFile: string;
  /** Ports that it must have let go of after it ended. */
  readonly ports: readonly number[];
}

/** One bring-up: its private folder and what it has started so far, in order. */
export interface Run {
  readonly folder: string;
  readonly processes: ProcessRecord[];
  /** Called after every start, so that whoever stops them later knows even of a half-done bring-up. */
  readonly onStart?: () => void;
}

export interface ServerCommand {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly ports: readonly number[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

const taken = new Set<number>();

/**
 * A loopback port that nobody listens on. Below the range that the kernel hands
 * to outgoing connections, so that none of those takes it before the server does.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    const port = 15_000 + Math.floor(Math.random() * 17_000);
    if (taken.has(port) || !(await canListen(port))) continue;
    taken.add(port);
    return port;
  }
  throw new Error('no free port on 127.0.0.1');
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Starts a server in its own process group, output into `<folder>/<name>.log`. It outlives this process until stopped. */
export async function startProcess(run: Run, server: ServerCommand): Promise<ProcessRecord> {
  const logFile = join(run.folder, `${server.name}.log`);
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(server.command, server.args, {
    cwd: server.cwd ?? run.folder,
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, ...server.env },
  });
  closeSync(log);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(new Error(`${server.name}: cannot start ${server.command}: ${error.message}`)));
  });
  child.unref();
  if (child.pid === undefined) throw new Error(`${server.name}: no process id`);
  const record = { name: server.name, pid: child.pid, startTicks: statOf(child.pid)?.startTicks ?? '', logFile, ports: server.ports };
  run.processes.push(record);
  run.onStart?.();
  return record;
}

/** Polls until `probe` answers true; an early end of the process or the deadline is an error with the last log lines. */
export async function waitUntil(
  what: string,
  probe: () => Promise<boolean>,
  options: { process?: ProcessRecord; timeoutMs?: number; everyMs?: number } = {},
): Promise<void> {
  const { process: record, timeoutMs = 60_000, everyMs = 100 } = options;
  const end = Date.now() + timeoutMs;
  let last = '';
  for (;;) {
    try {
      if (await probe()) return;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    const ended = record !== undefined && !isAlive(record);
    if (!ended && Date.now() < end) {
      await sleep(everyMs);
      continue;
    }
    const why = ended ? 'the process ended' : `not ready after ${timeoutMs / 1000} s`;
    throw new Error([`${what}: ${why}`, last && `last error: ${last}`, record && tail(record)].filter(Boolean).join('\n'));
  }
}

function tail(record: ProcessRecord): string {
  const lines = readFileSync(record.logFile, 'utf8').trimEnd().split('\n').slice(-15);
  return [`last lines of ${record.logFile}:`, ...lines].join('\n');
}

function statOf(pid: number): { startTicks: string; zombie: boolean } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command, in parentheses, may hold spaces; fields are counted after it (state is field 3).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { startTicks: fields[19] ?? '', zombie: fields[0] === 'Z' || fields[0] === 'X' };
  } catch {
    return undefined;
  }
}

/** True while this very process runs (a zombie does not). */
export function isAlive(record: Pick<ProcessRecord, 'pid' | 'startTicks'>): boolean {
  const stat = statOf(record.pid);
  return stat !== undefined && !stat.zombie && stat.startTicks === record.startTicks;
}

function signal(record: ProcessRecord, name: NodeJS.Signals): void {
  try {
    process.kill(record.pid, name);
  } catch {
    // It ended in between.
  }
}

/** Stops servers, the last started first: SIGTERM, after `graceMs` SIGKILL; returns when their ports are free again. */
export async function stopProcesses(processes: readonly ProcessRecord[], graceMs = 15_000): Promise<void> {
  for (const record of processes.toReversed()) {
    if (isAlive(record)) signal(record, 'SIGTERM');
    const end = Date.now() + graceMs;
    while (isAlive(record) && Date.now() < end) await sleep(50);
    if (isAlive(record)) signal(record, 'SIGKILL');
    while (isAlive(record)) await sleep(50);
  }
  const ports = processes.flatMap((record) => record.ports);
  for (const end = Date.now() + 10_000; Date.now() < end; await sleep(100)) {
    const busy = await Promise.all(ports.map(async (port) => !(await canListen(port))));
    if (!busy.includes(true)) return;
  }
  throw new Error(`ports are still in use: ${ports.join(', ')}`);
}

/** Runs a short command to its end; its output is in the error where it fails. */
export async function run(command: string, args: readonly string[], options: { cwd?: string; timeoutMs?: number } = {}): Promise<string> {
  const { stdout } = await promisify(execFile)(command, [...args], {
    cwd: options.cwd,
    timeout: options.timeoutMs ?? 60_000,
    maxBuffer: 256 * 1024 * 1024,
  });
  return stdout;
}
