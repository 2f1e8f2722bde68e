import type { Finding } from '../model/finding.ts';
import { type Report, verdict } from '../model/report.ts';
import { family, sample } from './prometheus-text.ts';

/** The Prometheus text format (0.0.4), for the node exporter's textfile collector or a Pushgateway. */
export function renderPrometheus(report: Report): string {
  const results = report.categories.flatMap((each) => each.checks);
  const categories = report.categories.map((each) => each.id);
  const unique = [...new Map(report.findings.map((found) => [found.fingerprint, found])).values()];
  return [
    family('agentops_info', 'gauge', 'What made this; lab is the practice scenario, empty for real systems.', [
      sample({ version: report.tool.version, lab: report.lab?.scenario ?? '' }, 1),
    ]),
    family('agentops_run_timestamp_seconds', 'gauge', 'When the run started.', [sample({}, Date.parse(report.startedAt) / 1000)]),
    family('agentops_run_duration_seconds', 'gauge', 'How long the run took.', [sample({}, report.durationMs / 1000)]),
    family('agentops_exit_code', 'gauge', '0 healthy, 1 warning, 2 critical, 3 could not be determined.', [sample({}, report.exitCode)]),
    family(
      'agentops_verdict',
      'gauge',
      'One for the verdict of the run, zero for the others.',
      verdict.options.map((name) => sample({ verdict: name }, name === report.verdict ? 1 : 0)),
    ),
    family(
      'agentops_check_status',
      'gauge',
      'One for each check, by its status: pass, warn, fail, unknown (could not be seen) or skipped.',
      results.map(({ id, category, context, status }) => sample({ check: id, category, context: context ?? '', status }, 1)),
    ),
    family(
      'agentops_findings',
      'gauge',
      'Findings by category and severity.',
      categories.flatMap((category) =>
        (['critical', 'warning', 'info'] as const).map((severity) =>
          sample(
            { category, severity },
            report.findings.filter((found) => found.category === category && found.severity === severity).length,
          ),
        ),
      ),
    ),
    family(
      'agentops_finding',
      'gauge',
      'One for each finding.',
      unique.map((found) => sample(labels(found), 1)),
    ),
    family(
      'agentops_finding_measured',
      'gauge',
      'The number a finding rests on, in the unit of its label.',
      unique.flatMap((found) => (found.measured ? [sample({ ...labels(found), unit: found.measured.unit }, found.measured.value)] : [])),
    ),
    family(
      'agentops_not_seen_checks',
      'gauge',
      'Checks left unanswered, by what could not be seen and why.',
      report.notSeen.map((gap, index) =>
        sample({ source: gap.source, context: gap.context ?? '', reason: gap.reason, index: String(index) }, gap.checks.length),
      ),
    ),
  ].join('');
}

function labels(found: Finding): Record<string, string> {
  const { context, namespace, kind, name, container } = found.resource;
  return {
    id: found.id,
    severity: found.severity,
    context: context ?? '',
    namespace: namespace ?? '',
    kind,
    name,
    container: container ?? '',
    fingerprint: found.fingerprint,
  };
}
