import { addDays } from '../../model/calendar.ts';
import type { CostReport } from '../../model/cost-report.ts';
import { picoFromDollars, picoToNumber, usdString } from '../../model/money.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { anomalies, type Episode } from '../statistics/anomaly.ts';
import type { DailyHistory } from './history.ts';
import type { Period } from './period.ts';

/** Unusual days of the period, with the agents and models that drove them; or why none could be looked for. */
export async function findAnomalies(
  ledger: Ledger,
  history: DailyHistory,
  period: Pick<Period, 'from' | 'to' | 'timeZone'>,
): Promise<{ found: CostReport['anomalies']; spans: readonly UnusualSpan[]; note?: string }> {
  const from = history.days.findIndex((day) => day >= period.from);
  if (from < 0 || from >= history.dollars.length) return { found: [], spans: [] };
  const result = anomalies(history.dollars, { from });
  if (!result.ok) return { found: [], spans: [], note: `unusual days are not looked for yet: ${result.needs} more days of records needed` };
  const within = result.episodes.filter((episode) => (history.days[episode.from] ?? 0) < period.to);
  return {
    found: await Promise.all(within.map((episode) => describe(ledger, history, episode, period.timeZone))),
    spans: within.map(({ from: first, to: last, direction }) => ({
      from: history.days[first] ?? 0,
      to: history.days[last + 1] ?? 0,
      direction,
    })),
  };
}

/** ms, `to` exclusive. */
export interface UnusualSpan {
  readonly from: number;
  readonly to: number;
  readonly direction: Episode['direction'];
}

async function describe(
  ledger: Ledger,
  history: DailyHistory,
  episode: Episode,
  timeZone: string,
): Promise<CostReport['anomalies'][number]> {
  const from = history.days[episode.from] ?? 0;
  const to = history.days[episode.to + 1] ?? from;
  const last = history.days[episode.to] ?? from;
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'short', day: 'numeric', month: 'short' });
  const label = from === last ? format.format(from) : `${format.format(from)} – ${format.format(last)}`;
  return {
    label: label.replaceAll(',', ''),
    spend: usdString(picoFromDollars(Number(episode.actual.toFixed(6)))),
    usual: usdString(picoFromDollars(Number(episode.usual.toFixed(6)))),
    factor: episode.ratio,
    drivers: await driversOf(ledger, from, to, episode, timeZone),
  };
}

/** Who spent more (or less) than in the same days of the four weeks before: agent on model, and the session if one stands for much of it. */
async function driversOf(ledger: Ledger, from: number, to: number, episode: Episode, timeZone: string): Promise<string[]> {
  const spans = [7, 14, 21, 28].map((days) => ({ from: addDays(from, -days, timeZone), to: addDays(to - 1, -days, timeZone) }));
  const [now, sessions, ...before] = await Promise.all([
    ledger.rows({ from, to, by: ['agent', 'model'] }),
    ledger.rows({ from, to, by: ['session'] }),
    ...spans.map((span) => ledger.rows({ from: span.from, to: addDays(span.to, 1, timeZone), by: ['agent', 'model'] as const })),
  ]);
  const excess = new Map<string, number>();
  const add = (name: string, amount: number): void => void excess.set(name, (excess.get(name) ?? 0) + amount);
  const nameOf = (group: { agent?: string; model?: string }): string =>
    `${group.agent || 'agent not said'} on ${group.model || 'model not said'}`;
  for (const row of now) add(nameOf(row.group), picoToNumber(row.cost));
  for (const row of before.flat()) add(nameOf(row.group), -picoToNumber(row.cost) / spans.length);
  const direction = episode.direction === 'high' ? 1 : -1;
  const drivers = [...excess]
    .map(([name, amount]) => ({ name, amount: amount * direction }))
    .filter(({ amount }) => amount > Math.abs(episode.actual - episode.usual) * 0.2)
    .sort((a, b) => b.amount - a.amount)
    .slice(0, 3)
    .map(({ name }) => name);
  const largest = sessions.toSorted((a, b) => (a.cost < b.cost ? 1 : -1))[0];
  const part = largest && episode.actual > 0 ? picoToNumber(largest.cost) / episode.actual : 0;
  return largest?.group.session && part > 0.25
    ? [...drivers, `session ${largest.group.session.slice(0, 8)} (${Math.round(part * 100)} %)`]
    : drivers;
}
