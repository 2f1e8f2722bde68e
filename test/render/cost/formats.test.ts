import { stripVTControlCharacters } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { costReport } from '../../../packages/core/src/model/cost-report.ts';
import { type CostFormat, costFormats, renderCost } from '../../../packages/core/src/render/cost/render.ts';
import { columns } from '../../../packages/core/src/render/terminal/text.ts';
import { reportOf, spend } from '../../cost/report/report-of.ts';
import { sampleCostReport } from './sample.ts';

const plain = { width: 100, color: false };
const golden = (name: string): string => `../../golden/cost/${name}`;

describe('golden cost reports', () => {
  const extension: Readonly<Record<CostFormat, string>> = { table: 'txt', json: 'json', csv: 'csv', markdown: 'md', html: 'html' };
  it.each(costFormats)('%s', async (format) => {
    await expect(await renderCost(await sampleCostReport(), format, plain)).toMatchFileSnapshot(golden(`week.${extension[format]}`));
  });

  it.each([
    ['80 columns', 'week-80.txt', {}, { width: 80, color: false }],
    ['160 columns', 'week-160.txt', {}, { width: 160, color: false }],
    ['colour', 'week-color.txt', {}, { width: 100, color: true }],
    ['a day', 'day.txt', { kind: 'day' as const }, plain],
    ['a month, 80 columns', 'month-80.txt', { kind: 'month' as const }, { width: 80, color: false }],
  ])('table, %s', async (_name, file, options, render) => {
    await expect(await renderCost(await sampleCostReport(options), 'table', render)).toMatchFileSnapshot(golden(file));
  });
});

it('json holds to the schema that is published', async () => {
  const validate = addFormats.default(new Ajv2020({ strict: false })).compile(z.toJSONSchema(costReport));
  for (const report of [
    await sampleCostReport(),
    await reportOf([]),
    await reportOf([spend(3, '2026-11-20T00:00:00Z')], { kind: 'day' }),
  ]) {
    const json: unknown = JSON.parse(await renderCost(report, 'json', plain));
    expect(validate(json), JSON.stringify(validate.errors)).toBe(true);
    expect(costReport.parse(json)).toEqual(json);
  }
});

describe('a terminal', () => {
  it.each([60, 80, 100, 160])('no line is wider than %i columns, but for a word that is', async (width) => {
    for (const options of [{}, { kind: 'month' as const }, { kind: 'day' as const }]) {
      const text = await renderCost(await sampleCostReport(options), 'table', { width, color: false });
      expect(text.split('\n').filter((line) => columns(line) > width)).toEqual([]);
    }
  });

  it('a name cannot move the cursor or turn the text round', async () => {
    const hostile = spend(3, '2026-11-20T00:00:00Z', { agent: 'a\u001B[2Jb\u202Ec\u0007\nd' });
    const text = await renderCost(await reportOf([hostile], { by: ['agent'] }), 'table', plain);
    expect(text).not.toMatch(/[^\P{Cc}\n]|\p{Bidi_Control}/u);
  });

  it('says the same without colour', async () => {
    const report = await sampleCostReport();
    const colored = await renderCost(report, 'table', { ...plain, color: true });
    expect(colored).toContain('\u001B[');
    expect(stripVTControlCharacters(colored)).toBe(await renderCost(report, 'table', plain));
  });
});

describe('an empty ledger says how to get data, and shows no $0 as if it were measured', () => {
  it.each(['table', 'markdown', 'html'] as const)('%s', async (format) => {
    const text = await renderCost(await reportOf([]), format, plain);
    expect(text).toContain('No usage records yet, so there is nothing to report on.');
    expect(text).toContain('cost.sources');
    expect(text).not.toMatch(/\$0/);
  });

  it('json: no records', async () => {
    expect(JSON.parse(await renderCost(await reportOf([]), 'json', plain))).toMatchObject({
      freshness: { records: 0, firstRecordAt: null },
    });
  });
});

describe('a period before all records was not recorded', () => {
  it.each(['table', 'markdown', 'html'] as const)('%s', async (format) => {
    const report = await reportOf([spend(3, '2026-11-21T00:00:00Z')], { from: '2026-10-01', to: '2026-10-31' });
    const text = await renderCost(report, format, plain);
    expect(text).toContain('no records of that time');
    expect(text).not.toMatch(/\$0\.00/);
    expect(text).toMatch(format === 'html' ? /November so far<\/span><b>\$3\.00/ : /November \$3\.00 so far/);
  });
});

describe('html', () => {
  it('loads nothing and runs nothing', async () => {
    const text = await renderCost(await sampleCostReport(), 'html', plain);
    expect(text).toContain("default-src 'none'");
    expect(text).not.toMatch(/<script|<link|<img|url\(|@import|\son\w+=/i);
    expect(text).toContain('&lt;/td&gt;&lt;script&gt;');
  });
});

describe('csv', () => {
  it('is no formula for a spreadsheet', async () => {
    const names = ['=cmd()', '+1', '-1+1', '@x', '\tx'];
    const records = names.map((agent) => spend(3, '2026-11-20T00:00:00Z', { agent }));
    const text = await renderCost(await reportOf(records, { by: ['agent'] }), 'csv', plain);
    expect(
      text
        .split('\r\n')
        .slice(1, 6)
        .map((line) => line.split(',')[1])
        .sort(),
    ).toEqual(names.map((name) => `'${name}`).sort());
  });
});

describe('head lines', () => {
  const head = async (options: Parameters<typeof reportOf>[1], records: Parameters<typeof reportOf>[0]): Promise<string> =>
    (await renderCost(await reportOf(records, options), 'table', plain)).split('\n')[2]?.trim() ?? '';
  const long = spend(3, '2026-08-01T00:00:00Z');

  it.each<[string, string, Parameters<typeof reportOf>[0], Parameters<typeof reportOf>[1]]>([
    ['nothing recorded before', '$6.00   nothing to compare with: records begin 2026-11-20', [spend(6, '2026-11-20T00:00:00Z')], {}],
    [
      'nothing spent before',
      '$6.00   nothing was spent in the same part of Week 46, 9–15 Nov 2026',
      [long, spend(6, '2026-11-20T00:00:00Z')],
      {},
    ],
    ['nothing spent at all', '$0.00   as nothing in the same part of Week 46, 9–15 Nov 2026', [long], {}],
    [
      'more',
      '$6.00   ▲ 100 % on the same part of Week 46, 9–15 Nov 2026 ($3.00)',
      [long, spend(3, '2026-11-10T00:00:00Z'), spend(6, '2026-11-20T00:00:00Z')],
      {},
    ],
    [
      'a span that is over is compared as a whole',
      '$3.00   ▼ 50 % on 2–8 Nov 2026 ($6.00)',
      [long, spend(6, '2026-11-08T23:00:00Z'), spend(3, '2026-11-10T00:00:00Z')],
      { from: '2026-11-09', to: '2026-11-15' },
    ],
    [
      'less than a cent',
      '<$0.01   nothing was spent in the same part of Week 46, 9–15 Nov 2026',
      [long, spend(0.003, '2026-11-20T00:00:00Z')],
      {},
    ],
  ])('%s', async (_name, expected, records, options) => {
    expect(await head(options, records)).toBe(expected);
  });
});
