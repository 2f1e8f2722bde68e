import { seeded } from './random.ts';
import { agents, day, type Tweaks } from './world.ts';

/** Spend by weekday, Sunday first, relative to a usual day. */
const weekdays = [0.9, 1.0, 1.03, 1.04, 1.02, 0.98, 0.9] as const;
/** What code-gen's use grows by a day: 4 % a week. */
const growth = 0.0056;

/** Days differ by chance too: ±6 %, the same whenever one asks. */
function chance(agent: string, date: number): number {
  const seed = [...agent].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), date);
  return 0.94 + 0.12 * seeded(seed)();
}

/** Tokens of an agent on the day of `time`, relative to those on the day of `now`: days differ, and one agent grows. */
export function pace(agent: string, time: number, now: number): number {
  const [date, today] = [Math.floor(time / day), Math.floor(now / day)];
  const usual = (at: number): number => (weekdays[new Date(at * day).getUTCDay()] ?? 1) * chance(agent, at);
  return (usual(date) / usual(today)) * (agent === 'code-gen' ? Math.exp(growth * (date - today)) : 1);
}

/** Tokens a second of an agent at a time. */
export function tokenRate(agent: (typeof agents)[number], time: number, now: number, tweaks: Tweaks): number {
  return agent.rate * agent.tokens * pace(agent.name, time, now) * (tweaks.tokenFactor?.(agent.name, (now - time) / 60_000) ?? 1);
}

/** Dollars that the platform spends from `since` until `now`, without any scenario. */
export function spentSince(since: number, now: number): number {
  let sum = 0;
  for (let from = since; from < now; ) {
    const to = Math.min(now, (Math.floor(from / day) + 1) * day);
    for (const agent of agents) sum += ((to - from) / 1000) * ((tokenRate(agent, from, now, {}) * agent.price) / 1e6);
    from = to;
  }
  return sum;
}
