import type { Category } from '../model/finding.ts';
import { checks as agents } from './agents/index.ts';
import { checks as budget } from './budget/index.ts';
import type { AnyCheck } from './check.ts';
import { checks as connectivity } from './connectivity/index.ts';
import { checks as networkPolicy } from './network-policy/index.ts';
import { checks as performance } from './performance/index.ts';
import { checks as resources } from './resources/index.ts';
import { checks as secretAge } from './secret-age/index.ts';

/** Every check there is, in the order of the report. */
export const allChecks: readonly AnyCheck[] = [
  ...connectivity,
  ...performance,
  ...resources,
  ...secretAge,
  ...networkPolicy,
  ...budget,
  ...agents,
];

/** What people read for a category. */
export const categoryTitles: Readonly<Record<Category, string>> = {
  connectivity: 'Connectivity',
  performance: 'Performance',
  resources: 'Resources',
  'secret-age': 'Secrets',
  'network-policy': 'Network policy',
  budget: 'Budget',
  agents: 'Agents',
};

/** The check with that id. */
export function findCheck(id: string): AnyCheck | undefined {
  return allChecks.find((check) => check.meta.id === id);
}
