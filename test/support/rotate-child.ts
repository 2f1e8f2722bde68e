/**
 * A process that rotates and may be killed at a boundary, for tests: reads
 * {config, command, secret, dieAt} from stdin, writes the outcome to stdout and
 * each boundary that it meets to stderr.
 */
import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { text } from 'node:stream/consumers';
import { loadConfig } from '../../packages/core/src/config/load.ts';
import type { Host } from '../../packages/core/src/host.ts';
import type { Boundary } from '../../packages/core/src/secrets/ports.ts';
import { resumeSecret, rollbackSecret, rotateSecret } from '../../packages/core/src/secrets/rotate/run.ts';
import type { RotateOptions } from '../../packages/core/src/secrets/rotate/run-state.ts';
import { openSecrets } from '../../packages/core/src/secrets/session.ts';

interface Order {
  readonly config: string;
  readonly command: 'rotate' | 'resume' | 'rollback';
  readonly secret: string;
  /** Killed at the boundary of this number, from 0; null: never. */
  readonly dieAt: number | null;
}

const order = JSON.parse(await text(process.stdin)) as Order;
const host: Host = {
  clock: { now: () => Date.now(), monotonic: () => performance.now(), timeZone: 'UTC' },
  env: process.env,
  home: '/nonexistent',
  cwd: '/nonexistent',
  log: { debug: () => undefined, warn: () => undefined },
  progress: { update: () => undefined },
  random: () => Math.random(),
  confirm: async () => false,
};
let met = 0;
const options: RotateOptions = {
  by: `child ${randomUUID().slice(0, 8)}`,
  wait: false,
  acceptDowntime: false,
  stop: new AbortController().signal,
  boundary: ({ moment, kind, name }: Boundary) => {
    process.stderr.write(`B ${moment} ${kind} ${name}\n`);
    // The operating system ends it here and now; nothing is tidied up.
    if (met++ === order.dieAt) process.kill(process.pid, 'SIGKILL');
  },
};
const session = await openSecrets(loadConfig(host, order.config, { needs: 'all' }).config, host);
const parts = session.secrets.find(({ entry }) => entry.name === order.secret);
if (!parts) throw new Error(`no secret ${order.secret}`);
const command = { rotate: rotateSecret, resume: resumeSecret, rollback: rollbackSecret }[order.command];
const outcome = await command(parts, options, session.context, () => undefined);
await session.close();
process.stdout.write(`${JSON.stringify(outcome)}\n`);
process.exit(0);
