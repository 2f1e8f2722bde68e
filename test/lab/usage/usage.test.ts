import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readUsage } from '../../../packages/core/src/cost/ingest/usage.ts';
import { buildCostReport } from '../../../packages/core/src/cost/report/build.ts';
import { resolvePeriod } from '../../../packages/core/src/cost/report/period.ts';
import { type CostSession, openCost } from '../../../packages/core/src/cost/session.ts';
import type { CostReport } from '../../../packages/core/src/model/cost-report.ts';
import type { Lab } from '../../../packages/lab/src/lab.ts';
import { spentSince } from '../../../packages/lab/src/platform/pace.ts';
import { sessionLogs } from '../../../packages/lab/src/usage/sessions.ts';
import { telemetry } from '../../../packages/lab/src/usage/telemetry.ts';
import { testHost, testNow } from '../../support/host.ts';
import { configOf, startStillLab } from '../../support/lab-run.ts';

describe('the usage of a lab', () => {
  it('is the same for the same moment, and under 3 MB', () => {
    const write = (): string => [telemetry(testNow, {}), ...sessionLogs(testNow).flatMap(({ path, text }) => [path, text])].join('');
    const text = write();
    expect(write()).toBe(text);
    expect(text.length).toBeLessThan(3_000_000);
    expect(text.length).toBeGreaterThan(1_000_000);
  });

  it('holds numbers, names and ids, nothing that was said', () => {
    const keys = new Set<string>();
    const collect = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const [key, inner] of Object.entries(value)) {
        keys.add(key);
        collect(inner);
      }
    };
    for (const { text } of sessionLogs(testNow)) for (const line of text.trim().split('\n')) collect(JSON.parse(line));
    expect([...keys].filter((key) => /content|text|prompt|input$|result/i.test(key))).toEqual([]);
  });

  it('a day has the same sessions whenever the lab is opened, but for the one that ran away', () => {
    const of = (now: number): string[] => sessionLogs(now).map(({ path }) => path);
    const tomorrow = of(testNow + 86_400_000);
    expect(of(testNow).filter((path) => !tomorrow.includes(path)).length).toBeLessThan(8);
  });

  it('ends now: nothing is dated in the future', () => {
    const times = [...telemetry(testNow, {}).matchAll(/"timeUnixNano":"(\d+)\d{6}"/g)].map(([, ms]) => Number(ms));
    expect(Math.max(...times)).toBe(testNow - 1);
    const logged = sessionLogs(testNow).flatMap(({ text }) =>
      [...text.matchAll(/"timestamp":"([^"]+)"/g)].map(([, iso]) => Date.parse(iso ?? '')),
    );
    expect(Math.max(...logged)).toBeLessThan(testNow);
  });
});

describe.each([
  ['healthy', []],
  ['token-explosion', ['planner on claude-sonnet-4-5']],
] as const)('the cost report of the lab, %s', (name, drivers) => {
  let lab: Lab;
  let session: CostSession;
  let report: CostReport;
  const home = mkdtempSync(join(tmpdir(), 'agentops-lab-usage-'));
  beforeAll(async () => {
    lab = await startStillLab(name);
    const host = testHost({ home });
    const config = configOf(lab);
    session = await openCost(config, host);
    await readUsage(config, session, host, { workerUrl: undefined });
    const period = resolvePeriod({}, testNow, 'UTC');
    const { ledger, book } = session;
    report = await buildCostReport({
      ledger,
      book,
      period,
      now: testNow,
      by: ['agent'],
      monthlyBudget: undefined,
      version: '0',
      lab: name,
    });
  });
  afterAll(async () => {
    await session.close();
    await lab.close();
    rmSync(home, { recursive: true, force: true });
  });

  it('every line is counted, priced, and eight weeks old at most', () => {
    expect(report.sources.map(({ lines, counted, rejected }) => [lines - counted, rejected])).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(report.total.unpricedTokens).toBe(0);
    expect(report.freshness.firstRecordAt?.slice(0, 10)).toBe('2026-09-26');
    expect(report.lab).toEqual({ scenario: name });
  });

  it('the platform’s agents cost what its counters in Prometheus say', async () => {
    const from = Date.parse('2026-11-01T00:00:00Z');
    const to = Date.parse('2026-11-21T00:00:00Z');
    const agents = ['planner', 'code-gen', 'summarizer', 'researcher'];
    const rows = await session.ledger.rows({ from, to, by: [], where: { agent: agents } });
    const ledger = Number(rows[0]?.cost ?? 0n) / 1e12;
    const platform = spentSince(from, testNow) - spentSince(to, testNow);
    // Twelve times the tokens for two hours: eleven times two hours of planner's more.
    const planner = await session.ledger.rows({ from: to - 86_400_000, to, by: [], where: { agent: ['planner'] } });
    const more = name === 'token-explosion' ? (Number(planner[0]?.cost ?? 0n) / 1e12) * (22 / 46) : 0;
    expect(Math.abs(ledger - platform - more) / platform).toBeLessThan(1e-4);
  });

  it(drivers.length === 0 ? 'nothing stands out' : 'yesterday stands out, and who drove it', () => {
    expect(report.anomalies.map(({ label, drivers: who }) => [label, ...who])).toEqual(
      drivers.length === 0 ? [] : [['Fri 20 Nov', ...drivers]],
    );
  });

  it('has nothing else to say', () => expect(report.notes).toEqual([]));
});
