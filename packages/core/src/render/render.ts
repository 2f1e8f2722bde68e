import type { Report } from '../model/report.ts';

export const reportFormats = ['table', 'json', 'yaml', 'markdown', 'html', 'junit', 'sarif', 'prometheus'] as const;
export type ReportFormat = (typeof reportFormats)[number];

export interface RenderOptions {
  /** Columns of the terminal. */
  readonly width: number;
  readonly color: boolean;
  /** Every check, every finding, every reason. */
  readonly verbose: boolean;
  /** Only what is not well. */
  readonly quiet: boolean;
  /** The report before this one (`--watch`): what is new and what is gone is marked. */
  readonly previous?: Report;
}

/** A report as text. Each format is loaded when it is asked for. */
export async function renderReport(report: Report, format: ReportFormat, options: RenderOptions): Promise<string> {
  // Half of a surrogate pair cannot be written as UTF-8.
  return (await render(report, format, options)).toWellFormed();
}

async function render(report: Report, format: ReportFormat, options: RenderOptions): Promise<string> {
  switch (format) {
    case 'table':
      return (await import('./terminal/report.ts')).renderTerminal(report, options);
    case 'json':
      return JSON.stringify(report, undefined, 2);
    case 'yaml':
      return (await import('./yaml.ts')).renderYaml(report);
    case 'markdown':
      return (await import('./markdown.ts')).renderMarkdown(report);
    case 'html':
      return (await import('./html/report.ts')).renderHtml(report);
    case 'junit':
      return (await import('./junit.ts')).renderJunit(report);
    case 'sarif':
      return (await import('./sarif.ts')).renderSarif(report);
    case 'prometheus':
      return (await import('./prometheus.ts')).renderPrometheus(report);
  }
}
