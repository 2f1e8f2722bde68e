import { addDays } from '@agentops/core/model/calendar';
import type { Command } from 'commander';
import { withCost } from '../cost.ts';
import { writeResult } from '../output.ts';
import { milliseconds } from './diagnose.ts';

interface LedgerFlags {
  readonly olderThan: string;
  readonly all?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** `agentops cost compact`: deletes single records past an age; sums by quarter hour stay, or go too with `--all`. */
export async function costCompact(flags: LedgerFlags, command: Command): Promise<void> {
  const age = milliseconds('--older-than', flags.olderThan);
  const text = await withCost({ ingest: false }, command, async ({ session, host }) => {
    const before = addDays(host.clock.now() - age, 0, session.timeZone);
    const date = new Date(before).toISOString();
    const what = flags.all ? 'records and sums' : 'single records (their sums stay)';
    if (flags.dryRun || !flags.yes)
      return `would delete ${what} from before ${date}${flags.dryRun ? '' : '; --yes does it, there is no way back'}`;
    const { deleted } = flags.all ? await session.ledger.retain(before) : await session.ledger.compact(before);
    return `deleted ${deleted.toLocaleString('en')} ${what} from before ${date}`;
  });
  await writeResult(text);
}
