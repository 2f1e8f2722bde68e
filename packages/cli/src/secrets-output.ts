import type { RotationOutcome } from '@agentops/core/model/rotation-plan';
import { renderOutcomes } from '@agentops/core/render/secrets/outcomes';
import { outcomesPrometheus } from '@agentops/core/render/secrets/prometheus';
import { writeResult } from './output.ts';
import type { SecretsRun } from './secrets.ts';

export const outcomeFormats = ['table', 'json', 'prometheus'] as const;
export type OutcomeFormat = (typeof outcomeFormats)[number];

/** The result of a run on stdout; machine formats parse whatever happened. */
export async function printOutcomes(
  run: SecretsRun,
  outcomes: readonly RotationOutcome[],
  format: OutcomeFormat,
  exitCode: number,
): Promise<void> {
  const shown = run.render();
  if (format === 'json') await writeResult(JSON.stringify(outcomes, undefined, 2));
  else if (format === 'prometheus') await writeResult(outcomesPrometheus(outcomes, exitCode, shown.now));
  else await writeResult(renderOutcomes(outcomes, shown));
}

/** An outcome of something that never came to a journal. */
export function plainOutcome(
  secret: string,
  result: RotationOutcome['result'],
  detail: string,
  next: readonly string[] = [],
): RotationOutcome {
  return { secret, rotation: undefined, result, state: undefined, version: undefined, graceUntil: undefined, detail, next };
}
