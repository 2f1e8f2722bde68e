import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../packages/core/src/config/load.ts';
import type { Config } from '../../packages/core/src/config/schema.ts';
import { diagnose } from '../../packages/core/src/diagnose/run.ts';
import type { CheckResult } from '../../packages/core/src/model/finding.ts';
import type { Report } from '../../packages/core/src/model/report.ts';
import { type Lab, startLab } from '../../packages/lab/src/lab.ts';
import { scenarios } from '../../packages/lab/src/scenarios/scenarios.ts';
import { testHost, testNow } from './host.ts';

/** A lab that stands still at {@link testNow}. */
export function startStillLab(name: string): Promise<Lab> {
  const scenario = scenarios.find((each) => each.name === name);
  if (!scenario) throw new Error(`no scenario ${name}`);
  return startLab(scenario, { now: testNow });
}

/** The lab's configuration as a user would read it, where no answer is too slow: this machine may be busy. */
export function configOf(lab: Lab, more: Partial<Config> = {}): Config {
  const { config } = loadConfig(testHost(), lab.configFile);
  const patient = Object.fromEntries(
    ['kubernetes-api', 'prometheus', 'redis', 'vault', 'endpoint', 'provider'].map((name) => [
      `connectivity/${name}`,
      { slowAfter: 3_600_000 },
    ]),
  );
  return { ...config, checks: { ...config.checks, ...patient } as Config['checks'], ...more };
}

/** The lab's kubeconfig for another address. */
export function kubeconfigFor(lab: Lab, url: string): string {
  const file = join(lab.folder, `kubeconfig-${new URL(url).host.replace(':', '-')}`);
  const text = readFileSync(lab.kubeconfigFile, 'utf8');
  writeFileSync(file, text.replaceAll(lab.urls.kubernetes, url).replace(/\n *certificate-authority-data: .*/, ''), { mode: 0o600 });
  return file;
}

/** One diagnosis with the test host. */
export function diagnoseStill(config: Config): Promise<Report> {
  return diagnose(config, testHost(), { version: '1.2.3' });
}

/** Results by check id, without what differs from run to run: measured latencies, and the API server's port. */
export function resultsOf(report: Report): Map<string, CheckResult> {
  const results = report.categories.flatMap((category) => category.checks);
  return new Map(results.map((result) => [result.id, steady(result)]));
}

function steady(result: CheckResult): CheckResult {
  if (!result.id.startsWith('connectivity/')) return result;
  const facts = result.facts.map(({ measured, text, ...fact }) =>
    measured?.unit === 'ms'
      ? { ...fact, text: text.replaceAll(/[\d.]+ (µs|ms|s)\b/g, '… ms').replace(/^127\.0\.0\.1:\d+, v/, 'v') }
      : { ...fact, text, ...(measured ? { measured } : {}) },
  );
  return { ...result, facts };
}
