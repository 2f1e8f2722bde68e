import { duration } from '../../model/format.ts';
import type { RotationOutcome } from '../../model/rotation-plan.ts';
import type { SecretStatus } from '../../model/secret-status.ts';
import type { Paint } from '../terminal/paint.ts';
import { columns } from '../terminal/text.ts';
import { headTime, statusWords } from '../words.ts';

/** What a terminal rendering of secrets is made for. */
export interface SecretsRender {
  /** Columns. */
  readonly width: number;
  readonly color: boolean;
  /** IANA name. */
  readonly timeZone: string;
}

/** `131 d`, `131–140 d`, `5 h`; a dash where there is none. */
export function ageText(age: SecretStatus['age']): string {
  if (!age) return '–';
  const from = span(age.minSeconds);
  if (age.maxSeconds === null) return `at least ${from}`;
  const to = span(age.maxSeconds);
  if (from === to) return from;
  const unit = / \w+$/.exec(from)?.[0];
  return unit !== undefined && to.endsWith(unit) && !to.slice(0, -unit.length).includes(' ')
    ? `${from.slice(0, -unit.length)}–${to}`
    : `${from} – ${to}`;
}

function span(seconds: number): string {
  return seconds === 0 ? '0 s' : duration(seconds * 1000);
}

export type Tone = 'fail' | 'warn' | 'unknown' | 'pass' | 'skipped';

const resultWords: Readonly<Record<RotationOutcome['result'], { readonly word: string; readonly tone: Tone }>> = {
  done: { word: 'done', tone: 'pass' },
  grace: { word: 'grace', tone: 'pass' },
  'rolled-back': { word: 'rolled back', tone: 'fail' },
  stopped: { word: 'stopped', tone: 'warn' },
  'needs-operator': { word: 'needs a person', tone: 'fail' },
  locked: { word: 'locked', tone: 'warn' },
  skipped: { word: 'skipped', tone: 'skipped' },
  unknown: { word: 'not seen', tone: 'unknown' },
  failed: { word: 'failed', tone: 'fail' },
};

/** Icon and word of how a run ended. */
export function resultText({ result, asked }: Pick<RotationOutcome, 'result' | 'asked'>): { readonly text: string; readonly tone: Tone } {
  const { word, tone: usual } = resultWords[result];
  const tone = asked ? 'pass' : usual;
  return { text: `${statusWords[tone].icon} ${word}`, tone };
}

/** Colour third, after icon and word. */
export function tint(paint: Paint, tone: Tone, text: string): string {
  const color = { fail: paint.red, warn: paint.yellow, unknown: paint.magenta, pass: paint.green, skipped: paint.dim }[tone];
  return color(text);
}

/** The beginning of a line in colour, where it is there. */
export function tintStart(paint: Paint, tone: Tone, line: string, start: string): string {
  return line.startsWith(start) ? tint(paint, tone, start) + line.slice(start.length) : line;
}

/** Two texts at both ends of a line, or one below the other where there is no room. */
export function bothEnds(left: string, right: string, width: number, at = 60): string[] {
  const from = Math.max(columns(left) + 3, Math.min(at, width - columns(right)));
  return from + columns(right) <= width ? [left.padEnd(from - (columns(left) - left.length)) + right] : [left, `  ${right}`];
}

const times = new Map<string, Intl.DateTimeFormat>();

/** `21 Nov 14:07`, with the year where it is another than now's; clocks of the zone in the head. */
export function shortTime(iso: string, now: string, timeZone: string): string {
  const key = `time ${timeZone}`;
  const format =
    times.get(key) ??
    new Intl.DateTimeFormat('en-GB', {
      timeZone,
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      hour12: false,
    });
  times.set(key, format);
  const parts = (text: string): Record<string, string> =>
    Object.fromEntries(format.formatToParts(new Date(text)).map(({ type, value }) => [type, value]));
  const at = parts(iso);
  const year = at.year === parts(now).year ? '' : ` ${at.year}`;
  return `${at.day} ${at.month}${year} ${at.hour}:${at.minute}`;
}

/** `21 Nov 14:07:31 CET (Europe/Berlin)`: the time and the zone that all other times are in. */
export function headClock(at: number, timeZone: string): string {
  const text = headTime(new Date(at).toISOString(), timeZone);
  return text.endsWith(` ${timeZone}`) ? text : `${text} (${timeZone})`;
}

/** A sentence whose times (RFC 3339, UTC) are those of the reader's clocks. `now`: ms since the epoch. */
export function withLocalTimes(text: string, now: number, timeZone: string): string {
  const iso = new Date(now).toISOString();
  return text.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (time) => shortTime(time, iso, timeZone));
}
