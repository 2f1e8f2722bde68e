import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePico } from '../../packages/core/src/model/money.ts';
import { useCli } from '../support/cli.ts';

const cli = useCli();
const root = mkdtempSync(join(tmpdir(), 'agentops-cost-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Workspace {
  readonly cwd: string;
  readonly env: Record<string, string>;
}

/** A home of its own with the files that are given, a configuration and a state folder. */
function workspace(name: string, config: string, files: Readonly<Record<string, string>> = {}): Workspace {
  const cwd = join(root, name);
  for (const [file, text] of Object.entries({ ...files, 'agentops.yaml': `timeZone: UTC\n${config}` })) {
    mkdirSync(join(cwd, file, '..'), { recursive: true });
    writeFileSync(join(cwd, file), text);
  }
  return { cwd, env: { HOME: cwd, XDG_STATE_HOME: join(cwd, 'state') } };
}

const now = Date.now();
const canary = 'cnry-what-was-said';

/** A message of Claude Code as it logs it, with what was said around the numbers. */
function message(id: string, at: number, input: number, more: object = {}): string {
  const usage = { input_tokens: input, output_tokens: 100, cache_read_input_tokens: 1000, cache_creation_input_tokens: 0 };
  const content = [{ type: 'tool_use', input: { usage: { input_tokens: 999 }, model: canary, text: canary } }];
  const line = {
    type: 'assistant',
    timestamp: new Date(at).toISOString(),
    sessionId: 'session-1',
    cwd: '/srv/app',
    requestId: `req_${id}`,
    message: { id, model: 'claude-sonnet-4-5-20250929', role: 'assistant', content, usage },
    ...more,
  };
  return `${JSON.stringify(line)}\n`;
}

const day = 86_400_000;
const log = [
  message('msg_1', now - 60_000, 1000),
  message('msg_1', now - 59_000, 1000),
  message('msg_2', now - 40 * day, 2000),
  '{"type":"user","message":{"content":"cnry-what-was-said"}}\n',
].join('');
const hostile = [
  '{"timestamp":"soon","model":"m","input_tokens":1,"output_tokens":1}',
  '{"timestamp" nonsense}',
  `${JSON.stringify({ timestamp: new Date(now).toISOString(), model: 'zeta-9', input_tokens: 5, output_tokens: 5, agent: 'planner' })}`,
  '{"timestamp":',
].join('\n');

let claude: Workspace;
beforeAll(async () => {
  claude = workspace('claude', 'budget: { monthly: 5 }\n', { '.claude/projects/-srv-app/session-1.jsonl': log });
  const { code, stderr } = await cli.run(['cost', 'ingest', '--strict'], claude);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}, 90_000);

describe('without any usage', () => {
  it('a report says how to get some, and ends with 0', async () => {
    const { code, stdout, stderr } = await cli.run(['cost', 'report'], workspace('none', ''));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^No usage records yet, so there is nothing to report on\.\n/);
    expect(stdout).toContain('cost.sources');
    expect(stdout).not.toContain('$0');
  });
});

describe('a hostile file', () => {
  it('is counted where it can be; each other line is told by file, line and reason, again on request; --strict ends with 1', async () => {
    const place = workspace('hostile', 'cost: { codingAgents: false, sources: [{ path: usage.jsonl, format: agentops-jsonl }] }\n', {
      'usage.jsonl': hostile,
    });
    const first = await cli.run(['cost', 'ingest', '--strict'], place);
    expect(first).toMatchObject({ code: 1, stderr: '' });
    const lines = [/usage\.jsonl:1: bad-time: timestamp/, /usage\.jsonl:2: not-json: /];
    for (const line of lines) expect(first.stdout).toMatch(line);
    expect(first.stdout).toMatch(/usage\.jsonl +agentops +3 +1 +0 +2 +0\n/);

    const report = await cli.run(['cost', 'report'], place);
    expect(report).toMatchObject({ code: 0, stderr: '' });
    expect(report.stdout).toContain('≥ $0.00');
    expect(report.stdout).toContain('zeta-9: 10 tokens, at least $0.00 (not in the price list; set cost.prices in agentops.yaml)');
    expect(report.stdout).toContain('usage.jsonl: 2 of 3 lines could not be counted (agentops cost ingest --verbose lists them)');

    const again = await cli.run(['cost', 'ingest', '--verbose', '--strict'], place);
    expect(again.code).toBe(0);
    for (const line of lines) expect(again.stdout).toMatch(line);
  });
});

describe('a mistake is one line on stderr and exit code 4', () => {
  it.concurrent.each<[string, string[], string]>([
    ['period', ['report', '--period', 'year'], 'unknown period "year" (one of day, week, month, yesterday, last-week, last-month)'],
    ['date', ['report', '--from', '2026-02-30'], '--from: "2026-02-30" is not a date (such as 2026-11-21)'],
    ['order of dates', ['report', '--from', '2026-03-02', '--to', '2026-03-01'], '--from lies after --to'],
    ['time to come', ['report', '--from', '2999-01-01', '--to', '2999-01-02'], '--from lies in the future'],
    [
      'period and dates',
      ['report', '--period', 'day', '--from', '2026-03-02'],
      '--period names the span by itself: leave it out, or --from and --to',
    ],
    ['dimension', ['report', '--by', 'model,user'], 'unknown dimension "user" (one of source, model, agent, session, task, project)'],
    [
      'time zone',
      ['report', '--timezone', 'Europe/Berln'],
      '--timezone: unknown time zone "Europe/Berln" (an IANA name such as Europe/Berlin or UTC)',
    ],
    ['format', ['report', '-o', 'xml'], 'unknown output format "xml" (one of table, json, csv, markdown, html, focus)'],
    ['age', ['compact', '--older-than', 'a year'], '--older-than: "a year" is not a duration (such as 500ms, 20s or 5m)'],
    ['map', ['what-if', '--map', 'gpt-5'], '--map: "gpt-5" is not FROM=TO (such as gpt-5=gpt-5-mini; * stands for every other model)'],
    ['share', ['recommend', '--task', 't', '--quality', '2'], '--quality: "2" is not a number from 0 to 1'],
    ['export', ['reconcile', 'no.json'], 'cannot read no.json: ENOENT (a cost report as the provider’s admin API answers it)'],
  ])('unknown %s', async (_name, args, line) => {
    expect(await cli.run(['cost', ...args], claude)).toEqual({ code: 4, signal: null, stdout: '', stderr: `agentops: ${line}\n` });
  });

  it('in the configuration, too', async () => {
    const place = workspace('zone', 'timezone: UTC\n');
    writeFileSync(join(place.cwd, 'agentops.yaml'), 'timeZone: Mars/Olympus\n');
    expect(await cli.run(['cost', 'report'], place)).toEqual({
      code: 4,
      signal: null,
      stdout: '',
      stderr: 'agentops: agentops.yaml:1:11: timeZone: unknown time zone; expected an IANA name such as Europe/Berlin or UTC\n',
    });
  });
});

describe('a report in the formats of machines', () => {
  const report = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await cli.run(
      ['cost', 'report', '--no-ingest', '--from', new Date(now - 60 * day).toISOString().slice(0, 10), ...args],
      claude,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  };
  /** 3,000 input at $3, 200 output at $15, 2,000 cache reads at $0.30, a million each. */
  const spend = '0.0126';

  it('json, csv and focus tell the same sum, and html is one document', async () => {
    const json = JSON.parse(await report('-o', 'json', '--by', 'agent,source')) as {
      total: { spend: string; requests: number };
      tables: { by: string }[];
    };
    expect(json.total).toMatchObject({ spend, requests: 2 });
    expect(json.tables.map(({ by }) => by)).toEqual(['agent', 'source']);

    const csv = (await report('-o', 'csv')).split('\r\n');
    expect(csv[0]).toMatch(/^by,name,from,to,spend_usd,/);
    expect(csv.filter((line) => line.startsWith('total,')).map((line) => line.split(',')[4])).toEqual([spend]);

    const [head = '', ...rows] = (await report('-o', 'focus')).trim().split('\r\n');
    const cost = head.split(',').indexOf('BilledCost');
    const sum = rows.reduce((all, row) => all + (parsePico(row.split(',')[cost] ?? '') ?? 0n), 0n);
    expect(sum).toBe(parsePico(spend));

    const html = await report('-o', 'html');
    expect(html).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
  });

  it('the budget stands in the head', async () => {
    expect(await report('--by', 'session')).toMatch(/budget \$5\.00: burn rate 0\.0/);
  });
});

it('nothing that was said gets out of a log: not into the ledger, not into any output', async () => {
  const state = join(claude.cwd, 'state', 'agentops');
  for (const name of readdirSync(state)) expect(readFileSync(join(state, name)).includes(canary)).toBe(false);
  for (const args of [['report', '-o', 'json', '--by', 'model,agent,session,task,project'], ['ingest', '-v'], ['recommend']]) {
    const { stdout, stderr } = await cli.run(['cost', ...args], claude);
    expect(stdout + stderr).not.toContain('cnry');
  }
});

it('--no-ingest reports on the ledger as it is', async () => {
  const file = { '.claude/projects/p/s.jsonl': message('msg_1', now - 60_000, 1000) };
  const place = workspace('no-ingest', '', file);
  const total = async (...args: string[]): Promise<unknown> => {
    const { stdout } = await cli.run(
      ['cost', 'report', '-o', 'json', '--from', new Date(now - day).toISOString().slice(0, 10), ...args],
      place,
    );
    return (JSON.parse(stdout) as { freshness: { records: number } }).freshness.records;
  };
  expect(await total('--no-ingest')).toBe(0);
  expect(await total()).toBe(1);
  writeFileSync(join(place.cwd, '.claude/projects/p/t.jsonl'), message('msg_2', now - 60_000, 1000));
  expect(await total('--no-ingest')).toBe(1);
  expect(await total()).toBe(2);
});

describe('compact', () => {
  it('shows what would go, and deletes nothing unless it is told to', async () => {
    const place = workspace('compact', '', { '.claude/projects/p/s.jsonl': log });
    await cli.run(['cost', 'ingest'], place);
    const date = new Date(now - 30 * day).toISOString().slice(0, 10);
    const plan = `the single records of 1 request ($0.01), from before ${date} (UTC); their sums stay`;
    const compact = (...args: string[]): ReturnType<typeof cli.run> => cli.run(['cost', 'compact', '--older-than', '30d', ...args], place);
    expect(await compact('--dry-run')).toMatchObject({ code: 0, stdout: `would delete ${plan}\n` });
    expect(await compact()).toEqual({
      code: 4,
      signal: null,
      stdout: '',
      stderr: `agentops: would delete ${plan}: there is nobody to ask (--yes does it, --dry-run only shows it)\n`,
    });
    expect(await compact('--yes')).toMatchObject({ code: 0, stdout: `deleted 1 single record from before ${date}; their sums stay\n` });
    expect(await compact('--yes')).toMatchObject({ code: 0, stdout: `deleted 0 single records from before ${date}; their sums stay\n` });
    expect(await compact('--yes', '--all')).toMatchObject({
      code: 0,
      stdout: `deleted 1 record from before ${date}; their sums are deleted too: that time is forgotten\n`,
    });
    expect(await compact('--yes', '--all')).toMatchObject({ code: 0, stdout: `nothing is older than ${date}\n` });
  });
});

describe('the lab', () => {
  it('reports what its platform costs, and says that it is a lab', async () => {
    const { code, stdout, stderr } = await cli.run(['lab', 'token-explosion', '--cost'], { cwd: root });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^LAB token-explosion: a practice environment, none of this is real\n/);
    expect(stdout).toMatch(/^ {2}planner +\$[\d,]+\.\d\d/m);
    expect(stdout).toMatch(/: planner on claude-sonnet-4-5/);
  });

  it('csv says it on stderr; two documents are refused', async () => {
    const csv = await cli.run(['lab', 'healthy', '--cost', '-o', 'csv'], { cwd: root });
    expect(csv).toMatchObject({ code: 0, stderr: 'agentops: LAB healthy: a practice environment, none of this is real\n' });
    expect(csv.stdout).toMatch(/^by,name,/);
    expect(await cli.run(['lab', 'healthy', '--diagnose', '--cost', '-o', 'json'], { cwd: root })).toMatchObject({
      code: 4,
      stderr: 'agentops: --diagnose and --cost together are two documents, and -o json is for one\n',
    });
  });
});
