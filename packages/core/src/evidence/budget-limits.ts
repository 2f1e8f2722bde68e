import type { BudgetConfig } from '../config/schema.ts';
import { picoFromDollars } from '../model/money.ts';
import type { BudgetLimits } from '../model/prometheus.ts';

/** The configured budget in the unit of evidence. */
export function limitsOf(budget: BudgetConfig): BudgetLimits {
  const pico = (dollars: number | undefined): string | null => (dollars === undefined ? null : String(picoFromDollars(dollars)));
  return {
    daily: pico(budget.daily),
    monthly: pico(budget.monthly),
    perSession: pico(budget.perSession),
    perAgent: Object.fromEntries(Object.entries(budget.perAgent).map(([name, dollars]) => [name, String(picoFromDollars(dollars))])),
    hourlyTokens: budget.hourlyTokens,
  };
}
