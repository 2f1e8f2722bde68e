import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { type Report, report as reportSchema } from '../../packages/core/src/model/report.ts';
import { type ReportFormat, reportFormats } from '../../packages/core/src/render/render.ts';
import { type Lab, startLab } from '../../packages/lab/src/lab.ts';
import { scenarios } from '../../packages/lab/src/scenarios/scenarios.ts';
import { runChild } from '../support/child.ts';
import { useCli } from '../support/cli.ts';

const cli = useCli();
const labs = new Map<string, Lab>();

beforeAll(async () => {
  for (const scenario of scenarios.filter(({ name }) => ['healthy', 'leaked-egress', 'redis-down'].includes(name)))
    labs.set(scenario.name, await startLab(scenario));
});
afterAll(async () => {
  await Promise.all([...labs.values()].map((lab) => lab.close()));
});

function against(scenario: string, ...more: string[]): string[] {
  return ['diagnose', '--config', labs.get(scenario)?.configFile ?? '', ...more];
}

/** The verdict as a format states it; throws where the text is not of that format. */
const verdictIn: Readonly<Record<ReportFormat, (text: string) => string | undefined>> = {
  table: (text) => inWords(/^([A-Z ]+?) {3}\d/m.exec(text)?.[1]),
  json: (text) => reportSchema.parse(JSON.parse(text)).verdict,
  yaml: (text) => reportSchema.parse(parse(text)).verdict,
  markdown: (text) => inWords(/^# agentops diagnose: (.*)$/m.exec(text)?.[1]),
  html: (text) => (text.endsWith('</html>\n') ? inWords(/<title>agentops diagnose: (.*)<\/title>/.exec(text)?.[1]) : undefined),
  junit: (text) => {
    if (!text.endsWith('</testsuites>\n')) return undefined;
    if (text.includes('<failure message="critical: ')) return 'critical';
    if (text.includes('<error message="not seen: ')) return 'unknown';
    return text.includes('<failure message="warning: ') ? 'warning' : 'healthy';
  },
  sarif: (text) => (JSON.parse(text) as { runs: [{ properties?: { verdict?: string } }] }).runs[0].properties?.verdict,
  prometheus: (text) => /^agentops_verdict\{.*verdict="(\w+)".*\} 1$/m.exec(text)?.[1],
};

function inWords(headline: string | undefined): string | undefined {
  return headline === 'NOT SEEN' ? 'unknown' : headline?.toLowerCase();
}

describe.each([
  ['healthy', 'agents', 0, 'healthy'],
  ['leaked-egress', 'network-policy/world-open-egress', 1, 'warning'],
  ['redis-down', 'connectivity/redis', 2, 'critical'],
  ['redis-down', 'agents', 3, 'unknown'],
] as const)('%s, --only %s: exit code %i', (scenario, only, code, verdict) => {
  it.concurrent.each(reportFormats)('%s', async (format) => {
    const ended = await cli.run(against(scenario, '--only', only, '--output', format));
    expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code, stderr: '' });
    expect(verdictIn[format](ended.stdout)).toBe(verdict);
  });
});

describe('a mistake: exit code 4, nothing on stdout, whatever the format', () => {
  it.concurrent.each(reportFormats)('%s', async (format) => {
    expect(await cli.run(against('healthy', '--only', 'agent', '--output', format))).toEqual({
      code: 4,
      signal: null,
      stdout: '',
      stderr: 'agentops: unknown check or category "agent" (did you mean "agents"?)\n',
    });
  });
});

it.each([
  ['warning', 3],
  ['critical', 0],
  ['never', 0],
] as const)('--fail-on %s: %i where something could not be seen', async (failOn, code) => {
  expect(await cli.run(against('redis-down', '--only', 'agents', '--fail-on', failOn, '-o', 'json'))).toMatchObject({ code, stderr: '' });
});

it('the lab says what it is; --verbose adds to stderr or to the text, never beside a machine’s document', async () => {
  const ended = await cli.run(['--verbose', 'lab', 'redis-down', '--diagnose', '-o', 'json']);
  expect(ended.code).toBe(2);
  expect(reportSchema.parse(JSON.parse(ended.stdout))).toMatchObject({ verdict: 'critical', lab: { scenario: 'redis-down' } });
});

it('no colour where nobody watches, colour where it is asked for', async () => {
  const args = against('leaked-egress', '--only', 'network-policy/world-open-egress');
  const [plain, coloured, refused] = await Promise.all([
    cli.run(args),
    cli.run(args, { env: { FORCE_COLOR: '1' } }),
    cli.run(['--no-color', ...args], { env: { FORCE_COLOR: '1' } }),
  ]);
  expect(stripVTControlCharacters(plain.stdout)).toBe(plain.stdout);
  expect(stripVTControlCharacters(coloured.stdout)).not.toBe(coloured.stdout);
  expect(stripVTControlCharacters(refused.stdout)).toBe(refused.stdout);
});

describe('--watch', () => {
  const args = (format: string): string[] => against('healthy', '--only', 'agents', '--watch', '50ms', '-o', format);

  it('json: one document a line', async () => {
    const ended = await cli.run(args('json'), { until: (text) => text.split('\n').length > 3 });
    const lines = ended.stdout.split('\n').slice(0, 3);
    expect(lines.map((line) => reportSchema.parse(JSON.parse(line)).verdict)).toEqual(['healthy', 'healthy', 'healthy']);
    expect(ended).toMatchObject({ signal: 'SIGTERM', stderr: '' });
  });

  it('yaml: documents that can be told apart', async () => {
    const ended = await cli.run(args('yaml'), { until: (text) => text.split('---\n').length > 3 });
    const [first, second] = parseAllDocuments(ended.stdout).map((document): unknown => document.toJS());
    expect((reportSchema.parse(first) as Report).verdict).toBe('healthy');
    expect((reportSchema.parse(second) as Report).verdict).toBe('healthy');
  });
});

describe('a reader that stops reading', () => {
  const piped = async (args: readonly string[], reader: string) => {
    const script = `"$@" | ${reader}; echo "\${PIPESTATUS[0]}" >&2`;
    return runChild('bash', ['-c', script, 'bash', process.execPath, cli.bin, ...args]);
  };

  it('does not change the exit code', async () => {
    expect(await piped(against('redis-down', '--only', 'connectivity/redis', '-o', 'json'), 'true')).toMatchObject({ stderr: '2\n' });
  });

  it('ends --watch', async () => {
    const ended = await piped(against('redis-down', '--only', 'agents', '--watch', '50ms', '-o', 'json'), 'head -1');
    expect(ended).toMatchObject({ code: 0, signal: null, stderr: '3\n' });
    expect(reportSchema.parse(JSON.parse(ended.stdout)).verdict).toBe('unknown');
  });
});
