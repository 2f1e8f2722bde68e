import { readFile, rm } from 'node:fs/promises';
import type { ConsumerConfig, SecretEntry } from '../../config/secrets.ts';
import { resolvePath } from '../../evidence/http/tls-files.ts';
import type { Host } from '../../host.ts';
import { failureKind, RotationFailure } from '../failure.ts';
import type { Consumer, ConsumerChange } from '../ports.ts';
import { SecretValue } from '../value.ts';
import { lookAt, replaceFile } from './file-write.ts';

/**
 * A file that holds the value and nothing else, of mode 0600. Whoever reads it
 * is not seen: a program that read it once must be told by another consumer.
 */
export function fileConsumer(
  config: Extract<ConsumerConfig, { type: 'file' }>,
  entry: Pick<SecretEntry, 'vault'>,
  host: Pick<Host, 'cwd' | 'home'>,
): Consumer {
  const path = resolvePath(config.path, host);
  const id = `file ${path}`;
  const field = config.field ?? entry.vault?.field ?? 'value';
  const fieldOf = ({ fields, source }: ConsumerChange): SecretValue => {
    const value = fields.get(field);
    if (!value) throw new RotationFailure('operator', `${source} has no field ${field}, which ${id} gets`);
    return value;
  };
  const put = async (value: SecretValue): Promise<void> => {
    const { file } = await lookAt(path);
    // The same value in a file that is closed to others: nothing to do.
    if (file && (file.mode & 0o177) === 0 && (await holds(path, value))) return;
    await replaceFile(path, value);
  };
  return {
    id,
    type: 'file',
    inPlace: true,
    async view() {
      const view = {
        sync: `replace ${path}, mode 0600`,
        objects: [id],
        workloads: [],
        warnings: [] as string[],
        blocked: undefined,
        notSeen: [],
      };
      try {
        const { file } = await lookAt(path);
        if (!file) view.warnings.push(`${path} is not there yet: whoever runs agentops will own it`);
        else if ((file.mode & 0o077) !== 0)
          view.warnings.push(`${path} will be readable by its owner alone (mode is ${(file.mode & 0o777).toString(8)})`);
        return view;
      } catch (error) {
        if (!(error instanceof RotationFailure)) throw error;
        return failureKind(error) === 'operator' ? { ...view, blocked: error.message } : { ...view, notSeen: [error.message] };
      }
    },
    async record() {
      const { file } = await lookAt(path);
      return { id, from: file ? path : null, to: path, workloads: [] };
    },
    async sync(_record, change) {
      await put(fieldOf(change));
    },
    workloads: () => [],
    async unsync(record, change) {
      if (record.from !== null) return put(fieldOf(change));
      // There was no file before.
      const { file } = await lookAt(path);
      if (file) await rm(path, { force: true });
    },
    async holds(fields) {
      const value = fields.get(field);
      if (!value) return { holds: 'unknown', detail: `the secret has no field ${field}` };
      try {
        const { file } = await lookAt(path);
        if (!file) return { holds: 'no', detail: `${path} is not there` };
        return (await holds(path, value)) ? { holds: 'yes', detail: path } : { holds: 'no', detail: `${path} holds another value` };
      } catch (error) {
        return { holds: 'unknown', detail: error instanceof RotationFailure ? error.message : `${path} cannot be read` };
      }
    },
    // Nothing names a version of it, and who has read it cannot be seen.
    stillOn: async () => [],
    cleanUp: async () => undefined,
  };
}

async function holds(path: string, value: SecretValue): Promise<boolean> {
  const present = SecretValue.own(await readFile(path));
  try {
    return present.equals(value);
  } finally {
    present.wipe();
  }
}
