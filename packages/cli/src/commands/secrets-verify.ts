import { renderVerifications } from '@agentops/core/render/secrets/verification';
import { atOnce } from '@agentops/core/secrets/at-once';
import { exitCodeOfVerification, verifySecret } from '@agentops/core/secrets/verify';
import type { Command } from 'commander';
import { finish, oneOf, writeResult } from '../output.ts';
import { chooseSecrets, openOrWhy, requireSecrets, secretsRun, timeoutOf } from '../secrets.ts';

interface VerifyFlags {
  readonly output: string;
  readonly timeout?: string;
}

/** Secrets that are verified at once. */
const parallel = 4;

/** `agentops secrets verify`: asks issuers, verifiers and consumers about the present values. */
export async function secretsVerify(names: readonly string[], flags: VerifyFlags, command: Command): Promise<void> {
  const format = oneOf('output format', flags.output, ['table', 'json'] as const);
  const run = secretsRun(command);
  requireSecrets(run);
  const session = await openOrWhy(run, timeoutOf(flags.timeout, 60_000));
  if ('why' in session) {
    run.host.log.warn(`not seen: ${session.why}`);
    if (format === 'json') await writeResult('[]');
    finish(3);
  }
  let exitCode: number;
  try {
    const chosen = names.length > 0 ? chooseSecrets(session, names) : session.secrets;
    const notSeen = names.length > 0 ? [] : session.notSeen;
    const results = await atOnce(chosen, parallel, (parts) => verifySecret(parts, run.by, session.context));
    if (format === 'json') await writeResult(JSON.stringify(results, undefined, 2));
    else await writeResult(renderVerifications(results, run.render()));
    for (const text of notSeen) run.host.log.warn(`not seen: ${text}`);
    exitCode = exitCodeOfVerification(results) || (notSeen.length > 0 ? 3 : 0);
  } finally {
    await session.close();
  }
  finish(exitCode);
}
