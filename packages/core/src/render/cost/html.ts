import { allocate } from '../../model/allocate.ts';
import type { CostReport } from '../../model/cost-report.ts';
import { html, Markup } from '../html/markup.ts';
import { style } from '../html/style.ts';
import { stackedChart } from './chart.ts';
import { atLeast, cent, cents, change, picoOf, ratioText, rough, rowName, share, tokens } from './words.ts';

const ownStyle = new Markup(`
svg .grid { stroke: var(--line); stroke-width: 1; } .legend { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; font-size: .85rem; color: var(--soft); margin: .4rem 0 0; }
.key i { display: inline-block; width: .8em; height: .8em; border-radius: .15em; margin-right: .4em; } tfoot td { font-weight: 600; } .up { color: var(--critical); } .down { color: var(--pass); }
`);

/** One file for a meeting: what it costs, where it goes, what stands out, what could be saved. */
export function renderCostHtml(report: CostReport): string {
  const { period, total, previous, month } = report;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${period.label}: ${cents(picoOf(total.spend))}</title>
<style>${style}${ownStyle}</style>
</head>
<body>
${report.lab ? html`<p class="lab"><b>LAB ${report.lab.scenario}</b>: a practice environment, none of this is real.</p>` : undefined}
<h1>${period.label} <small class="soft">${period.timeZone} · ${period.daysSeen} of ${period.days} days · newest record ${report.freshness.newestRecordAt ?? 'none'}</small></h1>
<div class="tiles">
<div class="tile"><span class="soft">spend</span><b>${atLeast(cents(picoOf(total.spend)), total.unpricedTokens)}</b><span class="${tone(previous.change)}">${change(previous.change)}</span> <span class="soft">${previous.spend === null ? (previous.note ?? '') : `on ${previous.label}`}</span></div>
<div class="tile"><span class="soft">${month.label}</span><b>${rough(picoOf(month.spent))}</b><span class="soft">${month.forecast ? `forecast ${rough(picoOf(month.forecast.point))} (80 %: ${rough(picoOf(month.forecast.low))}–${rough(picoOf(month.forecast.high))})` : (month.forecastNote ?? 'so far')}</span></div>
${month.budget === null ? undefined : html`<div class="tile"><span class="soft">budget of the month</span><b>${rough(picoOf(month.budget))}</b><span class="soft">${month.probabilityKept === null ? '' : `${Math.round(month.probabilityKept * 100)} % likely kept`}</span></div>`}
<div class="tile"><span class="soft">input from cache</span><b>${ratioText(report.cache.hitShare)}</b><span class="soft">${report.cache.saved === null ? '' : `saved ${rough(picoOf(report.cache.saved))}`}</span></div>
<div class="tile"><span class="soft">requests</span><b>${tokens(total.requests)}</b><span class="soft">${total.spendPerRequest === null ? '' : `${cents(picoOf(total.spendPerRequest))} each`}</span></div>
</div>
${report.unpriced.length > 0 ? html`<p class="warning">! No price is known for ${report.unpriced.map((each) => each.model).join(', ')} (${tokens(report.unpriced.reduce((sum, each) => sum + each.tokens, 0))} tokens): the total is a lower bound.</p>` : undefined}
${report.tables.map((table, index) => section(table, report, index === 0))}
${standsOut(report)}
${savings(report)}
${report.notes.length > 0 ? html`<h2>Notes</h2><ul>${report.notes.map((note) => html`<li>${note}</li>`)}</ul>` : undefined}
<footer>agentops ${report.tool.version} · ${report.generatedAt}</footer>
</body>
</html>
`.text;
}

function tone(ratio: number | null): string {
  return ratio === null || Math.abs(ratio) < 0.005 ? 'soft' : ratio > 0 ? 'up' : 'down';
}

function section(table: CostReport['tables'][number], report: CostReport, withChart: boolean): Markup {
  const { parts, total } = allocate(
    table.rows.map((row) => picoOf(row.spend)),
    cent,
  );
  const rows = table.rows.map(
    (row, index) =>
      html`<tr><td>${rowName(row.name)}</td><td class="number">${atLeast(cents(parts[index] ?? 0n), row.unpricedTokens)}</td><td class="number">${share(row.share)}</td><td class="number ${tone(row.change)}">${change(row.change)}</td><td class="number">${tokens(row.requests)}</td><td class="number">${tokens(row.inputTokens + row.outputTokens + row.cacheReadTokens + row.cacheWriteTokens)}</td><td class="number">${ratioText(row.cacheHitShare)}</td></tr>`,
  );
  return html`<h2>By ${table.by}</h2>${withChart ? stackedChart(table, report) : undefined}
<table><thead><tr><th>${table.by}</th><th class="number">spend</th><th class="number">share</th><th class="number">change</th><th class="number">requests</th><th class="number">tokens</th><th class="number">cache</th></tr></thead><tbody>${rows}</tbody>
<tfoot><tr><td>total</td><td class="number">${atLeast(cents(total), table.total.unpricedTokens)}</td><td></td><td></td><td class="number">${tokens(table.total.requests)}</td><td></td><td class="number">${ratioText(table.total.cacheHitShare)}</td></tr></tfoot></table>`;
}

function standsOut(report: CostReport): Markup | undefined {
  const anomalies = report.anomalies.map(
    (each) =>
      html`<li>${each.label}: <b>${cents(picoOf(each.spend))}</b>, usual ${cents(picoOf(each.usual))}${each.drivers.length > 0 ? `; ${each.drivers.join(', ')}` : ''}</li>`,
  );
  const movers = report.movers.map(
    (each) =>
      html`<li><span class="${picoOf(each.change) > 0n ? 'up' : 'down'}">${picoOf(each.change) > 0n ? '▲' : '▼'} ${cents(picoOf(each.change))}</span> ${rowName(each.name)} (${each.by}), now ${cents(picoOf(each.spend))}</li>`,
  );
  return anomalies.length + movers.length === 0 ? undefined : html`<h2>Stands out</h2><ul>${anomalies}${movers}</ul>`;
}

function savings(report: CostReport): Markup | undefined {
  if (report.recommendations.length === 0) return undefined;
  const rows = report.recommendations.map(
    (each) =>
      html`<tr><td class="number">${each.saving === null ? '–' : rough(picoOf(each.saving))}</td><td>${each.title}<br><span class="soft">${each.basis}</span>${each.how.length > 0 ? html`<details><summary>how</summary><ul>${each.how.map((line) => html`<li>${line}</li>`)}</ul></details>` : undefined}</td></tr>`,
  );
  return html`<h2>Could save in this period</h2><table><tbody>${rows}</tbody></table>`;
}
