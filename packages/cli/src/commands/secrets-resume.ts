import { resumeSecret } from '@agentops/core/secrets/rotate/run';
import type { Command } from 'commander';
import { oneOf } from '../output.ts';
import { readValue } from '../read-value.ts';
import { runOne } from '../secrets-one.ts';
import { outcomeFormats } from '../secrets-output.ts';

interface ResumeFlags {
  readonly wait?: boolean;
  readonly revoked?: boolean;
  readonly acceptDowntime?: boolean;
  readonly stdin?: boolean;
  readonly timeout?: string;
  readonly output: string;
}

/** `agentops secrets resume`: goes on with a rotation that was begun. It was confirmed when it began. */
export async function secretsResume(name: string, flags: ResumeFlags, command: Command): Promise<void> {
  const format = oneOf('output format', flags.output, outcomeFormats);
  await runOne(name, { ...flags, format }, command, async () => {
    const supplied = flags.stdin ? await readValue(`New value of ${name}`) : undefined;
    const options = {
      wait: flags.wait === true,
      acceptDowntime: flags.acceptDowntime === true,
      ...(flags.revoked ? { revokedByHand: true } : {}),
      ...(supplied ? { supplied } : {}),
    };
    return { work: resumeSecret, options };
  });
}
