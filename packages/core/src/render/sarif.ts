import type { CheckResult, Finding } from '../model/finding.ts';
import type { Report } from '../model/report.ts';
import { against, resourceName } from './words.ts';

const levels = { critical: 'error', warning: 'warning', info: 'note' } as const;

/** SARIF 2.1.0: a result a finding; what could not be seen is a result of kind `open` and a notification. */
export function renderSarif(report: Report): string {
  const results = report.categories.flatMap((each) => each.checks);
  const ids = [...new Set(results.map((result) => result.id))].sort();
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'agentops', semanticVersion: report.tool.version, rules: ids.map((id) => rule(id, results)) } },
        invocations: [
          {
            executionSuccessful: report.notSeen.length === 0,
            exitCode: report.exitCode,
            startTimeUtc: report.startedAt,
            endTimeUtc: new Date(Date.parse(report.startedAt) + report.durationMs).toISOString(),
            toolExecutionNotifications: report.notSeen.map((gap) => ({
              level: 'error',
              message: { text: `not seen: ${gap.source}: ${gap.detail} (${gap.checks.join(', ')})` },
              descriptor: { id: `not-seen/${gap.reason}` },
            })),
          },
        ],
        results: [
          ...report.findings.map((found) => result(found, ids)),
          ...results.filter((each) => each.status === 'unknown').map((each) => open(each, ids)),
        ],
        properties: { verdict: report.verdict, contexts: report.contexts, ...(report.lab ? { lab: report.lab.scenario } : {}) },
      },
    ],
  };
  return JSON.stringify(log, undefined, 2);
}

function rule(id: string, results: readonly CheckResult[]): object {
  const own = results.filter((result) => result.id === id);
  const why = own.flatMap((result) => result.findings)[0]?.why;
  return {
    id,
    shortDescription: { text: own[0]?.title ?? id },
    ...(why ? { fullDescription: { text: why } } : {}),
    help: { text: `agentops explain ${id}` },
    properties: { category: own[0]?.category },
  };
}

function result(found: Finding, ids: readonly string[]): object {
  const { context, namespace, kind } = found.resource;
  const path = [context ?? '', namespace ?? '', kind, found.resource.name].filter((part) => part !== '').map((part) => part.toWellFormed());
  return {
    ruleId: found.id,
    ruleIndex: ids.indexOf(found.id),
    kind: 'fail',
    level: levels[found.severity],
    message: { text: `${resourceName(found.resource)}: ${found.seen} (${against(found)})` },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: path.map(encodeURIComponent).join('/') } },
        logicalLocations: [{ name: found.resource.name, fullyQualifiedName: path.join('/'), kind: 'resource' }],
      },
    ],
    partialFingerprints: { 'agentops/v1': found.fingerprint },
    properties: {
      next: found.next,
      why: found.why,
      ...(found.measured ? { measured: found.measured } : {}),
      ...(found.threshold ? { threshold: found.threshold } : {}),
    },
  };
}

function open(check: CheckResult, ids: readonly string[]): object {
  const reasons = check.gaps.map((gap) => `${gap.source}: ${gap.detail}`);
  return {
    ruleId: check.id,
    ruleIndex: ids.indexOf(check.id),
    kind: 'open',
    level: 'none',
    message: { text: `could not be determined: ${[...new Set(reasons)].join('; ')}` },
    ...(check.context ? { properties: { context: check.context } } : {}),
  };
}
