import { AgentOpsError } from '@agentops/core/errors';
import { verifyChain } from '@agentops/core/model/audit-chain';
import { renderHistory } from '@agentops/core/render/secrets/history';
import { atOnce } from '@agentops/core/secrets/at-once';
import { rotationHistory } from '@agentops/core/secrets/history';
import { seen } from '@agentops/core/secrets/list';
import type { RotationParts } from '@agentops/core/secrets/parts';
import type { Command } from 'commander';
import { finish, oneOf, writeResult } from '../output.ts';
import { chooseSecrets, requireSecrets, secretsRun, timeoutOf, withSession } from '../secrets.ts';

interface HistoryFlags {
  readonly audit?: boolean;
  readonly output?: string;
  readonly timeout?: string;
}

/** `agentops secrets history`: rotations from their journals, or the audit records. */
export async function secretsHistory(name: string | undefined, flags: HistoryFlags, command: Command): Promise<void> {
  const format = oneOf('output format', flags.output ?? (flags.audit ? 'jsonl' : 'table'), ['table', 'json', 'jsonl'] as const);
  if (flags.audit && format !== 'jsonl') {
    throw new AgentOpsError('usage', `--audit has no ${format} output`, { hint: 'it is JSON lines, each with the hash of the one before' });
  }
  const run = secretsRun(command);
  requireSecrets(run);
  const exitCode = await withSession(run, timeoutOf(flags.timeout, run.config.timeout), async (session) => {
    const chosen = name === undefined ? session.secrets : chooseSecrets(session, [name]);
    const unseen = name === undefined ? session.notSeen : [];
    for (const text of unseen) run.host.log.warn(`not seen: ${text}`);
    if (flags.audit) return Math.max(await exportAudit(chosen), unseen.length > 0 ? 3 : 0);
    const histories = await atOnce(chosen, 8, (parts) => rotationHistory(parts));
    if (format === 'json') await writeResult(JSON.stringify(histories, undefined, 2));
    else if (format === 'jsonl') {
      const lines = histories.flatMap(({ rotations }) => rotations).map((each) => `${JSON.stringify(each)}\n`);
      if (lines.length > 0) await writeResult(lines.join(''));
      for (const text of histories.flatMap(({ notSeen }) => notSeen)) run.host.log.warn(`not seen: ${text}`);
    } else await writeResult(renderHistory(histories, run.render()));
    return unseen.length > 0 || histories.some(({ notSeen }) => notSeen.length > 0) ? 3 : 0;
  });
  finish(exitCode);
}

/** The records to stdout; whether each chain is whole to stderr. 2: one is broken; 3: one was not seen. */
async function exportAudit(chosen: readonly RotationParts[]): Promise<number> {
  let exitCode = 0;
  for (const { entry, audit } of chosen) {
    const records = await seen(() => audit.read(entry.name));
    if (!records.seen) {
      process.stderr.write(`agentops: audit records of ${entry.name} were not seen: ${records.why}\n`);
      exitCode = exitCode === 2 ? 2 : 3;
      continue;
    }
    const lines = records.is.map((record) => `${JSON.stringify(record)}\n`);
    if (lines.length > 0) await writeResult(lines.join(''));
    const verdict = verifyChain(records.is);
    const head = records.is.at(-1);
    if (verdict.ok) {
      const what =
        head === undefined ? 'no audit record yet' : `${records.is.length} audit records, the chain is whole; its head is ${head.hash}`;
      process.stderr.write(`agentops: ${entry.name}: ${what}\n`);
    } else {
      process.stderr.write(`agentops: ${entry.name}: the chain of audit records is broken: ${verdict.problem}\n`);
      exitCode = 2;
    }
  }
  return exitCode;
}
