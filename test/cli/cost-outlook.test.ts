import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPrometheus } from '../../packages/lab/src/prometheus/server.ts';
import { useCli } from '../support/cli.ts';

const cli = useCli();
const folder = mkdtempSync(join(tmpdir(), 'agentops-outlook-'));
const dayMs = 86_400_000;
/** Noon UTC, so many days ago. */
const noon = (daysAgo: number): Date => new Date(Math.floor(Date.now() / dayMs) * dayMs - daysAgo * dayMs + dayMs / 2);
const dateOf = (daysAgo: number): string => noon(daysAgo).toISOString().slice(0, 10);

/** A folder with a configuration, a log of its own, a state folder of its own. */
function workspace(name: string, config: string, lines: readonly object[] = []): { cwd: string; env: Record<string, string> } {
  const cwd = join(folder, name);
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'agentops.yaml'), `timeZone: UTC\n${config}`);
  writeFileSync(join(cwd, 'usage.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return { cwd, env: { XDG_STATE_HOME: join(cwd, 'state'), HOME: cwd } };
}

const source = 'cost:\n  codingAgents: false\n  sources: [{ path: usage.jsonl }]\n  prices: { m: { prices: [{ input: 1, output: 1 }] } }\n';

/** A dollar a day, two on Mondays, from `days` ago until yesterday. */
function daily(days: number): object[] {
  return Array.from({ length: days }, (_, index) => {
    const at = noon(days - index);
    return {
      timestamp: at.toISOString(),
      model: 'm',
      agent: 'planner',
      input_tokens: at.getUTCDay() === 1 ? 2_000_000 : 1_000_000,
      output_tokens: 0,
      request_id: `r${index}`,
    };
  });
}

let rich: ReturnType<typeof workspace>;
let thin: ReturnType<typeof workspace>;

beforeAll(() => {
  rich = workspace('rich', `${source}budget: { monthly: 100 }\n`, daily(100));
  thin = workspace('thin', source, daily(5));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('cost forecast', () => {
  it('the next week of a steady series, exactly', async () => {
    const { code, stdout, stderr } = await cli.run(['cost', 'forecast', '--days', '7', '-o', 'json'], rich);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      horizon: { kind: 'days', label: 'next 7 days', from: dateOf(-1), to: dateOf(-7) },
      history: { days: 99, from: dateOf(99), to: dateOf(1) },
      forecast: { method: 'seasonal naive', skill: 'none', total: { point: '8', low: '8', high: '8' } },
      month: { budget: '100' },
    });
  });

  it('refuses a thin history with exit 3, and says how much more it needs', async () => {
    const table = await cli.run(['cost', 'forecast', '--days', '3'], thin);
    expect(table).toMatchObject({ code: 3, stderr: '' });
    expect(table.stdout).toContain(
      'no forecast   25 more whole days of records needed: 4 days ahead need 29 whole days in a row, there are 4',
    );
    const json = await cli.run(['cost', 'forecast', '--days', '3', '-o', 'json'], thin);
    expect(json.code).toBe(3);
    expect(JSON.parse(json.stdout)).toMatchObject({ forecast: null, needs: { days: 25 } });
  });
});

describe('cost trend', () => {
  it('shows the days and what can be said of them', async () => {
    const { code, stdout } = await cli.run(['cost', 'trend', '--days', '28'], rich);
    expect(code).toBe(0);
    const lines = stdout.split('\n');
    expect(lines[0]).toBe(`${dateOf(28)} to ${dateOf(1)} (UTC)`);
    expect(lines[3]).toBe('  no trend that can be told from chance (+$0.00 a day)');
    expect(lines.at(-2)).toMatch(/^ {2}total +\$32\.00 +28$/);
  });
});

describe('cost export', () => {
  it.each(['jsonl', 'csv'])('%s is read back by ingest, to the same sums', async (format) => {
    const exported = await cli.run(['cost', 'export', '--from', dateOf(40), '--to', dateOf(1), '-o', format], rich);
    expect(exported).toMatchObject({ code: 0, stderr: '' });
    const copy = workspace(`copy-${format}`, source);
    writeFileSync(join(copy.cwd, 'usage.jsonl'), exported.stdout);
    const reports = await Promise.all(
      [rich, copy].map((place) => cli.run(['cost', 'report', '--from', dateOf(40), '--to', dateOf(1), '--no-advice', '-o', 'json'], place)),
    );
    const [own, read] = reports.map(({ stdout }) => JSON.parse(stdout));
    expect(own.total.spend).toMatch(/^4[56]$/);
    expect(read.total).toEqual({ ...own.total, previous: null, change: null });
  });

  it('FOCUS', async () => {
    const { stdout } = await cli.run(['cost', 'export', '--from', dateOf(1), '--to', dateOf(1), '-o', 'focus'], rich);
    expect(stdout.split('\r\n')).toHaveLength(3);
    expect(stdout).toMatch(/^BilledCost,/);
  });

  it('says what is kept as sums alone', async () => {
    const place = workspace('compacted', source, daily(40));
    await cli.run(['cost', 'ingest'], place);
    await cli.run(['cost', 'compact', '--older-than', '20d', '--yes'], place);
    const { code, stdout, stderr } = await cli.run(['cost', 'export', '--from', dateOf(39), '--no-ingest'], place);
    expect(code).toBe(1);
    const left = stdout.trim().split('\n').length;
    expect(left).toBeGreaterThan(15);
    expect(left).toBeLessThan(25);
    expect(stderr).toContain(`agentops: ${39 - left} requests of `);
    expect(stderr).toContain('are kept as sums alone and are not in this export (-o focus has them)');
  });
});

describe('cost report --compare', () => {
  it('a span of another length is said to be one', async () => {
    const args = ['cost', 'report', '--from', dateOf(7), '--to', dateOf(1), '--compare', `${dateOf(21)}..${dateOf(8)}`, '--no-advice'];
    const { code, stdout } = await cli.run(args, rich);
    expect(code).toBe(0);
    expect(stdout).toMatch(/▼ 50 % on .*, 14 days against 7 days \(\$16\.00\)/);
  });

  it('a span that is none is a mistake', async () => {
    expect(await cli.run(['cost', 'report', '--compare', 'spring'], rich)).toEqual({
      code: 4,
      signal: null,
      stdout: '',
      stderr: 'agentops: --compare: "spring" is no span (previous, previous-year, or dates such as 2026-10-01..2026-10-07)\n',
    });
  });
});

describe('cost.prometheus', () => {
  it('token counters become spend', async () => {
    const now = Date.now();
    const quarter = 900_000;
    const begin = Math.floor(now / quarter) * quarter - 4 * quarter;
    const labels = { job: 'claude', instance: 'a' };
    const steps = Array.from({ length: Math.floor((now - begin) / 60_000) }, (_, minute) => begin + minute * 60_000);
    const lab = await startPrometheus({
      series: [
        { labels: { __name__: 'up', ...labels }, samples: steps.map((at) => [at, 1] as const) },
        {
          labels: { __name__: 'claude_code_token_usage_tokens_total', type: 'input', model: 'm', ...labels },
          samples: steps.slice(20).map((at) => [at, 3_000_000] as const),
        },
      ],
    });
    const config = `prometheus: { url: "${lab.url}" }\ncost:\n  codingAgents: false\n  prometheus: true\n  prices: { m: { provider: anthropic, prices: [{ input: 1, output: 1 }] } }\n`;
    const place = workspace('counters', config);
    const ingest = await cli.run(['cost', 'ingest', '-o', 'json'], place);
    const report = await cli.run(['cost', 'report', '--from', dateOf(1), '--no-advice', '-o', 'json'], place);
    await lab.close();
    expect(JSON.parse(ingest.stdout).sources).toEqual([
      { source: `prometheus ${lab.url}`, kind: 'prometheus', lines: 1, counted: 1, duplicate: 0, rejected: 0, empty: 0 },
    ]);
    expect(JSON.parse(report.stdout).total).toMatchObject({ spend: '3', inputTokens: 3_000_000 });
    expect(readFileSync(join(place.cwd, 'agentops.yaml'), 'utf8')).toContain('prometheus: true');
  });

  it('without a Prometheus it is a mistake of the configuration', async () => {
    const place = workspace('nowhere', 'cost: { codingAgents: false, prometheus: true }\n');
    const { code, stderr } = await cli.run(['cost', 'report'], place);
    expect({ code, stderr }).toEqual({
      code: 4,
      stderr: 'agentops: cost.prometheus is set, and no Prometheus is (set prometheus.url in agentops.yaml)\n',
    });
  });
});
