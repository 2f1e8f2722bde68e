import type { Report } from '@agentops/core/model/report';
import { finish, isUnread } from './output.ts';

/**
 * Runs again and again until Ctrl-C. On a terminal each report replaces the
 * one before; elsewhere they follow each other, so that nothing is lost in a log.
 */
export async function watchDiagnosis(
  run: () => Promise<Report>,
  intervalMs: number,
  show: (report: Report, previous: Report | undefined) => Promise<void>,
): Promise<never> {
  let previous: Report | undefined;
  for (;;) {
    const report = await run();
    if (process.stdout.isTTY) process.stdout.write('\u001B[2J\u001B[3J\u001B[H');
    await show(report, previous);
    // Nobody reads any more (`agentops diagnose --watch | head`).
    if (isUnread()) finish(report.exitCode);
    previous = report;
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}
