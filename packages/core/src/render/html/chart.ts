import type { CheckStatus } from '../../model/finding.ts';
import type { Report } from '../../model/report.ts';
import { statusWords } from '../words.ts';
import { html, type Markup } from './markup.ts';

const order: readonly CheckStatus[] = ['fail', 'unknown', 'warn', 'pass', 'skipped'];
const left = 130;
const width = 640;
const row = 28;

/** A bar a category, its checks by status; the table behind it says the same in numbers. */
export function statusChart(report: Report): Markup {
  const most = Math.max(1, ...report.categories.map((each) => each.checks.length));
  const unit = (width - left - 60) / most;
  const rows = report.categories.map((each, index) => {
    let x = left;
    const y = index * row;
    const bars = order.flatMap((status) => {
      const count = each.checks.filter((check) => check.status === status).length;
      if (count === 0) return [];
      const bar = html`<rect class="bar-${status}" x="${x}" y="${y + 6}" width="${Math.max(2, count * unit - 1)}" height="14" rx="2"><title>${each.title}: ${count} ${statusWords[status].word}</title></rect>`;
      x += count * unit;
      return [bar];
    });
    return html`<text x="0" y="${y + 18}">${each.title}</text>${bars}<text class="soft" x="${x + 8}" y="${y + 18}">${each.checks.length}</text>`;
  });
  const height = report.categories.length * row;
  return html`<svg role="img" aria-label="checks by category and status" viewBox="0 0 ${width} ${height}" width="100%" style="max-width:${width}px">${rows}</svg>
<details><summary>the same as a table</summary>${statusTable(report)}</details>`;
}

function statusTable(report: Report): Markup {
  const heads = order.map((status) => html`<th class="number ${status}">${statusWords[status].icon} ${statusWords[status].word}</th>`);
  const rows = report.categories.map((each) => {
    const cells = order.map((status) => html`<td class="number">${each.checks.filter((check) => check.status === status).length}</td>`);
    return html`<tr><td>${each.title}</td>${cells}</tr>`;
  });
  return html`<table><thead><tr><th>category</th>${heads}</tr></thead><tbody>${rows}</tbody></table>`;
}
