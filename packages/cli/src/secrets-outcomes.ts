import { isAgentOpsError } from '@agentops/core/errors';
import type { RotationOutcome } from '@agentops/core/model/rotation-plan';
import type { RotationParts } from '@agentops/core/secrets/parts';
import type { RunContext } from '@agentops/core/secrets/ports';
import type { RotateOptions } from '@agentops/core/secrets/rotate/run-state';
import { reportError } from './report-error.ts';
import type { SecretsRun } from './secrets.ts';
import { plainOutcome } from './secrets-output.ts';
import { rotationProgress } from './secrets-progress.ts';
import { stopOnSignal } from './secrets-stop.ts';

type OnEvent = Parameters<typeof import('@agentops/core/secrets/rotate/run').rotateSecret>[3];

/** One secret's part of a run. */
export interface Task {
  readonly parts: RotationParts;
  work(parts: RotationParts, options: RotateOptions, context: RunContext, onEvent: OnEvent): Promise<RotationOutcome>;
  readonly options: Omit<RotateOptions, 'by' | 'stop'>;
}

/**
 * Does one task after the other with progress on stderr, until all are done or
 * the person wants to stop. What a task throws becomes its outcome: the others
 * go on, and the result is printed whatever happened.
 */
export async function runTasks(
  run: SecretsRun,
  tasks: readonly Task[],
  context: RunContext,
): Promise<{ readonly outcomes: readonly RotationOutcome[]; readonly stopped: boolean }> {
  const progress = await rotationProgress({ quiet: run.globals.quiet, timeZone: run.timeZone, clock: run.host.clock });
  const stop = stopOnSignal((text) => progress.say(text));
  const outcomes: RotationOutcome[] = [];
  try {
    for (const { parts, work, options } of tasks) {
      const { name } = parts.entry;
      if (stop.signal.aborted) {
        outcomes.push(plainOutcome(name, 'skipped', 'not begun: the run was stopped before it'));
        continue;
      }
      try {
        outcomes.push(await work(parts, { ...options, by: run.by, stop: stop.signal }, context, progress.onEvent));
      } catch (error) {
        progress.stop();
        if (!isAgentOpsError(error)) reportError(error);
        const why = isAgentOpsError(error) ? error.oneLine() : 'internal error: what is on stderr helps to report it';
        outcomes.push(plainOutcome(name, 'failed', why, [`agentops secrets history ${name}`]));
      }
      progress.stop();
    }
    return { outcomes, stopped: stop.signal.aborted };
  } finally {
    progress.stop();
    stop.dispose();
  }
}
