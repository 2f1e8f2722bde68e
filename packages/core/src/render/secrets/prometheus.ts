import type { RotationOutcome } from '../../model/rotation-plan.ts';
import type { SecretList, SecretStatus } from '../../model/secret-status.ts';
import { family, sample } from '../prometheus-text.ts';

/** Ages, due times and states in the Prometheus text format; what was not seen has no sample of its age, and a state that says so. */
export function secretsPrometheus(list: SecretList): string {
  const { secrets } = list;
  const of = (value: (status: SecretStatus) => number | undefined): ReturnType<typeof sample>[] =>
    secrets.flatMap((status) => {
      const number = value(status);
      return number === undefined ? [] : [sample({ secret: status.secret }, number)];
    });
  const seconds = (text: string | null | undefined): number | undefined => (typeof text === 'string' ? Date.parse(text) / 1000 : undefined);
  return [
    family('agentops_secrets_info', 'gauge', 'What this is about; lab is the practice scenario, empty for real systems.', [
      sample({ lab: list.lab ?? '' }, 1),
    ]),
    family('agentops_secrets_run_timestamp_seconds', 'gauge', 'When the secrets were looked at.', [
      sample({}, Date.parse(list.generatedAt) / 1000),
    ]),
    family('agentops_secrets_exit_code', 'gauge', '0 in time, 1 due, 2 critical, 3 could not be determined.', [sample({}, list.exitCode)]),
    family('agentops_secrets_not_seen', 'gauge', 'What could not be seen beside single secrets.', [sample({}, list.notSeen.length)]),
    family(
      'agentops_secret_age_seconds',
      'gauge',
      'How old the value is, at least and at most.',
      secrets.flatMap(({ secret, age }) =>
        age
          ? [sample({ secret, bound: 'min' }, age.minSeconds), sample({ secret, bound: 'max' }, age.maxSeconds ?? Number.POSITIVE_INFINITY)]
          : [],
      ),
    ),
    family(
      'agentops_secret_max_age_seconds',
      'gauge',
      'How old it may become.',
      of(({ maxAgeSeconds }) => maxAgeSeconds),
    ),
    family(
      'agentops_secret_due_timestamp_seconds',
      'gauge',
      'When it is due.',
      of(({ dueAt }) => seconds(dueAt)),
    ),
    family(
      'agentops_secret_state',
      'gauge',
      'One for each secret, by its status: pass, warn, fail or unknown (could not be seen), and the worst that was found.',
      secrets.map(({ secret, status, remarks }) => sample({ secret, status, found: remarks[0]?.what ?? '' }, 1)),
    ),
    family(
      'agentops_rotation_state',
      'gauge',
      'One for the state of the newest rotation of each secret.',
      secrets.flatMap(({ secret, rotation }) => (rotation ? [sample({ secret, state: rotation.state, stage: rotation.stage }, 1)] : [])),
    ),
    family(
      'agentops_rotation_last_result',
      'gauge',
      'One for each secret that was ever rotated, by how that ended.',
      secrets.flatMap(({ secret, rotation }) => (rotation ? [sample({ secret, result: resultOf(rotation.state) }, 1)] : [])),
    ),
    family(
      'agentops_rotation_last_timestamp_seconds',
      'gauge',
      'When the newest rotation of each secret last changed its state.',
      of(({ rotation }) => seconds(rotation?.updatedAt)),
    ),
  ].join('');
}

/** The same words as a run's own result has; what stands in the middle is `stopped`. */
function resultOf(state: NonNullable<SecretStatus['rotation']>['state']): string {
  const words: Readonly<Record<string, string>> = {
    DONE: 'done',
    GRACE: 'grace',
    ROLLED_BACK: 'rolled-back',
    NEEDS_OPERATOR: 'needs-operator',
    ABANDONED: 'abandoned',
  };
  return words[state] ?? 'stopped';
}

/** How each run ended, in the Prometheus text format. `now`: ms since the epoch. */
export function outcomesPrometheus(outcomes: readonly RotationOutcome[], exitCode: number, now: number): string {
  return [
    family('agentops_rotation_run_timestamp_seconds', 'gauge', 'When the run ended.', [sample({}, now / 1000)]),
    family(
      'agentops_rotation_exit_code',
      'gauge',
      '0 well, 2 failed or rolled back, 3 a person is needed or not seen, 4 refused, 5 locked.',
      [sample({}, exitCode)],
    ),
    family(
      'agentops_rotation_last_result',
      'gauge',
      'One for each secret of the run, by how it ended.',
      outcomes.map(({ secret, result }) => sample({ secret, result }, 1)),
    ),
    family(
      'agentops_rotation_version',
      'gauge',
      'KV version that serves after the run.',
      outcomes.flatMap(({ secret, version }) => (version === undefined ? [] : [sample({ secret }, version)])),
    ),
    family(
      'agentops_rotation_grace_until_timestamp_seconds',
      'gauge',
      'Until when both values are valid.',
      outcomes.flatMap(({ secret, graceUntil }) => (graceUntil === undefined ? [] : [sample({ secret }, graceUntil / 1000)])),
    ),
  ].join('');
}
