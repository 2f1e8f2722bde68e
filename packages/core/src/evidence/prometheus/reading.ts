import type { NoReading, Reading } from '../../model/prometheus.ts';
import type { Sample } from './response.ts';
import { classifyOutcome, type Outcome } from './status.ts';

/** No value, and why. */
export function none(cause: NoReading, why: string): Reading {
  return { value: null, cause, why };
}

/** A finite number, or `unseen` for NaN and infinities. */
export function exactly(value: number): Reading {
  return Number.isFinite(value) ? { value } : none('unseen', 'not a number');
}

/** Requests by outcome. `unfinished` ones are no requests yet and are left out by {@link addOutcome}. */
export interface Tally {
  total: number;
  succeeded: number;
  failed: number;
  /** Requests whose status word is not known, and those words. */
  unclear: number;
  readonly unclearWords: Set<string>;
  /** Some request had no outcome label at all. */
  unlabelled: boolean;
}

export function emptyTally(): Tally {
  return { total: 0, succeeded: 0, failed: 0, unclear: 0, unclearWords: new Set(), unlabelled: false };
}

/** Adds one series' requests to a tally by its outcome labels. */
export function addOutcome(
  tally: Tally,
  labels: Sample['labels'],
  count: number,
  group: { readonly outcomeLabels: readonly string[]; readonly errorLabel?: string },
): void {
  const word = group.outcomeLabels.map((label) => labels[label]).find((value) => value !== undefined && value !== '');
  let outcome: Outcome | undefined = word === undefined ? undefined : classifyOutcome(word);
  if (group.errorLabel !== undefined) outcome = labels[group.errorLabel] ? 'failed' : 'succeeded';
  if (outcome === 'unfinished') return;
  tally.total += count;
  if (outcome === 'succeeded') tally.succeeded += count;
  else if (outcome === 'failed') tally.failed += count;
  else if (outcome === 'unknown') {
    tally.unclear += count;
    if (count > 0 && word !== undefined) tally.unclearWords.add(word);
  } else if (outcome === undefined) tally.unlabelled = true;
}

/** A share of the tally; requests of unclear outcome make it a range. */
export function share(part: number, tally: Tally): Reading {
  const value = part / tally.total;
  if (tally.unclear === 0) return exactly(value);
  const words = [...tally.unclearWords]
    .sort()
    .slice(0, 5)
    .map((word) => `"${word}"`)
    .join(', ');
  return { value, low: value, high: (part + tally.unclear) / tally.total, why: `status values not understood: ${words}` };
}
