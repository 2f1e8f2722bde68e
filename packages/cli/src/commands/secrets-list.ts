import { renderSecretList } from '@agentops/core/render/secrets/list';
import { secretsPrometheus } from '@agentops/core/render/secrets/prometheus';
import { secretListOf } from '@agentops/core/secrets/exit';
import { listSecrets } from '@agentops/core/secrets/list';
import type { Command } from 'commander';
import { finish, oneOf, writeResult } from '../output.ts';
import { openOrWhy, requireSecrets, secretsRun, timeoutOf } from '../secrets.ts';

interface ListFlags {
  readonly output: string;
  readonly failOn: string;
  readonly timeout?: string;
}

/** `agentops secrets list`: ages, due dates and last rotations; reads no value. */
export async function secretsList(flags: ListFlags, command: Command): Promise<void> {
  const format = oneOf('output format', flags.output, ['table', 'json', 'prometheus'] as const);
  const failOn = oneOf('verdict', flags.failOn, ['warning', 'unknown', 'critical', 'never'] as const);
  const run = secretsRun(command);
  requireSecrets(run);
  const session = await openOrWhy(run, timeoutOf(flags.timeout, run.config.timeout));
  const open = 'why' in session ? undefined : session;
  const secrets = open ? await listSecrets(open.secrets, open.context) : [];
  await open?.close();
  const list = secretListOf(secrets, {
    notSeen: 'why' in session ? [session.why] : session.notSeen,
    now: run.host.clock.now(),
    timeZone: run.timeZone,
    failOn,
    lab: run.config.lab,
  });
  if (format === 'json') await writeResult(JSON.stringify(list, undefined, 2));
  else if (format === 'prometheus') await writeResult(secretsPrometheus(list));
  else await writeResult(renderSecretList(list, { ...run.render(), verbose: run.globals.verbose, quiet: run.globals.quiet }));
  finish(list.exitCode);
}
