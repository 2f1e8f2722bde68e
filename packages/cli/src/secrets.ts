import { hostname, userInfo } from 'node:os';
import { loadConfig } from '@agentops/core/config/load';
import { nearest } from '@agentops/core/config/nearest';
import type { Config } from '@agentops/core/config/schema';
import { AgentOpsError, isAgentOpsError } from '@agentops/core/errors';
import type { Host } from '@agentops/core/host';
import type { RotationParts } from '@agentops/core/secrets/parts';
import { openSecrets, type SecretsSession } from '@agentops/core/secrets/session';
import type { Command } from 'commander';
import { milliseconds } from './commands/diagnose.ts';
import { type GlobalOptions, globalsOf } from './globals.ts';
import { outputWidth, useColor } from './output.ts';
import { canAsk, terminalHost } from './terminal-host.ts';

/** What every `agentops secrets` command begins with. */
export interface SecretsRun {
  readonly config: Config;
  readonly host: Host;
  readonly globals: GlobalOptions;
  /** IANA name. */
  readonly timeZone: string;
  /** Who does it, for journals and audit records: `anna@laptop`. */
  readonly by: string;
  /** How it is shown; at the time of the call. */
  render(): { readonly width: number; readonly color: boolean; readonly timeZone: string; readonly now: number };
}

/** Reads the configuration. */
export function secretsRun(command: Command): SecretsRun {
  const globals = globalsOf(command);
  const host = terminalHost(globals);
  const { config } = loadConfig(host, globals.config);
  if (config.lab !== undefined) host.log.warn(`LAB ${config.lab}: a practice environment, none of this is real`);
  const timeZone = config.timeZone ?? host.clock.timeZone;
  return {
    config,
    host,
    globals,
    timeZone,
    by: whoami(),
    render: () => ({ width: outputWidth(), color: useColor(globals.color), timeZone, now: host.clock.now() }),
  };
}

/** Where secrets must be configured for the command to mean anything. */
export function requireSecrets({ config }: SecretsRun): void {
  if (config.secrets.length > 0) return;
  throw new AgentOpsError('usage', 'no secret is configured', { hint: 'list them below secrets: in agentops.yaml' });
}

/** The session, or in one line why Vault could not be used: that tells nothing about the secrets in it. */
export async function openOrWhy(
  { config, host }: Pick<SecretsRun, 'config' | 'host'>,
  options: { readonly timeoutMs?: number },
): Promise<SecretsSession | { readonly why: string }> {
  try {
    return await openSecrets(config, host, options);
  } catch (error) {
    // A mistake in the configuration is the user's to mend, and no state of the world.
    if (isAgentOpsError(error, 'rotation')) return { why: error.oneLine() };
    throw error;
  }
}

/** Opens Vault, does the work, closes it again whatever happened. */
export async function withSession<T>(
  run: Pick<SecretsRun, 'config' | 'host'>,
  options: { readonly timeoutMs?: number },
  use: (session: SecretsSession) => Promise<T>,
): Promise<T> {
  const session = await openSecrets(run.config, run.host, options);
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}

/** `--timeout`, or what is given for where it is left out. */
export function timeoutOf(flag: string | undefined, otherwise: number | undefined): { readonly timeoutMs?: number } {
  const timeoutMs = flag === undefined ? otherwise : milliseconds('--timeout', flag);
  return timeoutMs === undefined ? {} : { timeoutMs };
}

/** Node's timers go no further: 24.8 days. */
const longest = 2 ** 31 - 1;

/** Deadline of a run that changes something: `--timeout`, else that of the configuration, and with `--wait` the longest grace. */
export function runTimeout(
  { config }: Pick<SecretsRun, 'config'>,
  flags: { readonly timeout?: string; readonly wait?: boolean },
): { readonly timeoutMs?: number } {
  if (flags.timeout !== undefined || !flags.wait) return timeoutOf(flags.timeout, undefined);
  const grace = Math.max(0, ...config.secrets.map(({ overlap }) => overlap));
  return { timeoutMs: Math.min(config.rotation.timeout + grace, longest) };
}

/** How something is shown on stderr before a question. */
export function stderrRender({ globals }: Pick<SecretsRun, 'globals'>): { readonly width: number; readonly color: boolean } {
  const width = Math.max(60, process.stderr.columns || 100);
  return { width, color: globals.color && !process.env.NO_COLOR && process.stderr.isTTY === true && process.env.TERM !== 'dumb' };
}

/** Shows on stderr what will be done and asks; where nobody can be asked, a `usage` error says so. */
export async function askFirst({ host }: Pick<SecretsRun, 'host'>, shown: string, question: string): Promise<boolean> {
  process.stderr.write(`${shown}\n\n`);
  if (!canAsk()) throw new AgentOpsError('usage', 'there is nobody to ask, so nothing was done', { hint: '--yes does it without asking' });
  return host.confirm(question);
}

/** Secrets by name, each once, in the order asked for; a `usage` error names the one that is not there. */
export function chooseSecrets(session: Pick<SecretsSession, 'secrets' | 'notSeen'>, names: readonly string[]): RotationParts[] {
  return [...new Set(names)].map((name) => {
    const found = session.secrets.find(({ entry }) => entry.name === name);
    if (found) return found;
    const near = nearest(
      name,
      session.secrets.map(({ entry }) => entry.name),
    );
    const [unseen] = session.notSeen;
    const hint =
      near === undefined ? (unseen === undefined ? 'agentops secrets list names them' : `not seen: ${unseen}`) : `did you mean "${near}"?`;
    throw new AgentOpsError('usage', `no secret "${name}" is configured`, { hint });
  });
}

function whoami(): string {
  const host = hostname();
  try {
    return `${userInfo().username}@${host}`;
  } catch {
    // A container may run as a number that no user has.
    return `${process.getuid?.() ?? 'somebody'}@${host}`;
  }
}
