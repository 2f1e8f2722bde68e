import { median } from 'simple-statistics';
import { theilSen } from './trend.ts';

/** A day (or several in a row) that is not like the same weekdays before it. */
export interface Episode {
  /** Positions in the series, both inclusive. */
  readonly from: number;
  readonly to: number;
  readonly direction: 'high' | 'low';
  /** Sums over the episode. */
  readonly actual: number;
  readonly usual: number;
  /** actual ÷ usual; null where nothing is usual. */
  readonly ratio: number | null;
  /** The largest robust z-score in it; negative where low. */
  readonly score: number;
}

export type AnomalyResult =
  | { readonly ok: true; readonly episodes: readonly Episode[] /** Days that could be judged. */; readonly judged: number }
  | { readonly ok: false; readonly needs: number; readonly why: string };

export interface AnomalyOptions {
  /** First position that is judged; what lies before is history only. */
  readonly from?: number;
  /** Robust z-score from which a day stands out. 3.5 as in Iglewicz and Hoaglin, How to Detect and Handle Outliers (1993). */
  readonly threshold?: number;
}

const week = 7;
const fewestWeeks = 4;
const mostWeeks = 8;
/** MAD of a normal distribution × this is its standard deviation. */
const madScale = 1.4826;
/** A day within this share of the usual never stands out, however constant the series is. */
const relativeFloor = 0.05;
/** Nor does what is within this share of a usual day of any weekday: a dollar on an idle Sunday is no incident. */
const overallFloor = 0.02;

/**
 * Judges each day against the same weekdays of the four to eight weeks before
 * it: their median is the usual value; the scale is the largest of their MAD,
 * the relative MAD of the whole window and a floor. A significant trend within
 * the window is taken out first. `null` is a day that was not seen: it is
 * neither judged nor history.
 */
export function anomalies(values: readonly (number | null)[], options: AnomalyOptions = {}): AnomalyResult {
  const { from = 0, threshold = 3.5 } = options;
  const least = fewestWeeks * week + 1;
  if (values.length < least)
    return { ok: false, needs: least - values.length, why: `a day is judged by ${fewestWeeks} of the same weekday before it` };
  let judged = 0;
  const marked: Marked[] = [];
  for (let day = Math.max(from, fewestWeeks * week); day < values.length; day += 1) {
    const usual = usualOf(values, day);
    const actual = values[day];
    if (!usual || actual === null || actual === undefined) continue;
    judged += 1;
    const score = (actual - usual.value) / usual.scale;
    if (Math.abs(score) >= threshold) marked.push({ day, actual, usual: usual.value, score });
  }
  if (judged === 0) return { ok: false, needs: 1, why: 'too many of the days before were not seen' };
  return { ok: true, episodes: merge(marked), judged };
}

interface Marked {
  readonly day: number;
  readonly actual: number;
  readonly usual: number;
  readonly score: number;
}

/** What is usual on that day, and the scale of its scatter (> 0); undefined where too little was seen. */
function usualOf(values: readonly (number | null)[], day: number): { value: number; scale: number } | undefined {
  const start = Math.max(0, day - mostWeeks * week);
  const window = detrended(values.slice(start, day));
  // Position of the same weekday within the window.
  const phase = (day - start) % week;
  const same = everyWeek(window, phase);
  if (same.length < fewestWeeks) return undefined;
  const value = Math.max(0, median(same));
  const relative: number[] = [];
  const medians: number[] = [];
  for (let weekday = 0; weekday < week; weekday += 1) {
    const peers = everyWeek(window, weekday);
    if (peers.length > 0) medians.push(median(peers));
    if (peers.length < 3) continue;
    // Each value against the others alone: against a median that it is part of, it would look too near.
    for (let i = 0; i < peers.length; i += 1) {
      const others = median(peers.toSpliced(i, 1));
      if (others > 0) relative.push(Math.abs((peers[i] ?? 0) - others) / others);
    }
  }
  const own = madScale * median(same.map((peer) => Math.abs(peer - value)));
  const shared = relative.length > 0 ? madScale * median(relative) * value : 0;
  const typical = Math.max(0, median(medians));
  const floor = (relativeFloor * value + overallFloor * typical) / 3.5;
  const scale = Math.max(own, shared, floor);
  // Nothing was ever spent: the first cent would be infinitely unusual, and is only the beginning.
  return { value, scale: scale > 0 ? scale : Number.POSITIVE_INFINITY };
}

function everyWeek(window: readonly (number | null)[], phase: number): number[] {
  return window.filter((value, i): value is number => i % week === phase && value !== null);
}

/** The window as if it had been on the level of its end all the time, where it has a trend at all. */
function detrended(window: readonly (number | null)[]): (number | null)[] {
  const seen = window.filter((value): value is number => value !== null);
  if (seen.length < window.length) return [...window];
  const trend = theilSen(seen, { period: week });
  if (!trend.ok || !trend.significant) return [...window];
  return seen.map((value, i) => value + trend.slope * (window.length - i));
}

/** Consecutive days in one direction are one episode. */
function merge(marked: readonly Marked[]): Episode[] {
  const episodes: Episode[] = [];
  for (const { day, actual, usual, score } of marked) {
    const direction = score > 0 ? 'high' : 'low';
    const last = episodes.at(-1);
    if (last && last.to === day - 1 && last.direction === direction) {
      const sums = { actual: last.actual + actual, usual: last.usual + usual };
      const worst = Math.abs(score) > Math.abs(last.score) ? score : last.score;
      episodes[episodes.length - 1] = { ...last, to: day, ...sums, ratio: ratio(sums.actual, sums.usual), score: worst };
    } else episodes.push({ from: day, to: day, direction, actual, usual, ratio: ratio(actual, usual), score });
  }
  return episodes;
}

function ratio(actual: number, usual: number): number | null {
  return usual > 0 ? actual / usual : null;
}
