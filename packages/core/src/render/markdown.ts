import type { Finding } from '../model/finding.ts';
import { duration, plural } from '../model/format.ts';
import type { Report } from '../model/report.ts';
import { printable } from './terminal/text.ts';
import { against, clockTime, countsLine, headTime, resourceName, severityWords, statusWords, verdictWords } from './words.ts';

/** The report in the terminal's order, for a ticket or a chat. */
export function renderMarkdown(report: Report): string {
  const where = [
    report.contexts.join(', '),
    report.namespaces.join(', '),
    headTime(report.startedAt, report.timeZone),
    duration(report.durationMs),
  ];
  const sections = [
    `# agentops diagnose: ${verdictWords[report.verdict]}`,
    report.lab ? `**LAB ${text(report.lab.scenario)}: a practice environment, none of this is real.**` : '',
    where.filter(Boolean).map(text).join(' · '),
    `**${countsLine(report)}**`,
    ...report.causes.map(
      (cause, index) =>
        `## Likely cause ${index + 1}: ${text(cause.title)} (${cause.confidence.toFixed(2)})\n\n${cause.evidence.map((line) => `- ${text(line)}`).join('\n')}`,
    ),
    ...report.categories
      .filter((each) => each.checks.some((check) => check.findings.length > 0))
      .map((each) => findingsTable(each, report)),
    wellList(report),
    notSeenList(report),
    report.permissionManifest ? `### Restores the missing permissions\n\n\`\`\`yaml\n${report.permissionManifest.trim()}\n\`\`\`` : '',
    report.notLookedAt.length > 0
      ? `## Not looked at\n\n${report.notLookedAt.map(({ what, hint, checks }) => `- ${text(what)}: ${text(hint)} (${plural(checks.length, 'check')} skipped)`).join('\n')}`
      : '',
    `exit ${report.exitCode} · agentops ${report.tool.version}`,
  ];
  return `${sections.filter(Boolean).join('\n\n')}\n`;
}

function findingsTable(each: Report['categories'][number], report: Report): string {
  const findings = report.findings.filter((found) => found.category === each.id);
  const rows = findings.map((found) => row(found, report)).join('\n');
  return `## ${each.title}\n\n| | what | seen | against | next |\n| --- | --- | --- | --- | --- |\n${rows}`;
}

function row(found: Finding, report: Report): string {
  const { icon, word } = severityWords[found.severity];
  const also = found.alsoOn ? `, and ${found.alsoOn} more` : '';
  const since = found.since ? `, since ${clockTime(found.since, report.startedAt, report.timeZone)}` : '';
  const name =
    report.contexts.length > 1 && found.resource.context
      ? `${found.resource.context}: ${resourceName(found.resource)}`
      : resourceName(found.resource);
  const next = found.next[0] ? code(found.next[0]) : '';
  return `| ${icon} ${word} | ${text(name)} | ${text(found.seen + also)} | ${text(against(found) + since)} | ${next} |`;
}

function wellList(report: Report): string {
  const well = report.categories.filter((each) => each.checks.every((check) => check.findings.length === 0));
  if (well.length === 0) return '';
  const lines = well.map((each) => {
    const passed = each.checks.filter((check) => check.status === 'pass').length;
    const { icon, word } = statusWords[each.status];
    return `- ${icon} ${each.title}: ${word}, ${passed} of ${plural(each.checks.length, 'check')} passed`;
  });
  return `## Without findings\n\n${lines.join('\n')}`;
}

function notSeenList(report: Report): string {
  if (report.notSeen.length === 0) return '';
  const lines = report.notSeen.map(
    (gap) =>
      `- ? ${text(gap.context && report.contexts.length > 1 ? `${gap.context}: ` : '')}${text(gap.source)}: ${text(gap.detail)}${gap.hint ? ` (${text(gap.hint)})` : ''}; not answered: ${gap.checks.map(code).join(', ')}`,
  );
  return `## Not seen\n\n${lines.join('\n')}\n\nSo this run can’t be healthy.`;
}

/** Text from a server in Markdown: on one line, nothing of it markup. */
function text(value: string): string {
  return printable(value)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\`*_[\]<>|#]/g, String.raw`\$&`);
}

function code(value: string): string {
  const fence = value.includes('`') ? '``' : '`';
  return `${fence}${fence === '``' ? ' ' : ''}${value.replaceAll(/\s+/g, ' ').replaceAll('|', String.raw`\|`)}${fence === '``' ? ' ' : ''}${fence}`;
}
