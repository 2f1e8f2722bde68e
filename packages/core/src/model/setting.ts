import { z } from 'zod';

/** `20s`, `500ms`, `5m`, `90d`, or a number of milliseconds → milliseconds. */
export const duration = z
  .union([
    z.number().nonnegative(),
    z.string().regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/, 'expected a duration such as 500ms, 20s, 5m, 24h or 90d'),
  ])
  .meta({ title: 'duration' })
  .transform((value) => {
    if (typeof value === 'number') return value;
    const [, amount, unit] = /^([\d.]+)(ms|s|m|h|d)$/.exec(value) as RegExpExecArray;
    const factor = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit as 'ms' | 's' | 'm' | 'h' | 'd'];
    return Number(amount) * factor;
  });
