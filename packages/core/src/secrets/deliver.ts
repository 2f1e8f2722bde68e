import { closeSync, constants, lstatSync, openSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { AgentOpsError } from '../errors.ts';
import { writeFileAtomically } from '../files.ts';
import type { RotationParts } from './parts.ts';
import type { RunContext } from './ports.ts';
import type { SecretValue } from './value.ts';

/** How often a FIFO without a reader is tried again, ms. */
const patience = 50;

/**
 * Puts a value into a file: whole or not at all, mode 0600. An existing FIFO is
 * written to as soon as somebody reads it. Anything else that is there already
 * and is no regular file (a device, a folder, a socket, a link) is refused.
 */
export async function writeSecretFile(path: string, value: SecretValue, context: RunContext): Promise<'file' | 'fifo'> {
  const full = resolve(context.host.cwd, path);
  const found = lstatSync(full, { throwIfNoEntry: false });
  if (found && !found.isFile() && !found.isFIFO()) {
    throw new AgentOpsError('file-unwritable', `${path} is neither a file nor a FIFO`, { hint: '--reveal prints the value' });
  }
  try {
    if (found?.isFIFO()) {
      await value.use((bytes) => writeFifo(full, path, bytes, context));
      return 'fifo';
    }
    value.use((bytes) => writeFileAtomically(full, bytes, 0o600));
    return 'file';
  } catch (error) {
    if (error instanceof AgentOpsError) throw error;
    throw new AgentOpsError('file-unwritable', `cannot write ${path}: ${(error as NodeJS.ErrnoException).code ?? 'unwritable'}`);
  }
}

/** Without blocking: a thread that waits for a reader could not be stopped. */
async function writeFifo(full: string, shown: string, bytes: Buffer, { host, signal, deadline }: RunContext): Promise<void> {
  const pause = async (): Promise<void> => {
    if (signal.aborted || host.clock.monotonic() > deadline) throw new AgentOpsError('file-unwritable', `nobody reads ${shown}`);
    await new Promise((done) => setTimeout(done, patience));
  };
  let file: number | undefined;
  while (file === undefined) {
    file = tryTo(() => openSync(full, constants.O_WRONLY | constants.O_NONBLOCK), 'ENXIO');
    if (file === undefined) await pause();
  }
  try {
    for (let sent = 0; sent < bytes.length; ) {
      const fd = file;
      const from = sent;
      const more = tryTo(() => writeSync(fd, bytes, from), 'EAGAIN');
      if (more === undefined) await pause();
      else sent += more;
    }
  } finally {
    closeSync(file);
  }
}

function tryTo<T>(work: () => T, notYet: string): T | undefined {
  try {
    return work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === notYet) return undefined;
    throw error;
  }
}

/** Puts a value where the parts' one consumer takes it, such as a Kubernetes Secret; answers what was written, and doubts. */
export async function handToConsumer(
  parts: Pick<RotationParts, 'consumers'>,
  given: {
    readonly field: string;
    readonly value: SecretValue;
    readonly version: number;
    readonly source: string;
    readonly madeAt: string;
  },
  context: RunContext,
): Promise<{ readonly written: string; readonly warnings: readonly string[] }> {
  const [consumer] = parts.consumers;
  if (!consumer) throw new AgentOpsError('internal', 'there is nobody to hand the value to');
  const { version, source, madeAt } = given;
  const view = await consumer.view(version, context);
  if (view.blocked !== undefined) throw new AgentOpsError('rotation', view.blocked);
  const record = await consumer.record(version, context);
  const fields = new Map([[given.field, given.value]]);
  await consumer.sync(record, { rotation: `fetched-v${version}`, version, fields, source, madeAt }, context);
  return { written: view.sync, warnings: [...view.warnings, ...view.notSeen.map((text) => `not seen: ${text}`)] };
}
