import type { CheckResult } from '../model/finding.ts';
import type { Report } from '../model/report.ts';
import { against, resourceName, statusWords } from './words.ts';
import { xml } from './xml.ts';

/**
 * JUnit XML as CI servers read it: a suite a category, a case a check. What
 * fails or warns is a `failure`, what could not be seen is an `error`.
 */
export function renderJunit(report: Report): string {
  const results = report.categories.flatMap((each) => each.checks);
  const name = report.lab ? `agentops (LAB ${report.lab.scenario})` : 'agentops';
  const suites = report.categories.map(
    (each) =>
      `  <testsuite name="${xml(each.id)}" ${totals(each.checks)} time="0" timestamp="${xml(report.startedAt.replace(/\.\d+Z$/, ''))}" hostname="${xml(report.contexts.join(',') || 'localhost')}">\n${each.checks.map(testCase).join('')}  </testsuite>\n`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${xml(name)}" ${totals(results, false)} time="${report.durationMs / 1000}">\n${suites.join('')}</testsuites>\n`;
}

function totals(results: readonly CheckResult[], withSkipped = true): string {
  const of = (...statuses: CheckResult['status'][]): number => results.filter((result) => statuses.includes(result.status)).length;
  const skipped = withSkipped ? ` skipped="${of('skipped')}"` : '';
  return `tests="${results.length}" failures="${of('fail', 'warn')}" errors="${of('unknown')}"${skipped}`;
}

function testCase(result: CheckResult): string {
  const name = result.context ? `${result.id} (${result.context})` : result.id;
  const open = `    <testcase name="${xml(name)}" classname="agentops.${xml(result.category)}" time="0"`;
  const body = outcome(result);
  return body ? `${open}>\n${body}    </testcase>\n` : `${open}/>\n`;
}

function outcome(result: CheckResult): string {
  const findings = result.findings.map((found) => `${found.severity}: ${resourceName(found.resource)}: ${found.seen} (${against(found)})`);
  const gaps = result.gaps.map((gap) => `not seen: ${gap.source}: ${gap.detail} [${gap.reason}]`);
  const lines = [...findings, ...gaps];
  const word = statusWords[result.status].word;
  switch (result.status) {
    case 'fail':
    case 'warn':
      return `      <failure message="${xml(lines[0] ?? word)}" type="${word}">${xml(lines.join('\n'))}</failure>\n`;
    case 'unknown':
      return `      <error message="${xml(gaps[0] ?? word)}" type="${xml(word)}">${xml(lines.join('\n'))}</error>\n`;
    case 'skipped':
      return `      <skipped>${xml(result.note ?? 'not configured')}</skipped>\n`;
    case 'pass':
      return '';
  }
}
