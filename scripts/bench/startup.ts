/** `npm run bench:startup`: `agentops --help` as a ratio to a bare `node -e 0`, in turn, whole processes. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const rounds = 21;
const bin = join(import.meta.dirname, '..', '..', 'packages', 'cli', 'bin', 'agentops.cjs');

function time(args: readonly string[]): number {
  const started = process.hrtime.bigint();
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}`);
  return Number(process.hrtime.bigint() - started) / 1e6;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const commands = { 'agentops --help': [bin, '--help'], 'agentops --version': [bin, '--version'] };
const bare: number[] = [];
const own = new Map(Object.keys(commands).map((name) => [name, [] as number[]]));
for (let round = -2; round < rounds; round++) {
  const base = time(['-e', '0']);
  // The first rounds warm the file cache and Node's compile cache.
  if (round >= 0) bare.push(base);
  for (const [name, args] of Object.entries(commands)) {
    const ms = time(args);
    if (round >= 0) own.get(name)?.push(ms);
  }
}
const base = median(bare);
process.stdout.write(`node -e 0            ${base.toFixed(1)} ms (median of ${rounds})\n`);
for (const [name, times] of own)
  process.stdout.write(`${name.padEnd(20)} ${median(times).toFixed(1)} ms, ratio ${(median(times) / base).toFixed(2)} (aim ≤ 1.5)\n`);
