import { AgentOpsError } from '@agentops/core/errors';
import { storeValue } from '@agentops/core/secrets/provision';
import type { Command } from 'commander';
import { finish, writeResult } from '../output.ts';
import { readValue } from '../read-value.ts';
import { secretsRun, timeoutOf, withSession } from '../secrets.ts';
import { configFor, partsFor } from '../secrets-place.ts';
import { canAsk } from '../terminal-host.ts';

interface StoreFlags {
  readonly field?: string;
  readonly yes?: boolean;
  readonly timeout?: string;
}

/** `agentops secrets store`: a value that a person brings becomes a new version. */
export async function secretsStore(name: string, flags: StoreFlags, command: Command): Promise<void> {
  const run = secretsRun(command);
  const config = configFor(run.config, name, flags.field);
  const stored = await withSession({ ...run, config }, timeoutOf(flags.timeout, undefined), async (session) => {
    const parts = partsFor(session, name);
    const value = await readValue(`Value of ${name}`);
    try {
      const confirm = async ({ version, hasField }: { version: number; hasField: boolean }): Promise<boolean> => {
        if (flags.yes) return true;
        const what = hasField ? 'write over it' : `add field ${flags.field ?? parts.entry.vault?.field ?? ''}`;
        if (!canAsk()) {
          throw new AgentOpsError('usage', `${name} has version ${version} already, and there is nobody to ask`, {
            hint: `--yes: ${what}, as version ${version + 1}`,
          });
        }
        return run.host.confirm(`${name} has version ${version}: ${what}, as version ${version + 1}?`);
      };
      return await storeValue(parts, { field: flags.field, value, by: run.by, confirm }, session.context);
    } finally {
      value.wipe();
    }
  });
  if (stored.notRecorded !== undefined) run.host.log.warn(`no audit record was left: ${stored.notRecorded}`);
  const { result, location, field, version } = stored;
  const text = {
    stored: `stored as version ${version}`,
    unchanged: `version ${version} has this value already, nothing was written`,
    declined: 'nothing was written',
  }[result];
  await writeResult(`${location} field ${field}: ${text}`);
  finish(result === 'declined' ? 4 : 0);
}
