import { z } from 'zod';

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
