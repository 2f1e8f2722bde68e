/**
 * `npm run bench:cost`: how long `agentops cost ingest` takes on the session
 * logs of a coding agent (1 GiB in 2,600 files, and one file of 600 MB), with
 * an empty ledger, with nothing new, with 1 % new; beside ccusage, which keeps
 * nothing and reads everything every time. Whole processes, in turns; all
 * totals are checked against what was written into the logs.
 *
 *   node scripts/bench/cost.ts [--rounds 5] [--scale 1] [--shape many,one] [--folder DIR] [--records 0]
 *
 * --scale 0.1 is a tenth of the logs; --folder DIR keeps ccusage and the ledger of --records for the next run.
 * --records 10000000 times `agentops cost report` on a ledger of as many records instead.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ccusageKeys, ccusageTotals, installCcusage, withoutCacheLifetimes } from './cost/ccusage.ts';
import { ledgerTotals, openBenchLedger, ownKeys } from './cost/ledger.ts';
import { type Logs, type Shape, writeLogs } from './cost/logs.ts';
import { difference } from './cost/oracle.ts';
import { seedRecords } from './cost/records.ts';
import { megabytes, Runs } from './cost/run.ts';
import type { RunOptions } from './measure.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    scale: { type: 'string', default: '1' },
    shape: { type: 'string', default: 'many,one' },
    folder: { type: 'string' },
    records: { type: 'string', default: '0' },
  },
});
const rounds = Number(values.rounds);
const scale = Number(values.scale);
const shapes: readonly Shape[] = [
  { name: 'many', bytes: scale * 2 ** 30, files: Math.max(1, Math.round(scale * 2600)) },
  { name: 'one', bytes: scale * 600e6, files: 1 },
];
const cli = join(import.meta.dirname, '..', '..', 'packages', 'cli');
const { bin } = JSON.parse(readFileSync(join(cli, 'package.json'), 'utf8')) as { bin: { agentops: string } };
const agentops = join(cli, bin.agentops);

function say(message: string): void {
  process.stderr.write(`${message}\n`);
}

function print(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

const machine = (): string =>
  `Node ${process.version}, ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)} (the bench itself is part of it)`;

interface Place {
  readonly run: RunOptions;
  /** Where the ledger lies. */
  readonly state: string;
  readonly ledger: string;
}

function placeOf(folder: string, claudeConfig: string): Place {
  const state = join(folder, 'state');
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    XDG_STATE_HOME: state,
    XDG_CONFIG_HOME: join(folder, 'config'),
    CLAUDE_CONFIG_DIR: claudeConfig,
    TZ: 'UTC',
  };
  return { run: { cwd: folder, env }, state: join(state, 'agentops'), ledger: join(state, 'agentops', 'ledger.db') };
}

async function checkLedger(place: Place, logs: Logs): Promise<void> {
  const why = difference(logs.totals, await ledgerTotals(place.ledger), ownKeys);
  if (why !== undefined) throw new Error(`agentops counted wrong: ${why}`);
}

/** Both read the same logs, in turns; the grown ones at the end. */
async function benchShape(shape: Shape, folder: string, ccusage: string | undefined): Promise<void> {
  const logs = writeLogs(join(folder, shape.name), shape);
  const place = placeOf(folder, logs.folder);
  const copy = join(folder, 'ledger-before');
  const [cold, warm, more] = [new Runs('agentops, empty ledger'), new Runs('agentops, nothing new'), new Runs('agentops, 1 % new')];
  const [all, allMore] = [new Runs('ccusage'), new Runs('ccusage, 1 % new')];
  const ingest = [agentops, 'cost', 'ingest', '--strict'];
  let wrong: string | undefined;
  const theirs = async (runs: Runs): Promise<void> => {
    if (ccusage === undefined) return;
    const { output } = await runs.once(ccusage, ['daily', '--offline', '--json', '--timezone', 'UTC'], place.run);
    wrong ??= difference(withoutCacheLifetimes(logs.totals), ccusageTotals(output), ccusageKeys);
  };
  const size = `${megabytes(logs.bytes)} in ${logs.files} files, ${logs.subagents} of subagents, ${((100 * logs.copied) / logs.bytes).toFixed(1)} % copied lines`;
  for (let round = 0; round < rounds; round++) {
    const ours = async (): Promise<void> => {
      rmSync(place.state, { recursive: true, force: true });
      await cold.once(process.execPath, ingest, place.run);
      if (round === 0) await checkLedger(place, logs);
    };
    for (const step of round % 2 === 0 ? [ours, () => theirs(all)] : [() => theirs(all), ours]) await step();
    await warm.once(process.execPath, ingest, place.run);
    say(`${shape.name}: round ${round + 1} of ${rounds}`);
  }
  await checkLedger(place, logs);
  cpSync(place.state, copy, { recursive: true });
  logs.grow(logs.bytes / 100);
  for (let round = 0; round < rounds; round++) {
    rmSync(place.state, { recursive: true, force: true });
    cpSync(copy, place.state, { recursive: true });
    await more.once(process.execPath, ingest, place.run);
    await theirs(allMore);
  }
  await checkLedger(place, logs);
  rmSync(copy, { recursive: true, force: true });

  const ratio = (own: Runs, other: Runs, aim: string): string => {
    if (ccusage === undefined) return '';
    return `   ${own.name.slice('agentops, '.length).padEnd(16)} wall ${(own.wallMs / other.wallMs).toFixed(2)}, CPU ${(own.cpuMs / other.cpuMs).toFixed(2)}${aim}`;
  };
  print('', `${shape.name}: ${size}; ${machine()}`, String(cold), String(warm), String(more));
  if (ccusage !== undefined) {
    print(String(all), String(allMore), 'ratios to ccusage');
    print(ratio(cold, all, '   (aim ≤ 0.75)'), ratio(warm, all, '   (aim ≤ 0.15)'), ratio(more, allMore, ''));
  }
  print(`   peak memory      ${megabytes(cold.peakBytes)}   (aim ≤ 250 MB)`);
  print(`totals by model: agentops as written; ccusage ${ccusage === undefined ? 'not run' : (wrong ?? 'as written')}`);
  rmSync(logs.folder, { recursive: true, force: true });
  rmSync(place.state, { recursive: true, force: true });
}

/** `agentops cost report` on a ledger with many records of the last half year. */
async function benchRecords(records: number, folder: string): Promise<void> {
  const place = placeOf(join(folder, `records-${records}`), join(folder, 'none'));
  mkdirSync(join(folder, 'none', 'projects'), { recursive: true });
  mkdirSync(place.run.cwd, { recursive: true });
  if (!existsSync(place.ledger)) {
    const began = performance.now();
    const ledger = await openBenchLedger(place.ledger);
    let said = 0;
    await seedRecords(ledger, {
      records,
      days: 182,
      until: Date.now(),
      progress: (written) => {
        if (written - said < 1_000_000) return;
        said = written;
        say(`${written.toLocaleString('en')} records in ${Math.round((performance.now() - began) / 1000)} s`);
      },
    });
    await ledger.close();
  }
  const runs = new Runs('agentops cost report');
  const args = [agentops, 'cost', 'report', '--period', 'week', '--no-ingest', '--output', 'json'];
  for (let round = 0; round < rounds; round++) {
    const { output } = await runs.once(process.execPath, args, place.run);
    const { freshness } = JSON.parse(output) as { readonly freshness: { readonly records: number } };
    if (freshness.records !== records) throw new Error(`the report knows ${freshness.records} records`);
  }
  print('', `${records.toLocaleString('en')} records of 26 weeks; ${machine()}`, `${runs}   (aim < 1 s)`);
}

async function main(folder: string): Promise<void> {
  if (Number(values.records) > 0) return benchRecords(Number(values.records), folder);
  if (scale < 1) print('a smaller run: starting a process weighs more in it, and the aims do not apply');
  const found = installCcusage(join(folder, 'ccusage'));
  if ('why' in found) say(`without ccusage: ${found.why}`);
  for (const shape of shapes.filter(({ name }) => values.shape.split(',').includes(name)))
    await benchShape(shape, folder, 'binary' in found ? found.binary : undefined);
}

if (!existsSync(join(cli, 'dist'))) {
  say('agentops is not built: npm run build');
  process.exitCode = 1;
} else {
  const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'agentops-bench-'));
  const clean = (): void => {
    if (values.folder === undefined) rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', clean);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  await main(folder);
}
