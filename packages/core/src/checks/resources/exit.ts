import { duration } from '../../model/format.ts';
import type { Terminated } from '../../model/kubernetes.ts';

/** Exit codes that say more than their number: 128 + signal, and those of the shell. */
const meanings: Readonly<Record<number, string>> = {
  126: 'command not executable',
  127: 'command not found',
  134: 'SIGABRT',
  137: 'SIGKILL',
  139: 'SIGSEGV',
  143: 'SIGTERM',
};

/** `Error, exit code 137 (SIGKILL), 2 min ago`. */
export function exitText(terminated: Terminated, now: number): string {
  const meaning = meanings[terminated.exitCode];
  const code = `exit code ${terminated.exitCode}${meaning ? ` (${meaning})` : ''}`;
  const parts = [terminated.reason, terminated.signal ? `signal ${terminated.signal}` : code, ago(terminated.finishedAt, now)];
  return parts.filter((part) => part !== '').join(', ');
}

/** `2 min ago`; empty where the time is not known. */
export function ago(at: number, now: number): string {
  return at > 0 ? `${duration(Math.max(0, now - at))} ago` : '';
}
