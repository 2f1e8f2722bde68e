import type { RotationOutcome, RotationPlan } from '@agentops/core/model/rotation-plan';
import { atOnce } from '@agentops/core/secrets/at-once';
import { type DueDecision, dueSecrets } from '@agentops/core/secrets/due';
import { exitCodeOfOutcomes } from '@agentops/core/secrets/exit';
import { listSecrets } from '@agentops/core/secrets/list';
import type { RotationParts } from '@agentops/core/secrets/parts';
import { planRotation } from '@agentops/core/secrets/rotate/plan';
import type { SecretsSession } from '@agentops/core/secrets/session';
import { chooseSecrets, type SecretsRun } from './secrets.ts';
import { plainOutcome } from './secrets-output.ts';

/** Plans that are made at once. */
const parallel = 16;

/** What is to be done, what is left alone and why. */
export interface Work {
  readonly resume: readonly RotationParts[];
  readonly rotate: readonly RotationParts[];
  readonly plans: readonly RotationPlan[];
  readonly leftAlone: readonly RotationOutcome[];
  readonly notSeen: readonly string[];
}

export async function workOf(
  session: SecretsSession,
  names: readonly string[],
  flags: { readonly due?: boolean; readonly all?: boolean; readonly acceptDowntime?: boolean },
  run: SecretsRun,
): Promise<Work> {
  const plan = (parts: readonly RotationParts[]): Promise<RotationPlan[]> =>
    atOnce(parts, parallel, (each) => planRotation(each, session.context, { acceptDowntime: flags.acceptDowntime === true }));
  if (!flags.due) {
    const rotate = flags.all ? session.secrets.filter(({ entry }) => entry.issuer) : chooseSecrets(session, names);
    const watched = flags.all ? session.secrets.filter(({ entry }) => !entry.issuer) : [];
    const leftAlone = watched.map(({ entry }) =>
      plainOutcome(entry.name, 'skipped', 'it has no issuer: its age is watched, and nothing is rotated'),
    );
    return { resume: [], rotate, plans: await plan(rotate), leftAlone, notSeen: flags.all ? session.notSeen : [] };
  }
  const statuses = await listSecrets(session.secrets, session.context);
  const decisions = dueSecrets(statuses, run.host.clock.now(), run.timeZone);
  const of = (action: DueDecision['action']): RotationParts[] =>
    decisions
      .filter((each) => each.action === action)
      .flatMap(({ secret }) => session.secrets.find(({ entry }) => entry.name === secret) ?? []);
  const due = of('rotate');
  const needed = due.filter(needsValue);
  const plans = await plan(due.filter((each) => !needsValue(each)));
  const blocked = plans.filter((each) => each.blocked !== undefined);
  const leftAlone = [
    ...needed.map(({ entry }) =>
      plainOutcome(entry.name, 'needs-operator', 'due, and its issuer makes no values: a person brings the new one', [
        `agentops secrets rotate ${entry.name} --stdin`,
      ]),
    ),
    ...blocked.map((each) =>
      plainOutcome(each.secret, 'needs-operator', `due, but it cannot be rotated as it stands: ${each.blocked ?? ''}`, [
        `agentops secrets rotate ${each.secret} --dry-run`,
      ]),
    ),
    ...decisions.flatMap(({ secret, action, reason }) =>
      action === 'resume' || action === 'rotate' ? [] : [plainOutcome(secret, resultOf[action], reason)],
    ),
  ];
  const rotate = due.filter(({ entry }) => plans.some(({ secret, blocked: why }) => secret === entry.name && why === undefined));
  return { resume: of('resume'), rotate, plans, leftAlone, notSeen: session.notSeen };
}

const resultOf = { operator: 'needs-operator', unknown: 'unknown', skip: 'skipped' } as const;

/** Of an issuer that makes no values; one that is stored already is gone on with. */
export function needsValue({ issuer }: RotationParts): boolean {
  return issuer?.origin === 'supplied';
}

/** A plan that was asked for by name cannot be carried out: then none is. */
export function isRefused({ plans, rotate }: Work): boolean {
  return plans.some(({ secret, blocked }) => blocked !== undefined && rotate.some(({ entry }) => entry.name === secret));
}

/** A folder that a pattern names and that was not seen may hold something that is due. */
export function exitCodeWith({ notSeen }: Work, outcomes: readonly RotationOutcome[]): number {
  return exitCodeOfOutcomes([...outcomes, ...notSeen.map(() => ({ result: 'unknown' as const }))]);
}
