import { categoryTitles } from '@agentops/core/checks/registry';
import type { CheckResult, CheckStatus } from '@agentops/core/model/finding';
import { isWatched } from './output.ts';

export interface DiagnoseProgress {
  waitingFor(what: string): void;
  answered(result: CheckResult): void;
  stop(): void;
}

const icons: Readonly<Record<CheckStatus, string>> = { fail: '✖', warn: '!', unknown: '?', pass: '✔', skipped: '-' };
const order: readonly CheckStatus[] = ['fail', 'unknown', 'warn', 'pass', 'skipped'];

/** A spinner with a line a category, on stderr, that is gone when the result comes; nothing where nobody watches. */
export async function startProgress(quiet: boolean): Promise<DiagnoseProgress> {
  if (quiet || !isWatched()) return { waitingFor: () => undefined, answered: () => undefined, stop: () => undefined };
  const { default: ora } = await import('ora');
  const worst = new Map<CheckResult['category'], CheckStatus>();
  let waiting = '';
  const text = (): string => {
    const lines = [...worst].map(([category, status]) => `  ${icons[status]} ${categoryTitles[category]}`);
    return [`looking${waiting ? ` at ${waiting}` : '…'}`, ...lines].join('\n');
  };
  // discardStdin off: it would put the terminal into raw mode, and Ctrl-C must stay Ctrl-C.
  const spinner = ora({ text: text(), stream: process.stderr, discardStdin: false }).start();
  return {
    waitingFor: (what) => {
      waiting = what;
      spinner.text = text();
    },
    answered: (result) => {
      const known = worst.get(result.category);
      if (known === undefined || order.indexOf(result.status) < order.indexOf(known)) worst.set(result.category, result.status);
      spinner.text = text();
    },
    stop: () => void spinner.stop(),
  };
}
