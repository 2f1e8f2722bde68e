import type { Ledger } from '@agentops/core/cost/ledger/ledger';
import { AgentOpsError } from '@agentops/core/errors';
import { isoDate, startOfDay } from '@agentops/core/model/calendar';
import { plural } from '@agentops/core/model/format';
import { cents } from '@agentops/core/render/cost/words';
import type { Command } from 'commander';
import { withCost } from '../cost.ts';
import { writeResult } from '../output.ts';
import { canAsk } from '../terminal-host.ts';
import { milliseconds } from './diagnose.ts';

interface LedgerFlags {
  readonly olderThan: string;
  readonly all?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/**
 * `agentops cost compact`: deletes single records past an age; sums by quarter
 * hour stay, or go too with `--all`. There is no way back, so it shows what
 * would go and asks; where nobody can be asked, only `--yes` does it.
 */
export async function costCompact(flags: LedgerFlags, command: Command): Promise<void> {
  const age = milliseconds('--older-than', flags.olderThan);
  const text = await withCost({ ingest: false }, command, async ({ session: { ledger, timeZone }, host }) => {
    const before = startOfDay(host.clock.now() - age, timeZone);
    const what = await olderThan(ledger, before);
    if (what === undefined) return `nothing is older than ${isoDate(before, timeZone)}`;
    const kept = flags.all ? 'their sums are deleted too: that time is forgotten' : 'their sums stay';
    const plan = `the single records of ${what}, from before ${isoDate(before, timeZone)} (${timeZone}); ${kept}`;
    if (flags.dryRun) return `would delete ${plan}`;
    if (!flags.yes) {
      if (!canAsk())
        throw new AgentOpsError('usage', `would delete ${plan}: there is nobody to ask`, {
          hint: '--yes does it, --dry-run only shows it',
        });
      process.stderr.write(`delete ${plan}. There is no way back.\n`);
      if (!(await host.confirm('Delete them?'))) return 'nothing was deleted';
    }
    const { deleted } = flags.all ? await ledger.retain(before) : await ledger.compact(before);
    return `deleted ${plural(deleted, flags.all ? 'record' : 'single record')} from before ${isoDate(before, timeZone)}; ${kept}`;
  });
  await writeResult(text);
}

/** `12,345 requests ($1,234.56)` of the time before; undefined where there are none. */
async function olderThan(ledger: Ledger, before: number): Promise<string | undefined> {
  const { firstAt } = await ledger.state();
  if (firstAt === null || firstAt >= before) return undefined;
  const day = 86_400_000;
  const [sums] = await ledger.rows({ from: Math.floor(firstAt / day) * day, to: before, by: [] });
  return sums && `${plural(sums.requests, 'request')} (${cents(sums.cost)})`;
}
