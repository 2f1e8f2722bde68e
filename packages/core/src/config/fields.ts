import { z } from 'zod';

/** `20s`, `500ms`, `5m`, `90d`, or a number of milliseconds → milliseconds. */
export const duration = z
  .union([
    z.number().nonnegative(),
    z.string().regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/, 'expected a duration such as 500ms, 20s, 5m, 24h or 90d'),
  ])
  .transform((value) => {
    if (typeof value === 'number') return value;
    const [, amount, unit] = /^([\d.]+)(ms|s|m|h|d)$/.exec(value) as RegExpExecArray;
    const factor = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit as 'ms' | 's' | 'm' | 'h' | 'd'];
    return Number(amount) * factor;
  });

/** An http(s) URL; credentials belong in their own settings, where they can be references. */
export const httpUrl = z.url({ protocol: /^https?$/, error: 'expected an http:// or https:// URL' });

export const tls = z
  .strictObject({
    caFile: z.string().optional().describe('PEM file with the certificate authorities to trust'),
    certFile: z.string().optional().describe('PEM file with the client certificate'),
    keyFile: z.string().optional().describe('PEM file with the client key'),
    serverName: z.string().optional().describe('name to expect in the server certificate'),
    insecureSkipVerify: z.boolean().default(false).describe('accept any server certificate; the report says so'),
  })
  .describe('TLS settings');

/** Marked, so that nothing prints the value: reference docs, JSON Schema and error messages show only the key. */
export const secretString = z.string().min(1).meta({ secret: true });
