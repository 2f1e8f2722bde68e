/**
 * Access to JSON that a server sent: a field of the wrong type reads as absent,
 * so one odd object cannot end a run.
 */
export type Raw = Readonly<Record<string, unknown>>;

const nothing: Raw = Object.freeze({});

export function isRaw(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function raw(value: unknown): Raw {
  return isRaw(value) ? value : nothing;
}

/** The objects of an array; empty where it is none. */
export function raws(value: unknown): readonly Raw[] {
  return Array.isArray(value) ? value.filter(isRaw) : [];
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A string, or undefined where there is none or an empty one. */
export function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function count(value: unknown, otherwise = 0): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise;
}

/** RFC 3339 → ms since the epoch; 0 where there is none. */
export function time(value: unknown): number {
  if (typeof value !== 'string') return 0;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? 0 : ms;
}

/** A map of strings (labels, annotations, matchLabels). */
export function stringMap(value: unknown): Readonly<Record<string, string>> {
  const map: Record<string, string> = {};
  for (const [key, entry] of Object.entries(raw(value))) if (typeof entry === 'string') map[key] = entry;
  return map;
}

export function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}
