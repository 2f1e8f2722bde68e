import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type ModelTotals, type Totals, totalsOf } from './oracle.ts';

const version = '20.0.24';

/** The platform binary of ccusage, installed by npm into `folder`; otherwise why it cannot be had. */
export function installCcusage(folder: string): { readonly binary: string } | { readonly why: string } {
  mkdirSync(folder, { recursive: true });
  const { status, stderr, error } = spawnSync(
    'npm',
    ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', folder, `ccusage@${version}`],
    { cwd: folder, encoding: 'utf8', timeout: 180_000 },
  );
  if (status !== 0) return { why: `npm install ccusage@${version} failed: ${error?.message ?? stderr.trim().split('\n').at(-1)}` };
  const platform = `@ccusage/ccusage-${process.platform}-${process.arch}`;
  try {
    const found = createRequire(join(folder, 'node_modules', 'ccusage', 'package.json')).resolve(`${platform}/package.json`);
    const binary = join(found, '..', 'bin', process.platform === 'win32' ? 'ccusage.exe' : 'ccusage');
    // The package brings it without the right to run it; its own launcher does the same.
    chmodSync(binary, 0o755);
    return { binary };
  } catch {
    return { why: `${platform}@${version} is not there` };
  }
}

interface Daily {
  readonly daily: readonly {
    readonly modelBreakdowns: readonly {
      readonly modelName: string;
      readonly inputTokens: number;
      readonly outputTokens: number;
      readonly cacheCreationTokens: number;
      readonly cacheReadTokens: number;
    }[];
  }[];
}

/** What both sides know: ccusage adds up the two kinds of cache writes. */
export const ccusageKeys = ['input', 'output', 'cacheRead', 'cacheWrite5m'] as const;

/** Totals by model of `ccusage daily --json`; all cache writes stand under five minutes. */
export function ccusageTotals(output: string): Totals {
  const totals: Totals = new Map();
  for (const day of (JSON.parse(output) as Daily).daily) {
    for (const model of day.modelBreakdowns) {
      const sums = totalsOf(totals, model.modelName);
      sums.input += model.inputTokens;
      sums.output += model.outputTokens;
      sums.cacheRead += model.cacheReadTokens;
      sums.cacheWrite5m += model.cacheCreationTokens;
    }
  }
  return totals;
}

/** The oracle as ccusage would say it. */
export function withoutCacheLifetimes(totals: Totals): Map<string, ModelTotals> {
  return new Map(
    [...totals].map(([model, sums]) => [model, { ...sums, cacheWrite5m: sums.cacheWrite5m + sums.cacheWrite1h, cacheWrite1h: 0 }]),
  );
}
