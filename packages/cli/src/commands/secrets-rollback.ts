import { AgentOpsError } from '@agentops/core/errors';
import { renderWayBack } from '@agentops/core/render/secrets/undo';
import { unfinishedJournal } from '@agentops/core/secrets/rotate/keeper';
import { whyNoWayBack } from '@agentops/core/secrets/rotate/reached';
import { rollbackSecret } from '@agentops/core/secrets/rotate/run';
import type { Command } from 'commander';
import { oneOf } from '../output.ts';
import { askFirst, stderrRender } from '../secrets.ts';
import { runOne } from '../secrets-one.ts';
import { outcomeFormats } from '../secrets-output.ts';

interface RollbackFlags {
  readonly yes?: boolean;
  readonly wait?: boolean;
  readonly timeout?: string;
  readonly output: string;
}

/** `agentops secrets rollback`: shows what goes back, asks, does it. */
export async function secretsRollback(name: string, flags: RollbackFlags, command: Command): Promise<void> {
  const format = oneOf('output format', flags.output, outcomeFormats);
  await runOne(name, { ...flags, format }, command, async (parts, run) => {
    const unfinished = await unfinishedJournal(parts.journal, name);
    const history = `agentops secrets history ${name}`;
    if (!unfinished) {
      throw new AgentOpsError('usage', `no rotation of ${name} is unfinished: there is nothing to go back from`, { hint: history });
    }
    const why = parts.issuer ? whyNoWayBack(unfinished.journal, parts.issuer) : 'it has no issuer any more';
    if (why !== undefined) throw new AgentOpsError('usage', `there is no way back for ${name}: ${why}`, { hint: history });
    const options = { wait: flags.wait === true, acceptDowntime: unfinished.journal.acceptDowntime };
    if (flags.yes) return { work: rollbackSecret, options };
    const shown = renderWayBack(unfinished.journal, { ...run.render(), ...stderrRender(run) });
    return (await askFirst(run, shown, 'Go back?')) ? { work: rollbackSecret, options } : 'declined';
  });
}
