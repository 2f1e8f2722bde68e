import type { Finding } from '../../model/finding.ts';
import { duration, plural } from '../../model/format.ts';
import type { Report } from '../../model/report.ts';
import { against, clockTime, countsLine, headTime, resourceName, severityWords, statusWords, verdictWords } from '../words.ts';
import { statusChart } from './chart.ts';
import { html, type Markup } from './markup.ts';
import { style } from './style.ts';

/** One file, nothing from the network, in the terminal's order. */
export function renderHtml(report: Report): string {
  const where = [
    report.contexts.join(', '),
    report.namespaces.join(', '),
    headTime(report.startedAt, report.timeZone),
    duration(report.durationMs),
  ];
  const title = `agentops diagnose: ${verdictWords[report.verdict]}`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
${report.lab ? html`<p class="lab"><b>LAB ${report.lab.scenario}</b>: a practice environment, none of this is real.</p>` : undefined}
<h1><span class="${report.verdict}">${verdictWords[report.verdict]}</span> <small class="soft">${where.filter(Boolean).join(' · ')}</small></h1>
<p>${countsLine(report)}</p>
${statusChart(report)}
${report.causes.length > 0 ? causes(report) : undefined}
${report.categories.filter((each) => each.checks.some((check) => check.findings.length > 0)).map((each) => categorySection(each, report))}
${facts(report)}
${report.notSeen.length > 0 ? notSeen(report) : undefined}
${report.permissionManifest ? html`<h2>Restores the missing permissions</h2><pre><code>${report.permissionManifest.trim()}</code></pre>` : undefined}
${report.notLookedAt.length > 0 ? notLookedAt(report) : undefined}
${everyCheck(report)}
<footer>exit ${report.exitCode} · agentops ${report.tool.version}</footer>
</body>
</html>
`.text;
}

function causes(report: Report): Markup {
  const items = report.causes.map(
    (cause) =>
      html`<li><b>${cause.title}</b> ${cause.confidence.toFixed(2)}<ul>${cause.evidence.map((line) => html`<li>${line}</li>`)}</ul></li>`,
  );
  return html`<h2>Likely cause</h2><ol>${items}</ol>`;
}

function categorySection(each: Report['categories'][number], report: Report): Markup {
  const findings = report.findings.filter((found) => found.category === each.id);
  const bad = each.checks.filter((check) => check.status === 'fail' || check.status === 'warn').length;
  return html`<h2>${each.title} <small>${bad} of ${plural(each.checks.length, 'check')} not well</small></h2>
<table><thead><tr><th>severity</th><th>what</th><th>seen</th><th>against</th></tr></thead><tbody>${findings.map((found) => findingRow(found, report))}</tbody></table>`;
}

function findingRow(found: Finding, report: Report): Markup {
  const { icon, word } = severityWords[found.severity];
  const name =
    report.contexts.length > 1 && found.resource.context
      ? `${found.resource.context}: ${resourceName(found.resource)}`
      : resourceName(found.resource);
  const also = found.alsoOn ? `, and ${found.alsoOn} more` : '';
  const since = found.since ? `, since ${clockTime(found.since, report.startedAt, report.timeZone)}` : '';
  const more = html`<details><summary>why, and what next</summary><p>${found.why}</p>${found.detail ? html`<p>${found.detail}</p>` : undefined}${found.next.length > 0 ? html`<pre><code>${found.next.join('\n')}</code></pre>` : undefined}<p class="soft"><code>${found.explain}</code></p></details>`;
  return html`<tr><td class="mark ${found.severity}">${icon} ${word}</td><td>${name}</td><td>${found.seen}${also}${more}</td><td>${against(found)}${since}</td></tr>`;
}

function facts(report: Report): Markup | undefined {
  const all = report.categories.flatMap((each) => each.checks.flatMap((check) => check.facts));
  if (all.length === 0) return undefined;
  const rows = all.map(
    (each) =>
      html`<tr><td>${each.label}</td><td>${each.resource ? resourceName(each.resource) : ''}</td><td class="number">${each.text}</td></tr>`,
  );
  return html`<h2>Measured</h2><table><thead><tr><th>what</th><th>of</th><th class="number">value</th></tr></thead><tbody>${rows}</tbody></table>`;
}

function notSeen(report: Report): Markup {
  const rows = report.notSeen.map(
    (gap) =>
      html`<tr><td class="mark unknown">? ${gap.reason}</td><td>${gap.context && report.contexts.length > 1 ? `${gap.context}: ` : ''}${gap.source}</td><td>${gap.detail}${gap.hint ? html`<br><span class="soft">${gap.hint}</span>` : undefined}</td><td>${gap.checks.join(', ')}</td></tr>`,
  );
  return html`<h2>Not seen <small>so this run can’t be healthy</small></h2><table><thead><tr><th>reason</th><th>source</th><th>what</th><th>checks not answered</th></tr></thead><tbody>${rows}</tbody></table>`;
}

function notLookedAt(report: Report): Markup {
  const rows = report.notLookedAt.map(
    ({ what, hint, checks }) => html`<tr><td>${what}</td><td>${hint}</td><td>${plural(checks.length, 'check')} skipped</td></tr>`,
  );
  return html`<h2>Not looked at</h2><table><tbody>${rows}</tbody></table>`;
}

function everyCheck(report: Report): Markup {
  const rows = report.categories.flatMap((each) =>
    each.checks.map((check) => {
      const { icon, word } = statusWords[check.status];
      const looked = check.examined ? plural(check.examined.count, check.examined.noun) : '';
      return html`<tr><td class="mark ${check.status}">${icon} ${word}</td><td><code>${check.id}</code>${check.context ? ` (${check.context})` : ''}</td><td>${looked}</td><td>${check.note ?? ''}</td></tr>`;
    }),
  );
  return html`<h2>Every check</h2><details><summary>${plural(rows.length, 'check')}</summary><table><thead><tr><th>status</th><th>check</th><th>looked at</th><th>note</th></tr></thead><tbody>${rows}</tbody></table></details>`;
}
