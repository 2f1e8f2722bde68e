const blocks = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** `▂▃▃▅▇`: one block a value, scaled to the greatest; zero is the lowest block, an unknown value a space. */
export function sparkline(values: readonly (number | null)[]): string {
  const most = Math.max(0, ...values.map((value) => value ?? 0));
  return values
    .map((value) => {
      if (value === null) return ' ';
      if (most === 0 || value <= 0) return blocks[0];
      return blocks[Math.min(7, Math.max(1, Math.ceil((value / most) * 7)))];
    })
    .join('');
}

/** At most `width` values: neighbours become their mean, for not all groups are equally large. Unknown only where all of them are. */
export function resample(values: readonly (number | null)[], width: number): (number | null)[] {
  if (values.length <= width) return [...values];
  return Array.from({ length: width }, (_, index) => {
    const part = values.slice(Math.floor((index * values.length) / width), Math.floor(((index + 1) * values.length) / width));
    const known = part.filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
  });
}
