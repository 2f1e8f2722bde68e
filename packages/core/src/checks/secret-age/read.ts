/** One day, ms. */
export const day = 86_400_000;

/** RFC 3339, a date (UTC), or Unix time in seconds or milliseconds → ms; undefined where it is none of these. */
export function parseTime(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^\d{10}$/.test(trimmed)) return Number(trimmed) * 1000;
  if (/^\d{13}$/.test(trimmed)) return Number(trimmed);
  // A time without a zone would be read in the zone of whoever runs this.
  if (!/^\d{4}-\d{2}-\d{2}([Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:\d{2}))?$/.test(trimmed)) return undefined;
  const at = Date.parse(trimmed.replace(' ', 'T'));
  return Number.isNaN(at) ? undefined : at;
}

/** `30d`, `12h`, `2w`, `90` (days) → ms; undefined where it is none of these or not above 0. */
export function parseMaxAge(text: string): number | undefined {
  const [, amount, unit = 'd'] = /^(\d+(?:\.\d+)?)\s*(m|h|d|w)?$/.exec(text.trim()) ?? [];
  if (amount === undefined) return undefined;
  const factor = { m: 60_000, h: 3_600_000, d: day, w: 7 * day }[unit as 'm' | 'h' | 'd' | 'w'];
  return Number(amount) > 0 ? Number(amount) * factor : undefined;
}

/** An entry of a map that may hold keys such as `constructor`. */
export function own<T>(map: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}
