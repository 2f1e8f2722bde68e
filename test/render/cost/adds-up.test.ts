import fc from 'fast-check';
import { expect, it } from 'vitest';
import { dimensions } from '../../../packages/core/src/cost/ledger/ledger.ts';
import { restName } from '../../../packages/core/src/cost/report/tables.ts';
import { allocate } from '../../../packages/core/src/model/allocate.ts';
import type { CostReport } from '../../../packages/core/src/model/cost-report.ts';
import { parsePico } from '../../../packages/core/src/model/money.ts';
import type { UsageRecord } from '../../../packages/core/src/model/usage.ts';
import { renderCost } from '../../../packages/core/src/render/cost/render.ts';
import { reportOf } from '../../cost/report/report-of.ts';
import { usage } from '../../support/price-book.ts';

/** Names as logs have them, hostile ones among them; none that looks like money. */
const names = [
  '',
  'planner',
  'a|b',
  '<b>x</b>',
  '=1+1',
  '"quoted", and more',
  '规划',
  '_under_score_',
  'x'.repeat(90),
  'https://user:pw@host/path',
  '&amp;',
  '-7',
];
const name = fc.oneof(
  fc.constantFrom(...names),
  fc.integer({ min: 0, max: 18 }).map((n) => `n${n}`),
);
const tokens = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 40 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 90_000_000 }) },
);
const weekStart = Date.parse('2026-11-09T00:00:00Z');

const record: fc.Arbitrary<Partial<UsageRecord>> = fc.record({
  at: fc.integer({ min: weekStart, max: weekStart + 14 * 86_400_000 - 1 }),
  source: fc.constantFrom('agentops', 'otlp', 'codex'),
  model: fc.constantFrom('claude-sonnet-4-5', 'claude-haiku-4-5', 'zeta-9', '<zeta>'),
  agent: name,
  session: name,
  task: name,
  project: name,
  serviceTier: fc.constantFrom('', 'batch'),
  requests: fc.constantFrom(0, 1, 7),
  webSearches: fc.constantFrom(0, 0, 3),
  tokens: fc.record({ input: tokens, output: tokens, cacheRead: tokens, cacheWrite5m: tokens, cacheWrite1h: tokens }),
});
const records = fc.array(record, { maxLength: 60 }).map((all) => all.map((fields, index) => usage({ ...fields, key: `k${index}` })));

const sum = (values: readonly bigint[]): bigint => values.reduce((all, value) => all + value, 0n);
const pico = (usd: string): bigint => parsePico(usd) ?? -1n;

it('the rows of every table add up to its total, exactly, and all tables have the same', async () => {
  await fc.assert(
    fc.asyncProperty(records, async (all) => {
      const report = await reportOf([...all, usage({ key: 'first', at: 0, tokens: { input: 1 } })], { by: [...dimensions] });
      expect(report.tables.map(({ by }) => by)).toEqual([...dimensions]);
      for (const { rows, total } of report.tables) {
        expect(total).toEqual(report.total);
        expect(sum(rows.map((row) => pico(row.spend)))).toBe(pico(total.spend));
        expect(sum(rows.map((row) => pico(row.previous ?? '0')))).toBe(pico(total.previous ?? '0'));
        for (const key of [
          'requests',
          'errors',
          'inputTokens',
          'outputTokens',
          'cacheReadTokens',
          'cacheWriteTokens',
          'unpricedTokens',
        ] as const)
          expect(rows.reduce((part, row) => part + row[key], 0)).toBe(total[key]);
        for (const [index, value] of total.series.entries())
          expect(rows.reduce((part, row) => part + (row.series[index] ?? 0), 0)).toBeCloseTo(value ?? 0, 6);
        expect(rows.filter((row) => row.name === restName).length).toBeLessThanOrEqual(1);
      }
    }),
    { numRuns: 40 },
  );
});

/** Cents of each printed amount; `<$0.01` is what rounds to nothing. */
function printed(text: string): number {
  const match = /(?:\\?<|&lt;)\$0\.01|\$([\d,]+)\.(\d\d)/.exec(text);
  if (!match) throw new Error(`no amount in ${text}`);
  return match[1] === undefined ? 0 : Number(match[1].replaceAll(',', '')) * 100 + Number(match[2]);
}

type Printed = { readonly rows: readonly number[]; readonly total: number };

function terminalTables(text: string): Printed[] {
  return text
    .split('\n\n')
    .filter((part) => /^ {2}[A-Z]+ .*SPEND/.test(part))
    .map((part) => part.split('\n').slice(1))
    .map((lines) => ({ rows: lines.slice(0, -1).map(printed), total: printed(lines.at(-1) ?? '') }));
}

function markdownTables(text: string): Printed[] {
  return [...text.matchAll(/^## By \w+\n\n\|.*\n\|.*\n((?:\|.*\n?)+)/gm)].map(([, body = '']) => {
    const lines = body.trim().split('\n');
    return { rows: lines.slice(0, -1).map(printed), total: printed(lines.at(-1) ?? '') };
  });
}

function htmlTables(text: string): Printed[] {
  return [...text.matchAll(/<tbody>(.*?)<\/tbody>\n<tfoot>(.*?)<\/tfoot>/gs)].map(([, body = '', foot = '']) => ({
    rows: [...body.matchAll(/<tr><td>.*?<\/td><td class="number">(.*?)<\/td>/gs)].map(([, cell = '']) => printed(cell)),
    total: printed(foot),
  }));
}

/** RFC 4180. */
function csvRows(text: string): string[][] {
  return [...text.matchAll(/((?:"(?:[^"]|"")*"|[^,"\r\n]*)(?:,(?:"(?:[^"]|"")*"|[^,"\r\n]*))*)\r\n/g)].map(([, line = '']) =>
    [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? ''),
  );
}

function centsOf(report: CostReport): number {
  return Number(allocate([pico(report.total.spend)], 10_000_000_000n).total / 10_000_000_000n);
}

it('what is printed adds up to the printed total, in every format', async () => {
  await fc.assert(
    fc.asyncProperty(records, fc.constantFrom(60, 80, 100, 160), async (all, width) => {
      const report = await reportOf([...all, usage({ key: 'first', at: 0, tokens: { input: 1 } })], { by: ['model', 'agent', 'session'] });
      const total = centsOf(report);
      const of = (format: 'table' | 'markdown' | 'html' | 'csv'): Promise<string> => renderCost(report, format, { width, color: false });
      const tables = {
        terminal: terminalTables(await of('table')),
        markdown: markdownTables(await of('markdown')),
        html: htmlTables(await of('html')),
      };
      for (const found of Object.values(tables)) {
        expect(found).toHaveLength(3);
        for (const [index, table] of found.entries()) {
          expect(table.rows).toHaveLength(report.tables[index]?.rows.length ?? -1);
          expect(table.rows.reduce((part, row) => part + row, 0)).toBe(table.total);
          expect(table.total).toBe(total);
        }
      }
      const [head = [], ...lines] = csvRows(await of('csv'));
      const spend = (by: string): bigint =>
        sum(lines.filter((cells) => cells[0] === by).map((cells) => pico(cells[head.indexOf('spend_usd')] ?? '')));
      for (const { by, rows } of report.tables) {
        expect(spend(by)).toBe(pico(report.total.spend));
        expect(lines.filter((cells) => cells[0] === by)).toHaveLength(rows.length);
      }
      expect(spend('total')).toBe(pico(report.total.spend));
      for (const cells of lines) expect(cells).toHaveLength(head.length);
    }),
    { numRuns: 40 },
  );
});
