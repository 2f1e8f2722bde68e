import type { Config } from '../config/schema.ts';
import { AgentOpsError } from '../errors.ts';
import { type CronExpression, parseCron } from './cron-expression.ts';

export const jobNames = ['secrets', 'diagnose', 'cost'] as const;
export type JobName = (typeof jobNames)[number];

/** One thing that runs by the clock. */
export interface Job {
  readonly name: JobName;
  readonly title: string;
  /** Of `agentops`. */
  readonly args: readonly string[];
  /** The option that sets its times, for errors. */
  readonly option: string;
  readonly cron: CronExpression;
  /** A run that could not begin is still worth while, s. */
  readonly lateSeconds: number;
  /** How far its start may be put off, so that not everything begins at once, s. */
  readonly spreadSeconds: number;
  /** After it a run is stopped, s. A little above the run's own deadline. */
  readonly limitSeconds: number;
  /** How long a run that is told to stop may take for it, s. */
  readonly graceSeconds: number;
  /** What it asks for that is not plain success, yet no failure of the job. */
  readonly alsoFine: readonly number[];
  /** Why it runs as it does: lines for whoever reads the result. */
  readonly why: readonly string[];
}

/** What was left out, and why. */
export interface LeftOut {
  readonly name: JobName;
  readonly reason: string;
}

export interface JobChoice {
  /** None named: all that the configuration has something to do for. */
  readonly only: readonly JobName[];
  readonly schedules: Readonly<Partial<Record<JobName, string>>>;
  /** Undefined: the cost report has what it needs; else why not. */
  readonly noCost: string | undefined;
}

/** The jobs in their order. Throws `usage` where one was asked for by name and there is nothing for it to do. */
export function chooseJobs(config: Config, choice: JobChoice): { readonly jobs: readonly Job[]; readonly leftOut: readonly LeftOut[] } {
  const wanted = jobNames.filter((name) => choice.only.length === 0 || choice.only.includes(name));
  const reasons: Readonly<Record<JobName, string | undefined>> = {
    secrets: config.secrets.some(({ issuer }) => issuer !== undefined)
      ? undefined
      : 'no entry below `secrets` has an issuer: there is nothing to rotate',
    diagnose: undefined,
    cost: choice.noCost,
  };
  const leftOut = wanted.flatMap((name): LeftOut[] => {
    const reason = reasons[name];
    if (reason !== undefined && choice.only.includes(name)) throw new AgentOpsError('usage', `--only ${name}: ${reason}`);
    return reason === undefined ? [] : [{ name, reason }];
  });
  const jobs = wanted.filter((name) => reasons[name] === undefined).map((name) => makers[name](config, choice.schedules[name]));
  return { jobs, leftOut };
}

const defaults: Readonly<Record<JobName, string>> = {
  // Not on the hour, when everybody else's jobs begin.
  secrets: '7 * * * *',
  diagnose: '*/15 * * * *',
  cost: '0 7 * * 1',
};

/** Until a run begins: a pod is placed, an image pulled, s. */
const startSeconds = 300;

function timesOf(name: JobName, text: string | undefined): Pick<Job, 'option' | 'cron'> {
  const option = `--${name}-schedule`;
  return { option, cron: parseCron(option, text ?? defaults[name]) };
}

const makers: Readonly<Record<JobName, (config: Config, schedule: string | undefined) => Job>> = {
  secrets: (config, schedule) => ({
    name: 'secrets',
    title: 'rotate the secrets that are due',
    args: ['secrets', 'rotate', '--due', '--yes'],
    ...timesOf('secrets', schedule),
    lateSeconds: 1800,
    spreadSeconds: 300,
    limitSeconds: seconds(config.rotation.timeout) + startSeconds,
    graceSeconds: graceSeconds(config),
    alsoFine: [5],
    why: [
      ...(schedule === undefined
        ? [
            'Hourly: a secret that became due, a rotation that was cut off, and a revoke that waited for the end of its overlap',
            'are taken up within the hour.',
          ]
        : []),
      'Exit codes: 0 nothing was due or all is done, 2 failed or rolled back (the old value serves), 3 undetermined or a',
      'person is needed, 4 usage, 5 another process is at it.',
    ],
  }),
  diagnose: (config, schedule) => ({
    name: 'diagnose',
    title: 'say what is broken',
    args: ['diagnose', '--fail-on', 'unknown'],
    ...timesOf('diagnose', schedule),
    lateSeconds: 300,
    spreadSeconds: 30,
    limitSeconds: seconds(config.timeout) + startSeconds,
    graceSeconds: 30,
    alsoFine: [],
    why: [
      ...(schedule === undefined
        ? ['Every quarter of an hour: a run takes seconds and lists each resource once, and nothing stays unseen for longer.']
        : []),
      'Exit codes: 0 healthy or warnings, 2 critical, 3 something could not be seen, 4 usage or internal error.',
    ],
  }),
  cost: (_config, schedule) => ({
    name: 'cost',
    title: 'report what last week cost',
    args: ['cost', 'report', '--period', 'last-week', '-o', 'markdown'],
    ...timesOf('cost', schedule),
    lateSeconds: 21_600,
    spreadSeconds: 600,
    limitSeconds: 1800,
    graceSeconds: 30,
    alsoFine: [],
    why: ['About the week that is over. Exit codes: 0 printed, 4 usage or internal error.'],
  }),
};

/**
 * A rotation that is told to stop ends at the next safe boundary: after the
 * longest single call that it may be in, and some time to record where it is.
 */
function graceSeconds(config: Config): number {
  const calls = config.secrets.flatMap(({ issuer, verify, verifyWithin }) => [
    verifyWithin,
    issuer !== undefined && 'timeout' in issuer ? issuer.timeout : 0,
    issuer?.type === 'random' && 'timeout' in issuer.set ? issuer.set.timeout : 0,
    verify !== undefined && 'timeout' in verify ? verify.timeout : 0,
  ]);
  return Math.max(90, seconds(Math.max(0, ...calls)) + 60);
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1000);
}
