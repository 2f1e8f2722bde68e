import { AgentOpsError } from '@agentops/core/errors';
import { renderLeftBehind } from '@agentops/core/render/secrets/undo';
import { unfinishedJournal } from '@agentops/core/secrets/rotate/keeper';
import { abandonSecret } from '@agentops/core/secrets/rotate/run';
import type { Command } from 'commander';
import { oneOf } from '../output.ts';
import { stderrRender } from '../secrets.ts';
import { runOne } from '../secrets-one.ts';
import { outcomeFormats } from '../secrets-output.ts';

interface AbandonFlags {
  readonly yes?: boolean;
  readonly timeout?: string;
  readonly output: string;
}

/** `agentops secrets abandon --yes`: a person takes a stuck rotation over; what stays behind is told either way. */
export async function secretsAbandon(name: string, flags: AbandonFlags, command: Command): Promise<void> {
  const format = oneOf('output format', flags.output, outcomeFormats);
  await runOne(name, { ...flags, format }, command, async (parts, run) => {
    const unfinished = await unfinishedJournal(parts.journal, name);
    if (!unfinished) {
      throw new AgentOpsError('usage', `no rotation of ${name} is unfinished`, { hint: `agentops secrets history ${name}` });
    }
    process.stderr.write(`${renderLeftBehind(unfinished.journal, { ...run.render(), ...stderrRender(run) })}\n\n`);
    if (!flags.yes) {
      throw new AgentOpsError('usage', `the rotation of ${name} was left alone: abandoning it is for good`, {
        hint: `--yes does it; better where it can: agentops secrets resume ${name}, or rollback ${name}`,
      });
    }
    return {
      work: (secret, options, context) => abandonSecret(secret, options, context),
      options: { wait: false, acceptDowntime: false },
    };
  });
}
