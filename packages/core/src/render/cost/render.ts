import type { CostReport } from '../../model/cost-report.ts';

export const costFormats = ['table', 'json', 'csv', 'markdown', 'html'] as const;
export type CostFormat = (typeof costFormats)[number];

/** A cost report as text. Each format is loaded when it is asked for. */
export async function renderCost(
  report: CostReport,
  format: CostFormat,
  options: { readonly width: number; readonly color: boolean },
): Promise<string> {
  return (await render(report, format, options)).toWellFormed();
}

async function render(
  report: CostReport,
  format: CostFormat,
  options: { readonly width: number; readonly color: boolean },
): Promise<string> {
  switch (format) {
    case 'table':
      return (await import('./terminal.ts')).renderCostTerminal(report, options);
    case 'json':
      return JSON.stringify(report, undefined, 2);
    case 'csv':
      return (await import('./csv.ts')).renderCostCsv(report);
    case 'markdown':
      return (await import('./markdown.ts')).renderCostMarkdown(report);
    case 'html':
      return (await import('./html.ts')).renderCostHtml(report);
  }
}
