import { type SecretEntry, secretEntry } from '@agentops/core/config/secrets';
import { AgentOpsError } from '@agentops/core/errors';
import { handToConsumer, writeSecretFile } from '@agentops/core/secrets/deliver';
import { type Fetched, fetchValue } from '@agentops/core/secrets/provision';
import type { SecretValue } from '@agentops/core/secrets/value';
import type { Command } from 'commander';
import { finish, writeResult } from '../output.ts';
import { type SecretsRun, secretsRun, timeoutOf, withSession } from '../secrets.ts';
import { configFor, partsFor } from '../secrets-place.ts';

interface GetFlags {
  readonly field?: string;
  readonly toFile?: string;
  readonly toKubernetes?: string;
  readonly reveal?: boolean;
  readonly timeout?: string;
}

interface KubernetesTarget {
  readonly namespace: string;
  readonly secret: string;
  readonly key: string | undefined;
}

/** `agentops secrets get`: hands a value to where it is used; prints it with --reveal alone. */
export async function secretsGet(name: string, flags: GetFlags, command: Command): Promise<void> {
  const { toFile, toKubernetes, reveal } = flags;
  if ([toFile !== undefined, toKubernetes !== undefined, reveal === true].filter(Boolean).length !== 1) {
    throw new AgentOpsError('usage', 'where to?', { hint: 'one of --to-file PATH, --to-kubernetes NAMESPACE/SECRET, --reveal' });
  }
  const target = toKubernetes === undefined ? undefined : parseTarget(toKubernetes);
  const run = secretsRun(command);
  const config = configFor(run.config, name, flags.field);
  const where = toFile !== undefined ? `to file ${toFile}` : target ? `to Secret ${target.namespace}/${target.secret}` : 'revealed';
  const text = await withSession({ ...run, config }, timeoutOf(flags.timeout, undefined), async (session) => {
    const parts = partsFor(session, name);
    const fetched = await fetchValue(parts, { field: flags.field, by: run.by, where }, session.context);
    try {
      if (fetched.notRecorded !== undefined) run.host.log.warn(`no audit record was left: ${fetched.notRecorded}`);
      const what = `${fetched.location} version ${fetched.version}, field ${fetched.field}`;
      if (toFile !== undefined) {
        const kind = await writeSecretFile(toFile, fetched.value, session.context);
        return `${what} → ${toFile} (${kind === 'fifo' ? 'FIFO' : 'mode 0600'})`;
      }
      if (target) return `${what} → ${await toSecret(run, parts.entry, fetched, target)}`;
      process.stderr.write(`agentops: ${what}, in the clear: clear the screen, and the scrollback, when it has served\n`);
      await print(fetched.value);
      return undefined;
    } finally {
      fetched.value.wipe();
    }
  });
  if (text !== undefined) await writeResult(text);
  finish(0);
}

/** Through the same hand that a rotation uses: server-side apply of one key, the others stay. */
async function toSecret(
  run: SecretsRun,
  from: SecretEntry,
  fetched: Fetched,
  { namespace, secret, key }: KubernetesTarget,
): Promise<string> {
  const entry = secretEntry.parse({
    name: from.name,
    vault: { ...from.vault, field: fetched.field },
    consumers: [{ type: 'kubernetes', namespace, secret, mode: 'in-place', keys: { [fetched.field]: key ?? fetched.field } }],
  });
  const config = { ...run.config, secrets: [entry] };
  const { written, warnings } = await withSession({ ...run, config }, {}, ({ secrets: [parts], context }) => {
    if (!parts) throw new Error('an entry without a pattern is one secret');
    return handToConsumer(parts, { ...fetched, source: fetched.location }, context);
  });
  for (const warning of warnings) run.host.log.warn(warning);
  return `${written}, key ${key ?? fetched.field}`;
}

function parseTarget(text: string): KubernetesTarget {
  const [, namespace, secret, key] = /^([^/:\s]+)\/([^/:\s]+)(?::([-._a-zA-Z0-9]+))?$/.exec(text) ?? [];
  if (namespace === undefined || secret === undefined) {
    throw new AgentOpsError('usage', `--to-kubernetes: "${text}" is not NAMESPACE/SECRET[:KEY]`, {
      hint: 'such as agents/openai-key:api-key',
    });
  }
  return { namespace, secret, key };
}

/** As bytes; a terminal gets a line break after it, a pipe the value alone. */
function print(value: SecretValue): Promise<void> {
  return new Promise((resolve) => {
    const bytes = value.use((own) => Buffer.concat([own, Buffer.from(process.stdout.isTTY ? '\n' : '')]));
    process.stdout.write(bytes, () => {
      bytes.fill(0);
      resolve();
    });
  });
}
