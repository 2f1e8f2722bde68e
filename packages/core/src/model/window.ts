/** When something may begin: days of the week and a span of local time, which may pass midnight. */
export interface Window {
  /** 0 is Sunday. The day on which the span begins. */
  readonly days: ReadonlySet<number>;
  /** Minutes since local midnight. */
  readonly from: number;
  /** Minutes since local midnight; at most `from`: it ends on the next day. */
  readonly to: number;
}

const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** `Mon-Fri 09:00-16:00`, `Sat,Sun 22:00-04:00`, `02:00-05:00`. Answers what is wrong as a sentence. */
export function parseWindow(text: string): Window | string {
  const match = /^(?:([A-Za-z,-]+)\s+)?(\d{2}):(\d{2})-(\d{2}):(\d{2})$/.exec(text.trim());
  if (!match) return 'expected days and hours such as "Mon-Fri 09:00-16:00"';
  const [, dayText, fromHour, fromMinute, toHour, toMinute] = match;
  const from = Number(fromHour) * 60 + Number(fromMinute);
  const to = Number(toHour) * 60 + Number(toMinute);
  if (from >= 1440 || to > 1440 || Number(fromMinute) > 59 || Number(toMinute) > 59) return 'hours go from 00:00 to 24:00';
  if (from === to) return 'the window is empty';
  const days = dayText === undefined ? new Set([0, 1, 2, 3, 4, 5, 6]) : parseDays(dayText);
  return typeof days === 'string' ? days : { days, from, to };
}

function parseDays(text: string): Set<number> | string {
  const days = new Set<number>();
  for (const part of text.split(',')) {
    const [first = '', last = first, ...rest] = part.split('-').map((name) => name.toLowerCase().slice(0, 3));
    const [start, end] = [dayNames.indexOf(first), dayNames.indexOf(last)];
    if (start < 0 || end < 0 || rest.length > 0) return `unknown day in "${part}"; expected Mon, Tue, Wed, Thu, Fri, Sat or Sun`;
    for (let day = start; ; day = (day + 1) % 7) {
      days.add(day);
      if (day === end) break;
    }
  }
  return days;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Made once a zone: making one takes a hundred times as long as using it. */
function formatter(timeZone: string): Intl.DateTimeFormat {
  let found = formatters.get(timeZone);
  if (!found) {
    found = new Intl.DateTimeFormat('en-US', { timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
    formatters.set(timeZone, found);
  }
  return found;
}

/** Whether clocks in the zone show a time within the window. */
export function isInWindow(window: Window, at: number, timeZone: string): boolean {
  const parts = new Map(
    formatter(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const day = dayNames.indexOf((parts.get('weekday') ?? '').toLowerCase());
  const minute = Number(parts.get('hour')) * 60 + Number(parts.get('minute'));
  if (window.from < window.to) return window.days.has(day) && minute >= window.from && minute < window.to;
  // It passes midnight: the early hours belong to the day before.
  return (window.days.has(day) && minute >= window.from) || (window.days.has((day + 6) % 7) && minute < window.to);
}

/** First minute from `at` on that lies within the window, ms; looks eight days ahead. */
export function nextOpening(window: Window, at: number, timeZone: string): number | undefined {
  const minute = 60_000;
  const start = Math.ceil(at / minute) * minute;
  for (let time = start; time < start + 8 * 86_400_000; time += minute) {
    if (isInWindow(window, time, timeZone)) return time;
  }
  return undefined;
}
