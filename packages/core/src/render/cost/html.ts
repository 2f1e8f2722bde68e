import type { CostReport } from '../../model/cost-report.ts';
import { formatPico } from '../../model/money.ts';
import { html, Markup } from '../html/markup.ts';
import { style } from '../html/style.ts';
import { stackedChart } from './chart.ts';
import { monthChart } from './chart-month.ts';
import { budgetParts, gettingStarted, headlineOf, isRecorded } from './head.ts';
import {
  anomalyText,
  atLeast,
  change,
  isUnknown,
  moverText,
  picoOf,
  printedParts,
  rough,
  rowName,
  savingTexts,
  share,
  tokens,
} from './words.ts';

const ownStyle = new Markup(`
table.costs { table-layout: fixed; } table.costs th:first-child { width: 30%; } table.costs th:nth-child(3) { width: 19%; } .line { margin: .2rem 0; }
polyline { fill: none; stroke-width: 2; } .spent { stroke: #0072b2; } .ahead { stroke: #0072b2; stroke-dasharray: 5 4; } .interval { fill: #0072b2; opacity: .18; } .budget { stroke: var(--critical); stroke-width: 1.5; }
i.spent { background: #0072b2; } i.ahead { background: #0072b2; opacity: .35; } i.budget { background: var(--critical); height: .2em; vertical-align: middle; }
.tiles { margin: 1.2rem 0 .6rem; } .tile b { white-space: nowrap; } .tile .soft { display: block; }
svg { display: block; max-width: 100%; height: auto; } svg text { font: 12px system-ui, sans-serif; fill: var(--soft); } svg .grid { stroke: var(--line); stroke-width: 1; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; font-size: .85rem; color: var(--soft); margin: .4rem 0 1rem; }
.key { display: inline-block; width: .8em; height: .8em; border-radius: .15em; margin-right: .4em; }
tfoot td { font-weight: 600; border-bottom: 0; } .up { color: var(--critical); } .down { color: var(--pass); }
.bar { display: inline-block; height: .6em; border-radius: .15em; background: var(--soft); opacity: .45; vertical-align: baseline; margin-left: .5em; } td.meter { width: 20%; white-space: nowrap; }
@media print { details > *:not(summary) { display: block; } }
`);

/** One file for a meeting: what it costs, where it goes, what stands out, what could be saved. */
export function renderCostHtml(report: CostReport): string {
  const { period } = report;
  const { spend, data } = headlineOf(report);
  const empty = report.freshness.records === 0;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${period.label}${empty ? '' : `: ${spend}`}</title>
<style>${style}${ownStyle}</style>
</head>
<body>
${report.lab ? html`<p class="lab"><b>LAB ${report.lab.scenario}</b>: a practice environment, none of this is real.</p>` : undefined}
<h1>${period.label} <small class="soft">${[period.timeZone, ...data].join(' · ')}</small></h1>
${empty ? gettingStarted.map((line) => html`<p>${line}</p>`) : body(report)}
${report.notes.length > 0 ? html`<h2>Notes</h2><ul>${report.notes.map((note) => html`<li>${note}</li>`)}</ul>` : undefined}
<footer>agentops ${report.tool.version} · ${report.generatedAt}</footer>
</body>
</html>
`.text;
}

function body(report: CostReport): Markup {
  const { more } = headlineOf(report);
  const notes = [report.month.forecast?.note, report.month.forecastNote].filter((note) => note !== undefined);
  return html`${tiles(report)}
${[...notes, ...more].map((line) => html`<p class="soft line">${line}</p>`)}
${report.unpriced.length > 0 ? html`<p class="warning">! No price is known for ${report.unpriced.map((each) => each.model || '(no model)').join(', ')} (${tokens(report.unpriced.reduce((sum, each) => sum + each.tokens, 0))} tokens): the total is a lower bound.</p>` : undefined}
${isRecorded(report) ? report.tables.map((table, index) => section(table, report, index === 0)) : undefined}
${report.month.days.some((day) => day !== null) ? monthChart(report) : undefined}
${standsOut(report)}
${savings(report)}`;
}

function tiles(report: CostReport): Markup {
  const { total, previous, month, cache, sessions } = report;
  const { spend, compared } = headlineOf(report);
  return html`<div class="tiles">
${tile('spend', spend, compared, tone(previous.change))}
${tile(`${month.label} so far`, atLeast(rough(picoOf(month.spent)), month.unpricedTokens), month.forecast ? `forecast ${rough(picoOf(month.forecast.point))} (80 %: ${rough(picoOf(month.forecast.low))}–${rough(picoOf(month.forecast.high))})` : '')}
${month.budget === null ? undefined : tile('budget of the month', rough(picoOf(month.budget)), budgetParts(month).join(' · '))}
${cache.hitShare === null ? undefined : tile('input from a cache', share(cache.hitShare), cache.saved === null ? '' : `${picoOf(cache.saved) < 0n ? 'cost' : 'saved'} ${rough(picoOf(cache.saved)).replace('-', '')}`)}
${!isRecorded(report) ? undefined : tile('requests', tokens(total.requests), total.spendPerRequest === null ? '' : `${atLeast(formatPico(picoOf(total.spendPerRequest)), total.unpricedTokens)} each${sessions ? ` · ${tokens(sessions.count)} sessions` : ''}`)}
</div>`;
}

function tile(label: string, value: string, more: string, className = 'soft'): Markup {
  return html`<div class="tile"><span class="soft">${label}</span><b>${value}</b><span class="${className === 'soft' ? 'soft' : `soft ${className}`}">${more}</span></div>`;
}

function tone(ratio: number | null): string {
  return ratio === null || Math.abs(ratio) < 0.005 ? 'soft' : ratio > 0 ? 'up' : 'down';
}

function section(table: CostReport['tables'][number], report: CostReport, withChart: boolean): Markup {
  const { parts, total } = printedParts(table.rows);
  const most = Math.max(0, ...table.rows.map((row) => row.share ?? 0));
  const rows = table.rows.map(
    (row, index) =>
      html`<tr><td>${rowName(row.name)}</td><td class="number">${atLeast(parts[index] ?? '', row.unpricedTokens)}</td><td class="meter">${bar(row.share, most)} ${isUnknown(row) ? '–' : share(row.share)}</td><td class="number ${tone(row.change)}">${change(row.change)}</td><td class="number">${tokens(row.requests)}</td><td class="number">${tokens(row.inputTokens + row.outputTokens + row.cacheReadTokens + row.cacheWriteTokens)}</td><td class="number">${share(row.cacheHitShare)}</td></tr>`,
  );
  return html`<h2>By ${table.by}</h2>${withChart ? stackedChart(table, report) : undefined}
<table class="costs"><thead><tr><th>${table.by}</th><th class="number">spend</th><th>share</th><th class="number">change</th><th class="number">requests</th><th class="number">tokens</th><th class="number">cache</th></tr></thead><tbody>${rows}</tbody>
<tfoot><tr><td>total</td><td class="number">${atLeast(total, table.total.unpricedTokens)}</td><td></td><td></td><td class="number">${tokens(table.total.requests)}</td><td class="number">${tokens(table.total.inputTokens + table.total.outputTokens + table.total.cacheReadTokens + table.total.cacheWriteTokens)}</td><td class="number">${share(table.total.cacheHitShare)}</td></tr></tfoot></table>`;
}

function bar(ratio: number | null, most: number): Markup | undefined {
  return ratio === null || most <= 0 ? undefined : html`<span class="bar" style="width:${((ratio / most) * 6).toFixed(2)}em"></span>`;
}

function standsOut(report: CostReport): Markup | undefined {
  const lines = [...report.anomalies.map(anomalyText), ...report.movers.map(moverText)];
  return lines.length === 0 ? undefined : html`<h2>Stands out</h2><ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
}

function savings({ recommendations }: CostReport): Markup | undefined {
  if (recommendations.length === 0) return undefined;
  const amounts = savingTexts(recommendations);
  const rows = recommendations.map(
    (each, index) =>
      html`<tr><td class="number">${amounts[index] || '–'}</td><td>${each.title}<br><span class="soft">${each.basis}</span>${each.how.length > 0 ? html`<details><summary>how</summary><ul>${each.how.map((line) => html`<li>${line}</li>`)}</ul></details>` : undefined}</td></tr>`,
  );
  return html`<h2>Could save in this period</h2><table><tbody>${rows}</tbody></table>`;
}
