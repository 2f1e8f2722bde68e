import { isUtf8 } from 'node:buffer';
import { AgentOpsError } from '@agentops/core/errors';
import { SecretValue } from '@agentops/core/secrets/value';
import { HiddenLine } from './hidden-input.ts';

/** Vault takes a request of 32 MiB, Kubernetes a Secret of 1 MiB. */
const most = 1024 * 1024;

/** More of a paste may still be on its way so long after its first line, ms. */
const pasteTail = 100;

/**
 * A value from standard input, without its last line break; where that is a
 * terminal, from a prompt that echoes nothing. The caller wipes it. Throws
 * `usage` where it is empty, too long or no text.
 */
export async function readValue(prompt: string): Promise<SecretValue> {
  const bytes = process.stdin.isTTY ? await readHidden(prompt) : await readPiped();
  const value = SecretValue.own(bytes);
  const problem = problemOf(bytes);
  if (problem === undefined) return value;
  value.wipe();
  throw new AgentOpsError('usage', problem, { hint: 'nothing was changed' });
}

function problemOf(bytes: Buffer): string | undefined {
  if (bytes.length === 0) return 'the value on standard input is empty';
  // Vault keeps text: other bytes would be changed on their way.
  return isUtf8(bytes) ? undefined : 'the value on standard input is not UTF-8 text: encode it, e.g. with base64';
}

async function readPiped(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > most)
        throw new AgentOpsError('usage', 'the value on standard input is longer than 1 MiB', { hint: 'nothing was changed' });
    }
    const whole = Buffer.concat(chunks);
    const end = whole.at(-1) === 0x0a ? (whole.at(-2) === 0x0d ? -2 : -1) : whole.length;
    const value = Buffer.from(whole.subarray(0, end));
    whole.fill(0);
    return value;
  } finally {
    for (const chunk of chunks) chunk.fill(0);
  }
}

async function readHidden(prompt: string): Promise<Buffer> {
  const { stdin, stderr } = process;
  stderr.write(`${prompt} (not shown): `);
  const line = new HiddenLine();
  stdin.setRawMode(true);
  try {
    const end = await new Promise<'done' | 'aborted' | 'several'>((resolve) => {
      let ended: 'done' | 'aborted' | undefined;
      let isLast = false;
      stdin.on('data', (chunk: Buffer) => {
        for (const byte of chunk) {
          // The rest of a paste must not end up in the shell.
          if (ended === 'done' && byte !== 0x0a) resolve('several');
          else if (ended === undefined) {
            const state = line.take(byte);
            if (state !== 'more') ended = state;
          }
        }
        chunk.fill(0);
        if (ended === 'aborted') resolve('aborted');
        if (ended === 'done' && !isLast) {
          isLast = true;
          setTimeout(() => resolve('done'), pasteTail);
        }
      });
    });
    if (end === 'several') await swallow();
    stderr.write('\n');
    if (end === 'aborted') throw new AgentOpsError('usage', 'given up', { hint: 'nothing was changed' });
    if (end === 'several') {
      throw new AgentOpsError('usage', 'the value has several lines: a prompt takes one', {
        hint: 'pipe it in: agentops secrets … < file',
      });
    }
    return line.value();
  } finally {
    line.wipe();
    stdin.setRawMode(false);
    stdin.removeAllListeners('data');
    stdin.pause();
  }
}

/** Until nothing more comes: what is left of a paste. */
async function swallow(): Promise<void> {
  let last = Date.now();
  const listener = (chunk: Buffer): void => {
    chunk.fill(0);
    last = Date.now();
  };
  process.stdin.on('data', listener);
  while (Date.now() - last < 3 * pasteTail) await new Promise((resolve) => setTimeout(resolve, pasteTail));
}
