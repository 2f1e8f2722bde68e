import type { Candidate, Comparison } from '../../cost/advice/substitution.ts';
import { percent, plural, seconds } from '../../model/format.ts';
import { picoFromDollars, picoToNumber } from '../../model/money.ts';
import { html, Markup } from '../html/markup.ts';
import { style } from '../html/style.ts';
import { printable } from '../terminal/text.ts';
import { cents } from './words.ts';

/** The columns of a comparison, as text: a candidate a row, those on the Pareto front marked. */
export const comparisonHead = ['', 'MODEL', 'COST', 'SAVING', 'QUALITY', 'P95', 'VERDICT'] as const;

/** Rows of {@link comparisonHead}. `◆` stands on the front: nothing is better in quality, speed and cost at once. */
export function comparisonRows({ candidates }: Comparison): string[][] {
  return candidates.map((each) => [
    each.onFront ? '◆' : ' ',
    printable(each.model),
    money(each.costPico),
    money(each.savingPico),
    each.quality === null ? 'not measured' : percent(each.quality),
    each.latencyMs === null ? 'not measured' : seconds(each.latencyMs / 1000),
    each.verdict === 'excluded' ? `excluded: ${each.why.join('; ')}` : each.verdict,
  ]);
}

/** Whom a comparison is about: `planner, code_generation, on gpt-5: 412 requests`. */
export function comparisonTitle({ agent, task, model, requests }: Comparison): string {
  const who = [agent || 'agent not said', task].filter(Boolean).join(', ');
  return printable(`${who}, on ${model}: ${plural(requests, 'request')}`);
}

function money(pico: bigint | null): string {
  return pico === null ? 'no price' : cents(pico);
}

/** One file: for each comparison a plot of quality over cost (larger is faster) with the front drawn in, and its table. */
export function renderComparisonsHtml(title: string, comparisons: readonly Comparison[]): string {
  const sections = comparisons.map(
    (each) => html`<h2>${comparisonTitle(each)}</h2>${scatter(each.candidates)}
<table><thead><tr>${comparisonHead.map((head, index) => html`<th${index > 1 && index < 6 ? new Markup(' class="number"') : undefined}>${head.toLowerCase()}</th>`)}</tr></thead><tbody>${comparisonRows(each).map((row) => html`<tr>${row.map((cell, index) => html`<td${index > 1 && index < 6 ? new Markup(' class="number"') : undefined}>${cell}</td>`)}</tr>`)}</tbody></table>`,
  );
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title><style>${style}${new Markup('svg .front { stroke: var(--pass); fill: none; stroke-width: 1.5; stroke-dasharray: 4 3; } svg .on { fill: var(--pass); } svg .off { fill: var(--soft); } svg .axis { stroke: var(--line); }')}</style></head>
<body><h1>${title}</h1><p class="soft">◆ is on the Pareto front: no other model is at least as good in quality, speed and cost and better in one. What was not measured cannot be placed and stands in the table alone.</p>
${sections.length > 0 ? sections : html`<p>No records to compare models on.</p>`}
</body></html>
`.text;
}

const width = 640;
const height = 260;
const margin = { left: 60, right: 150, top: 24, bottom: 34 };

interface Placed {
  readonly candidate: Candidate;
  readonly x: number;
  readonly y: number;
}

/** Quality over cost, where at least two candidates are known in both; nothing is drawn for the others. */
function scatter(candidates: readonly Candidate[]): Markup | undefined {
  const known = candidates.filter((each) => each.costPico !== null && each.quality !== null);
  if (known.length < 2) return undefined;
  const dearest = Math.max(...known.map((each) => picoToNumber(each.costPico ?? 0n)), 0.01);
  const fastest = Math.min(...known.flatMap((each) => (each.latencyMs === null ? [] : [each.latencyMs])));
  // Qualities that are worth comparing lie close together: the axis begins below the least.
  const least = Math.max(0, Math.floor(Math.min(...known.map((each) => each.quality ?? 0)) * 10 - 0.5) / 10);
  const placed = known.map(
    (candidate): Placed => ({
      candidate,
      x: margin.left + (picoToNumber(candidate.costPico ?? 0n) / dearest) * (width - margin.left - margin.right),
      y: margin.top + ((1 - (candidate.quality ?? 0)) / (1 - least || 1)) * (height - margin.top - margin.bottom),
    }),
  );
  const front = placed.filter(({ candidate }) => candidate.onFront).sort((a, b) => a.x - b.x);
  const dots = placed
    .toSorted((a, b) => a.x - b.x)
    .map(({ candidate, x, y }, index) => {
      // Neighbours' names go above and below, so that they do not cover each other.
      const lift = index % 2 === 0 ? 14 : -8;
      const size = candidate.latencyMs === null ? 4 : 4 + 6 * (fastest / candidate.latencyMs);
      return html`<circle class="${candidate.onFront ? 'on' : 'off'}" cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${size.toFixed(1)}"><title>${candidate.model}</title></circle><text x="${(x + 4).toFixed(1)}" y="${(y + lift).toFixed(1)}">${candidate.model}</text>`;
    });
  const bottom = height - margin.bottom;
  return html`<svg role="img" aria-label="quality over cost" viewBox="0 0 ${width} ${height}" width="100%" style="max-width:${width}px">
<line class="axis" x1="${margin.left}" x2="${width - margin.right}" y1="${bottom}" y2="${bottom}"/><line class="axis" x1="${margin.left}" x2="${margin.left}" y1="${margin.top}" y2="${bottom}"/>
<text class="soft" x="${margin.left - 8}" y="${margin.top + 8}" text-anchor="end">100 %</text><text class="soft" x="${margin.left - 8}" y="${bottom}" text-anchor="end">${percent(least)}</text>
<text class="soft" x="${margin.left}" y="${height - 10}">$0</text><text class="soft" x="${width - margin.right}" y="${height - 10}" text-anchor="end">${cents(picoFromDollars(Number(dearest.toFixed(2))))}</text>
<polyline class="front" points="${front.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ')}"/>${dots}</svg>`;
}
