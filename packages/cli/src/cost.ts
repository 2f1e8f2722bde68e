import { loadConfig } from '@agentops/core/config/load';
import type { Config } from '@agentops/core/config/schema';
import { readUsage, type UsageOptions, type UsageReading } from '@agentops/core/cost/ingest/usage';
import type { Dimension } from '@agentops/core/cost/ledger/ledger';
import { type Period, type PeriodOptions, resolvePeriod } from '@agentops/core/cost/report/period';
import { type CostSession, markRead, openCost } from '@agentops/core/cost/session';
import { AgentOpsError } from '@agentops/core/errors';
import type { Host } from '@agentops/core/host';
import { isTimeZone } from '@agentops/core/model/calendar';
import type { Command } from 'commander';
import { globalsOf } from './globals.ts';
import { isWatched } from './output.ts';
import { terminalHost } from './terminal-host.ts';

/** Options that every cost command shares. */
export interface CostFlags {
  readonly period?: string;
  readonly from?: string;
  readonly to?: string;
  readonly compare?: string;
  readonly timezone?: string;
  /** False with `--no-ingest`: report on what the ledger holds. */
  readonly ingest?: boolean;
  /** Configuration file, before that of `--config`: a lab's own. */
  readonly configFile?: string;
  /** The result names the lab by itself; what has no place for it is announced on stderr. */
  readonly saysLab?: boolean;
}

export interface CostRun {
  readonly config: Config;
  readonly host: Host;
  readonly session: CostSession;
  readonly period: Period;
  readonly ingested: UsageReading | undefined;
}

/** Opens the ledger, reads what is new, runs the command, closes it again. */
export async function withCost<T>(
  flags: CostFlags,
  command: Command,
  use: (run: CostRun) => Promise<T>,
  sources?: (host: Host) => UsageOptions['sources'],
): Promise<T> {
  const globals = globalsOf(command);
  const spinner =
    isWatched() && !globals.quiet
      ? (await import('ora')).default({ text: 'reading usage', stream: process.stderr, discardStdin: false })
      : undefined;
  const host = terminalHost({
    ...globals,
    onProgress: (message) => {
      if (spinner) spinner.text = message;
    },
  });
  const { config: loaded } = loadConfig(host, flags.configFile ?? globals.config);
  const config = flags.timezone === undefined ? loaded : { ...loaded, timeZone: zone(flags.timezone) };
  const period = resolvePeriod(periodOptions(flags), host.clock.now(), config.timeZone ?? host.clock.timeZone);
  if (config.lab !== undefined && !flags.saysLab) host.log.warn(`LAB ${config.lab}: a practice environment, none of this is real`);
  spinner?.start();
  try {
    const session = await openCost(config, host);
    try {
      const ingested =
        flags.ingest === false
          ? undefined
          : await readUsage(config, session, host, { workerUrl: workerUrl(), ...(sources ? { sources: sources(host) ?? [] } : {}) });
      // Of named paths nothing is known of the configured sources.
      if (ingested && !sources) await markRead(session, host, ingested);
      spinner?.stop();
      return await use({ config, host, session, period, ingested });
    } finally {
      await session.close();
    }
  } finally {
    spinner?.stop();
  }
}

/** The worker's bundle lies beside the commands; from source there is none, and files are read in this thread. */
function workerUrl(): URL | undefined {
  return import.meta.url.endsWith('.ts') ? undefined : new URL('../workers/ingest.js', import.meta.url);
}

function zone(name: string): string {
  if (!isTimeZone(name))
    throw new AgentOpsError('usage', `--timezone: unknown time zone "${name}"`, { hint: 'an IANA name such as Europe/Berlin or UTC' });
  return name;
}

const periods = new Map<string, Pick<PeriodOptions, 'kind' | 'last'>>([
  ['day', { kind: 'day' }],
  ['week', { kind: 'week' }],
  ['month', { kind: 'month' }],
  ['yesterday', { kind: 'day', last: true }],
  ['last-week', { kind: 'week', last: true }],
  ['last-month', { kind: 'month', last: true }],
]);

function periodOptions({ period, from, to, compare }: CostFlags): PeriodOptions {
  const named = period === undefined ? undefined : periods.get(period);
  if (period !== undefined && named === undefined)
    throw new AgentOpsError('usage', `unknown period "${period}"`, { hint: `one of ${[...periods.keys()].join(', ')}` });
  return {
    ...named,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(compare === undefined ? {} : { compare }),
  };
}

/** The dimensions that `--by` names. */
export function dimensionsOf(names: readonly string[], known: readonly Dimension[]): Dimension[] {
  return names.map((name) => {
    const found = known.find((each) => each === name);
    if (!found) throw new AgentOpsError('usage', `unknown dimension "${name}"`, { hint: `one of ${known.join(', ')}` });
    return found;
  });
}
