import { AgentOpsError } from '../errors.ts';

/** One step of a field: all of it, a value or a range, each with a step or without. */
interface Part {
  readonly from: number;
  /** Equal to `from`: one value. */
  readonly to: number;
  readonly step: number;
}

/** Null: every value. */
type Field = readonly Part[] | null;

/** Five fields as cron reads them, checked. */
export interface CronExpression {
  /** As cron and Kubernetes both read it. */
  readonly text: string;
  readonly minute: Field;
  readonly hour: Field;
  readonly dayOfMonth: Field;
  readonly month: Field;
  readonly dayOfWeek: Field;
}

const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const macros: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
};

/**
 * Reads `minute hour day-of-month month day-of-week`, or `@hourly`, `@daily`,
 * `@weekly`, `@monthly`. Throws `usage`, which names the option and the field.
 */
export function parseCron(option: string, text: string): CronExpression {
  const spaced = macros[text.trim()] ?? text.trim().split(/\s+/).join(' ');
  const fields = spaced.split(' ');
  if (fields.length !== 5) {
    throw new AgentOpsError('usage', `${option}: "${text}" is not a schedule of five fields`, { hint: 'such as "7 * * * *" or @daily' });
  }
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = ''] = fields;
  const read = (field: string, what: string, least: number, most: number, names: readonly string[] = []): Field => {
    const parsed = parseField(field, least, most, names);
    if (parsed !== undefined) return parsed;
    throw new AgentOpsError('usage', `${option}: "${field}" is no ${what}`, {
      hint: `${least} to ${most}, *, lists, ranges, steps such as */15`,
    });
  };
  const week = read(dayOfWeek, 'day of the week', 0, 7, days);
  return {
    // Kubernetes does not know that 7 is Sunday.
    text: week?.some(({ to }) => to === 7) ? [minute, hour, dayOfMonth, month, daysOf(week).sort().join(',')].join(' ') : spaced,
    minute: read(minute, 'minute', 0, 59),
    hour: read(hour, 'hour', 0, 23),
    dayOfMonth: read(dayOfMonth, 'day of a month', 1, 31),
    month: read(month, 'month', 1, 12, ['', ...months]),
    dayOfWeek: week,
  };
}

/** Undefined: not a field. */
function parseField(text: string, least: number, most: number, names: readonly string[]): Field | undefined {
  if (text === '*') return null;
  const parts: Part[] = [];
  for (const piece of text.split(',')) {
    const match = /^(?:(\*)|(\w+)(?:-(\w+))?)(?:\/(\d{1,3}))?$/.exec(piece);
    if (!match) return undefined;
    const [, all, first = '', last, stepText] = match;
    const step = stepText === undefined ? 1 : Number(stepText);
    // `5/10` means "from 5 on" to some crons and nothing to others.
    if (step < 1 || (stepText !== undefined && all === undefined && last === undefined)) return undefined;
    const from = all ? least : numberOf(first, names);
    const to = all ? most : last === undefined ? from : numberOf(last, names);
    if (from === undefined || to === undefined || from < least || to > most || from > to) return undefined;
    parts.push({ from, to, step });
  }
  return parts;
}

function numberOf(text: string, names: readonly string[]): number | undefined {
  if (/^\d{1,2}$/.test(text)) return Number(text);
  const index = names.indexOf(text.toLowerCase());
  return text !== '' && index >= 0 ? index : undefined;
}

/**
 * The same as systemd's OnCalendar says it. Throws `usage` where cron means
 * "either" (a day of the month and one of the week): OnCalendar means "both".
 */
export function onCalendar(option: string, cron: CronExpression, timeZone: string | undefined): string {
  if (cron.dayOfMonth !== null && cron.dayOfWeek !== null) {
    throw new AgentOpsError('usage', `${option}: systemd cannot say "this day of the month, or that day of the week"`, {
      hint: 'give one of the two',
    });
  }
  const number = (field: Field, most: number, width = 2): string => {
    if (field === null) return '*';
    const digits = (value: number): string => String(value).padStart(width, '0');
    return field
      .map(({ from, to, step }) => {
        if (from === to) return digits(from);
        // systemd's own way to say "every 15 minutes" has no end: it is the field's.
        if (step > 1) return to === most ? `${digits(from)}/${step}` : valuesOf(from, to, step).map(digits).join(',');
        return `${digits(from)}..${digits(to)}`;
      })
      .join(',');
  };
  const date = `*-${number(cron.month, 12)}-${number(cron.dayOfMonth, 31)}`;
  const time = `${number(cron.hour, 23)}:${number(cron.minute, 59)}:00`;
  return [weekdays(cron.dayOfWeek), date, time, timeZone].filter((part) => part !== undefined).join(' ');
}

/** By name: cron's 0 and 7 are both Sunday. */
function weekdays(field: Field): string | undefined {
  if (field === null) return undefined;
  const wanted = new Set(daysOf(field));
  const name = (day: number): string => `${days[day]?.charAt(0).toUpperCase()}${days[day]?.slice(1)}`;
  // A week begins on Monday to systemd.
  return [1, 2, 3, 4, 5, 6, 0]
    .filter((day) => wanted.has(day))
    .map(name)
    .join(',');
}

/** From 0, Sunday, to 6, each once. */
function daysOf(field: readonly Part[]): number[] {
  return [...new Set(field.flatMap(({ from, to, step }) => valuesOf(from, to, step)).map((day) => day % 7))];
}

function valuesOf(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
}
