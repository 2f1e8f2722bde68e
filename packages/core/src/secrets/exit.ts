import { exitCodeOf, type FailOn, verdictOf } from '../diagnose/assemble.ts';
import type { RotationOutcome } from '../model/rotation-plan.ts';
import type { SecretList, SecretStatus } from '../model/secret-status.ts';

/**
 * Of a rotation run: 2 something failed or was rolled back unasked; 3 a person is
 * needed, it stands in the middle, or something was not seen; 5 another process
 * is at it; 0 done, within its grace, or nothing to do. The first that applies.
 */
export function exitCodeOfOutcomes(outcomes: readonly Pick<RotationOutcome, 'result' | 'asked'>[]): 0 | 2 | 3 | 5 {
  const has = (...results: readonly RotationOutcome['result'][]): boolean =>
    outcomes.some(({ result, asked }) => !asked && results.includes(result));
  if (has('failed', 'rolled-back')) return 2;
  if (has('needs-operator', 'stopped', 'unknown')) return 3;
  return has('locked') ? 5 : 0;
}

/** The list as it is printed, with the exit code that it earns: 0 in time, 1 due, 2 critical, 3 not seen. */
export function secretListOf(
  secrets: readonly SecretStatus[],
  run: {
    readonly notSeen: readonly string[];
    readonly now: number;
    readonly timeZone: string;
    readonly failOn: FailOn;
    readonly lab: string | undefined;
  },
): SecretList {
  const statuses = [...secrets.map(({ status }) => status), ...run.notSeen.map(() => 'unknown' as const)];
  return {
    schemaVersion: 1,
    ...(run.lab === undefined ? {} : { lab: run.lab }),
    generatedAt: new Date(run.now).toISOString(),
    timeZone: run.timeZone,
    exitCode: exitCodeOf(verdictOf(statuses), run.failOn),
    secrets: [...secrets],
    notSeen: [...run.notSeen],
  };
}
