import { exitCodeOfOutcomes } from '@agentops/core/secrets/exit';
import type { RotationParts } from '@agentops/core/secrets/parts';
import type { Command } from 'commander';
import { finish } from './output.ts';
import { chooseSecrets, openOrWhy, requireSecrets, runTimeout, type SecretsRun, secretsRun } from './secrets.ts';
import { runTasks, type Task } from './secrets-outcomes.ts';
import { type OutcomeFormat, plainOutcome, printOutcomes } from './secrets-output.ts';

/** A command about one secret's rotation: `prepare` looks at it, asks where it must, and says what to do. */
export async function runOne(
  name: string,
  flags: { readonly format: OutcomeFormat; readonly timeout?: string; readonly wait?: boolean },
  command: Command,
  prepare: (parts: RotationParts, run: SecretsRun) => Promise<Pick<Task, 'work' | 'options'> | 'declined'>,
): Promise<never> {
  const run = secretsRun(command);
  requireSecrets(run);
  const session = await openOrWhy(run, runTimeout(run, flags));
  if ('why' in session) {
    await printOutcomes(run, [plainOutcome(name, 'unknown', session.why)], flags.format, 3);
    finish(3);
  }
  let exitCode: number;
  try {
    const [parts] = chooseSecrets(session, [name]);
    if (!parts) throw new Error('a name is one secret or an error');
    const task = await prepare(parts, run);
    if (task === 'declined') {
      exitCode = 4;
      await printOutcomes(run, [plainOutcome(name, 'skipped', 'declined: nothing was done')], flags.format, exitCode);
    } else {
      const { outcomes, stopped } = await runTasks(run, [{ parts, ...task }], session.context);
      task.options.supplied?.wipe();
      exitCode = exitCodeOfOutcomes(outcomes) || (stopped ? 3 : 0);
      await printOutcomes(run, outcomes, flags.format, exitCode);
    }
  } finally {
    await session.close();
  }
  finish(exitCode);
}
