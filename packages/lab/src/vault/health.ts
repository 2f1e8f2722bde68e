import type { Answer } from './answer.ts';

export type LabVaultState =
  | 'active'
  | 'standby'
  | 'performance-standby'
  | 'dr-secondary'
  | 'standby-without-active'
  | 'uninitialized'
  | 'sealed'
  | 'removed';

const statuses: Readonly<Record<LabVaultState, number>> = {
  active: 200,
  standby: 429,
  'dr-secondary': 472,
  'performance-standby': 473,
  'standby-without-active': 474,
  uninitialized: 501,
  sealed: 503,
  removed: 530,
};

const labVaultVersion = '1.21.0+agentops-lab';

/** GET sys/health: the status is the answer. */
export function answerHealth(state: LabVaultState, enterprise: boolean, now: number): Answer {
  const sealed = state === 'sealed' || state === 'uninitialized' || state === 'removed';
  const body = {
    initialized: state !== 'uninitialized',
    sealed,
    standby: sealed || state.includes('standby'),
    performance_standby: state === 'performance-standby',
    replication_performance_mode: sealed ? 'unknown' : 'disabled',
    replication_dr_mode: sealed ? 'unknown' : state === 'dr-secondary' ? 'secondary' : 'disabled',
    server_time_utc: Math.floor(now / 1000),
    version: labVaultVersion,
    enterprise,
    ...(sealed ? {} : { cluster_name: 'agentops-lab', cluster_id: '00000000-0000-4000-8000-000000000000' }),
    ...(state === 'removed' ? { removed_from_cluster: true } : {}),
  };
  return { status: statuses[state], body };
}
