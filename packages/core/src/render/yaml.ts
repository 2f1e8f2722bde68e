import { stringify } from 'yaml';
import type { Report } from '../model/report.ts';

/** The JSON report as YAML. */
export function renderYaml(report: Report): string {
  return stringify(report, { lineWidth: 0, aliasDuplicateObjects: false });
}
