import { AgentOpsError } from '@agentops/core/errors';
import { plural } from '@agentops/core/model/format';
import { renderLeftAlone } from '@agentops/core/render/secrets/outcomes';
import { renderPlans } from '@agentops/core/render/secrets/plan';
import type { RotationParts } from '@agentops/core/secrets/parts';
import { resumeSecret, rotateSecret } from '@agentops/core/secrets/rotate/run';
import type { SecretsSession } from '@agentops/core/secrets/session';
import type { SecretValue } from '@agentops/core/secrets/value';
import type { Command } from 'commander';
import { finish, oneOf, writeResult } from '../output.ts';
import { readValue } from '../read-value.ts';
import { askFirst, openOrWhy, requireSecrets, runTimeout, type SecretsRun, secretsRun, stderrRender } from '../secrets.ts';
import { runTasks, type Task } from '../secrets-outcomes.ts';
import { type OutcomeFormat, outcomeFormats, plainOutcome, printOutcomes } from '../secrets-output.ts';
import { exitCodeWith, isRefused, needsValue, type Work, workOf } from '../secrets-work.ts';

interface RotateFlags {
  readonly due?: boolean;
  readonly all?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly wait?: boolean;
  readonly acceptDowntime?: boolean;
  readonly stdin?: boolean;
  readonly timeout?: string;
  readonly output: string;
}

/** `agentops secrets rotate`: shows what will be done, asks, does it, says how it ended. */
export async function secretsRotate(names: readonly string[], flags: RotateFlags, command: Command): Promise<void> {
  const format = oneOf('output format', flags.output, outcomeFormats);
  checkUsage(names, flags);
  const run = secretsRun(command);
  requireSecrets(run);
  const session = await openOrWhy(run, runTimeout(run, flags));
  if ('why' in session) {
    // Nothing is known of any of them: that is no "nothing is due".
    const asked = names.length > 0 ? names : run.config.secrets.map(({ name }) => name);
    await printOutcomes(
      run,
      asked.map((name) => plainOutcome(name, 'unknown', session.why)),
      format,
      3,
    );
    finish(3);
  }
  let exitCode: number;
  try {
    const work = await workOf(session, names, flags, run);
    exitCode = flags.dryRun ? await showPlans(run, work, format) : await rotate(run, session, work, flags, format);
  } finally {
    await session.close();
  }
  finish(exitCode);
}

function checkUsage(names: readonly string[], flags: RotateFlags): void {
  const ways = [names.length > 0, flags.due === true, flags.all === true].filter(Boolean).length;
  const usage = (message: string, hint: string): never => {
    throw new AgentOpsError('usage', message, { hint });
  };
  if (ways === 0) usage('rotate what?', 'names of secrets, --due or --all');
  if (ways > 1) usage('names, --due and --all exclude each other', 'one of them');
  if (flags.stdin && names.length !== 1) usage('--stdin brings one value', 'name one secret');
  if (flags.dryRun && flags.output === 'prometheus') usage('--dry-run has no prometheus output', 'one of table, json');
}

async function showPlans(run: SecretsRun, work: Work, format: string): Promise<number> {
  if (format === 'json') await writeResult(JSON.stringify(work.plans, undefined, 2));
  else {
    const { leftAlone, resume, plans, notSeen } = work;
    const lines = [
      ...resume.map(({ entry }) => `${entry.name}   goes on with what was begun`),
      ...(plans.length > 0 ? [renderPlans(plans, { ...run.render(), dryRun: true })] : []),
      ...(leftAlone.length > 0 ? [renderLeftAlone(leftAlone, run.render())] : []),
      ...notSeen.map((text) => `? not seen: ${text}`),
    ];
    await writeResult(lines.length > 0 ? lines.join('\n\n') : 'nothing is due');
  }
  return isRefused(work) ? 4 : exitCodeWith(work, work.leftAlone);
}

async function rotate(run: SecretsRun, session: SecretsSession, work: Work, flags: RotateFlags, format: OutcomeFormat): Promise<number> {
  const { plans, resume, leftAlone } = work;
  const planned = plans.filter(({ secret }) => work.rotate.some(({ entry }) => entry.name === secret));
  if (isRefused(work)) {
    process.stderr.write(`${renderPlans(planned, { ...run.render(), ...stderrRender(run), dryRun: false })}\n\n`);
    const outcomes = planned.map(({ secret, blocked }) =>
      blocked === undefined
        ? plainOutcome(secret, 'skipped', 'not begun, because another one cannot be rotated')
        : plainOutcome(secret, 'failed', `it cannot be rotated as it stands: ${blocked}`),
    );
    await printOutcomes(run, outcomes, format, 4);
    return 4;
  }
  const total = resume.length + planned.length;
  checkSupplied(work.rotate, flags);
  if (total > 0 && !flags.yes) {
    const going = resume.map(({ entry }) => `${entry.name}   goes on with what was begun\n\n`).join('');
    const shown = `${going}${renderPlans(planned, { ...run.render(), ...stderrRender(run), dryRun: false })}`.trimEnd();
    if (!(await askFirst(run, shown, total === 1 ? 'Do it?' : `Do it, for ${plural(total, 'secret')}?`))) {
      const declined = [...resume, ...work.rotate].map(({ entry }) => plainOutcome(entry.name, 'skipped', 'declined: nothing was done'));
      await printOutcomes(run, [...declined, ...leftAlone], format, 4);
      return 4;
    }
  }
  const supplied = await suppliedFor(work.rotate, flags);
  try {
    const options = { wait: flags.wait === true, acceptDowntime: flags.acceptDowntime === true, ...(supplied ? { supplied } : {}) };
    const tasks: Task[] = [
      ...resume.map((parts) => ({ parts, work: resumeSecret, options })),
      ...work.rotate.map((parts) => {
        const plan = plans.find(({ secret }) => secret === parts.entry.name);
        return { parts, work: rotateSecret, options: { ...options, ...(plan ? { plannedVersion: plan.currentVersion } : {}) } };
      }),
    ];
    const { outcomes, stopped } = await runTasks(run, tasks, session.context);
    const all = [...outcomes, ...leftAlone];
    const exitCode = exitCodeWith(work, all) || (stopped ? 3 : 0);
    await printOutcomes(run, all, format, exitCode);
    for (const text of work.notSeen) run.host.log.warn(`not seen: ${text}`);
    return exitCode;
  } finally {
    supplied?.wipe();
  }
}

/** Before anybody is asked anything: whether a value is needed, and comes. */
function checkSupplied(rotating: readonly RotationParts[], flags: RotateFlags): void {
  const [first] = rotating;
  const without = rotating.find(needsValue);
  if (flags.stdin && first && !without) {
    throw new AgentOpsError('usage', `the issuer of ${first.entry.name} makes its values itself`, { hint: 'leave --stdin out' });
  }
  if (!flags.stdin && without) {
    throw new AgentOpsError('usage', `the issuer of ${without.entry.name} makes no values`, {
      hint: `make one there, then agentops secrets rotate ${without.entry.name} --stdin`,
    });
  }
}

/** The value that a person brings: asked for after the plan, so that nobody types it in vain. */
async function suppliedFor([first]: readonly RotationParts[], flags: RotateFlags): Promise<SecretValue | undefined> {
  return flags.stdin && first ? readValue(`New value of ${first.entry.name}`) : undefined;
}
