import { AgentOpsError } from '@agentops/core/errors';

let unread = false;

/** Writes the result to stdout, whole, before the process may end. */
export function writeResult(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(text.endsWith('\n') ? text : `${text}\n`, (error) => {
      unread ||= error instanceof Error;
      resolve();
    });
  });
}

/** True once stdout could not be written to: nobody reads any more. */
export function isUnread(): boolean {
  return unread;
}

/** Width of the terminal; 100 where stdout is none, so that files look the same everywhere. */
export function outputWidth(): number {
  return Math.max(60, process.stdout.columns || Number(process.env.COLUMNS) || 100);
}

/** Colour on stdout: `--no-color`, NO_COLOR and FORCE_COLOR count before the terminal does. */
export function useColor(wanted: boolean): boolean {
  if (!wanted || process.env.NO_COLOR) return false;
  if (process.env.FORCE_COLOR) return process.env.FORCE_COLOR !== '0';
  return process.stdout.isTTY === true && process.env.TERM !== 'dumb';
}

/** True when a person is watching stderr. */
export function isWatched(): boolean {
  // A terminal that claims no columns cannot show a spinner (ora would loop for ever).
  return process.stderr.isTTY === true && (process.stderr.columns ?? 0) > 0 && !process.env.CI && process.env.TERM !== 'dumb';
}

/** Ends the process now, though a silent server may still hold a socket open. */
export function finish(exitCode: number): never {
  process.exit(exitCode);
}

/** One of the names, or a `usage` error that lists them. */
export function oneOf<const T extends string>(what: string, value: string, names: readonly T[]): T {
  const found = names.find((name) => name === value);
  if (found === undefined) throw new AgentOpsError('usage', `unknown ${what} "${value}"`, { hint: `one of ${names.join(', ')}` });
  return found;
}

/** A whole number in a range, or a `usage` error. */
export function wholeNumber(option: string, text: string, { least, most }: { readonly least: number; readonly most: number }): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most))
    throw new AgentOpsError('usage', `${option}: "${text}" is not a whole number from ${least} to ${most}`);
  return value;
}
