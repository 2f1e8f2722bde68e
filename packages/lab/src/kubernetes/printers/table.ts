import { stringMap, text } from '../access.ts';
import type { Dict } from '../types.ts';
import { since } from './duration.ts';

export type Cell = string | number | boolean;

/** `Name`, or `Name:type`, with a `+` behind it for columns of `-o wide`. */
export interface Printer {
  readonly columns: string;
  readonly row: (object: Dict, now: number) => Cell[];
}

export interface ColumnDefinition {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}

/** Expands `Name, Ready, Desired:integer, Images+`. */
export function columnDefinitions(columns: string): ColumnDefinition[] {
  return columns.split(', ').map((column) => {
    const wide = column.endsWith('+');
    const [name = '', type = 'string'] = (wide ? column.slice(0, -1) : column).split(':');
    return { name, type, format: name === 'Name' ? 'name' : '', description: '', priority: wide ? 1 : 0 };
  });
}

export const nameOf = (object: Dict) => text(object, 'metadata', 'name');

export const age = (object: Dict, now: number) => since(text(object, 'metadata', 'creationTimestamp'), now);

/** Labels as `a=b,c=d`, sorted. */
export function printLabels(labels: Readonly<Record<string, string>>): string {
  const entries = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? '<none>' : entries.map(([key, value]) => `${key}=${value}`).join(',');
}

const operators: Readonly<Record<string, string>> = { In: 'in', NotIn: 'notin' };

/** A label selector as `metav1.FormatLabelSelector` prints it. */
export function printSelector(selector: unknown): string {
  if (selector === undefined || selector === null) return '<none>';
  const equal = Object.entries(stringMap(selector, 'matchLabels')).map(([key, value]): [string, string] => [key, `${key}=${value}`]);
  const expressions = (selector as { matchExpressions?: { key: string; operator: string; values?: string[] }[] }).matchExpressions ?? [];
  const sets = expressions.map(({ key, operator, values = [] }): [string, string] => {
    if (operator === 'Exists') return [key, key];
    if (operator === 'DoesNotExist') return [key, `!${key}`];
    return [key, `${key} ${operators[operator] ?? operator} (${[...values].sort().join(',')})`];
  });
  const all = [...equal, ...sets].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, printed]) => printed);
  return all.length === 0 ? '<none>' : all.join(',');
}

export const orNone = (printed: string) => (printed === '' ? '<none>' : printed);
