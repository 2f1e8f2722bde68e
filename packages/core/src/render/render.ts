import type { Report } from '../model/report.ts';
import type { RenderOptions } from './options.ts';

export const reportFormats = ['table', 'json', 'yaml', 'markdown', 'html', 'junit', 'sarif', 'prometheus'] as const;
export type ReportFormat = (typeof reportFormats)[number];

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
