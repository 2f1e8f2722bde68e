/** `24 h`, `90 d`, `30 min`, `5 s`: a configured span as people say it. */
export function durationText(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1000],
  ] as const;
  const [unit, size] = units.find(([name, each]) => ms >= each * (name === 'd' ? 2 : 1) && ms % each === 0) ??
    units.find(([, each]) => ms >= each) ?? ['s', 1000];
  return `${Number((ms / size).toFixed(1))} ${unit}`;
}
