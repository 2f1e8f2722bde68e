import { describe, expect, it } from 'vitest';
import type { Candidate, Comparison } from '../../../packages/core/src/cost/advice/substitution.ts';
import { comparisonRows, comparisonTitle, renderComparisonsHtml } from '../../../packages/core/src/render/cost/comparison.ts';

const dollar = 1_000_000_000_000n;

function candidate(model: string, given: Partial<Candidate>): Candidate {
  return {
    model,
    costPico: null,
    savingPico: null,
    quality: null,
    measured: undefined,
    latencyMs: null,
    latencyFrom: null,
    verdict: 'untested',
    why: [],
    onFront: false,
    ...given,
  };
}

const comparison: Comparison = {
  agent: 'planner',
  task: 'plan',
  model: 'large',
  requests: 412,
  candidates: [
    candidate('large', { costPico: 10n * dollar, savingPico: 0n, quality: 0.95, latencyMs: 4000, verdict: 'current', onFront: true }),
    candidate('small', { costPico: dollar, savingPico: 9n * dollar, quality: 0.93, latencyMs: 900, verdict: 'keeps', onFront: true }),
    candidate('odd <b>', { costPico: 12n * dollar, quality: 0.4, verdict: 'excluded', why: ['quality 0.40 is under the floor'] }),
    candidate('unknown', {}),
  ],
};

describe('comparison of models', () => {
  it('a row a candidate; what is not known is said, never 0', () => {
    expect(comparisonTitle(comparison)).toBe('planner, plan, on large: 412 requests');
    expect(comparisonRows(comparison)).toEqual([
      ['◆', 'large', '$10.00', '$0.00', '95 %', '4 s', 'current'],
      ['◆', 'small', '$1.00', '$9.00', '93 %', '900 ms', 'keeps'],
      [' ', 'odd <b>', '$12.00', 'no price', '40 %', 'not measured', 'excluded: quality 0.40 is under the floor'],
      [' ', 'unknown', 'no price', 'no price', 'not measured', 'not measured', 'untested'],
    ]);
  });

  it('the plot places what is known in quality and cost, the table holds all', () => {
    const page = renderComparisonsHtml('November', [comparison]);
    expect(page.match(/<circle class="on"/g)).toHaveLength(2);
    expect(page.match(/<circle/g)).toHaveLength(3);
    expect(page).toContain('<td>unknown</td>');
    expect(page).not.toContain('<b>');
  });

  it('one known candidate is no plot; no comparison is said', () => {
    expect(renderComparisonsHtml('x', [{ ...comparison, candidates: comparison.candidates.slice(0, 1) }])).not.toContain('<circle');
    expect(renderComparisonsHtml('x', [])).toContain('No records to compare models on.');
  });
});
