import { z } from 'zod';
import { duration } from '../model/setting.ts';
import { parseWindow } from '../model/window.ts';
import { httpUrl, secretString, tls } from './fields.ts';

const command = z
  .array(z.string().min(1))
  .min(1)
  .describe('program and arguments; values go through stdin and stdout as JSON, never through arguments or the environment');

const requestHeaders = z.record(z.string(), secretString).default({}).describe('request headers');

const setter = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('none').describe('nobody has to be told: the value is shared by its consumers alone') }),
    z.strictObject({ type: z.literal('command'), command, timeout: duration.prefault('30s') }),
    z.strictObject({
      type: z.literal('http'),
      url: httpUrl.describe('told the new value: {"name", "value", "account"} as JSON'),
      method: z.enum(['POST', 'PUT', 'PATCH']).default('PUT'),
      revokeUrl: httpUrl.optional().describe('told to forget the old value, likewise'),
      headers: requestHeaders,
      tls: tls.optional(),
    }),
    z.strictObject({
      type: z.literal('redis'),
      url: z.string().regex(/^rediss?:\/\//, 'expected redis:// or rediss://'),
      adminUser: z.string().optional(),
      adminPassword: secretString.optional(),
      user: z.string().min(1).describe('ACL user; it may have both passwords for a while'),
      save: z.boolean().default(true).describe('ACL SAVE, or CONFIG REWRITE where there is no ACL file, after each change'),
      tls: tls.optional(),
    }),
    z.strictObject({
      type: z.literal('postgres'),
      url: secretString.describe('postgres:// URL of a role that may alter the others'),
      accounts: z.array(z.string().min(1)).min(1).max(2).describe('two roles that take turns; one alone needs --accept-downtime'),
    }),
  ])
  .describe('who must be told a value that agentops made');

const alphabets = ['letters-digits', 'base64url', 'hex', 'printable'] as const;

const issuer = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('random'),
      length: z.int().min(16).max(4096).default(40).describe('characters'),
      alphabet: z.enum(alphabets).default('letters-digits'),
      prefix: z.string().max(64).default(''),
      set: setter.default({ type: 'none' }),
    }),
    z.strictObject({
      type: z.literal('vault-database'),
      mount: z.string().default('database'),
      roles: z.array(z.string().min(1)).min(1).max(2).describe('static roles that take turns; one alone needs --accept-downtime'),
    }),
    z.strictObject({ type: z.literal('vault-database-root'), mount: z.string().default('database'), connection: z.string().min(1) }),
    z.strictObject({
      type: z.literal('openai'),
      url: httpUrl.default('https://api.openai.com'),
      adminKey: secretString,
      project: z.string().min(1).describe('project id'),
      presentKey: z.string().optional().describe('service account id of the key in use, for the first rotation'),
      tls: tls.optional(),
    }),
    z.strictObject({
      type: z.literal('anthropic'),
      url: httpUrl.default('https://api.anthropic.com'),
      adminKey: secretString,
      workspace: z.string().optional().describe('workspace id'),
      presentKey: z.string().optional().describe('id of the key in use, for the first rotation'),
      tls: tls.optional(),
    }),
    z.strictObject({
      type: z.literal('command'),
      command,
      timeout: duration.prefault('60s'),
      origin: z.enum(['ours', 'theirs']).default('theirs').describe('who makes the value: agentops or the command'),
      live: z.enum(['both', 'one']).default('both').describe('whether old and new are accepted side by side'),
      length: z.int().min(16).max(4096).default(40),
    }),
    z.strictObject({
      type: z.literal('hook'),
      command,
      timeout: duration.prefault('60s'),
      live: z.enum(['both', 'one']).default('both').describe('whether setSecret leaves the old value accepted'),
    }),
  ])
  .describe('who makes the value, and ends the old one');

const verifier = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('http'),
      url: httpUrl,
      method: z.enum(['GET', 'HEAD', 'POST']).default('GET'),
      header: z.string().default('Authorization').describe('header that carries the value'),
      scheme: z.string().default('Bearer').describe('word before the value; empty for none'),
      headers: requestHeaders,
      accept: z.array(z.int().min(100).max(599)).default([]).describe('statuses that mean accepted; default 200–299'),
      refuse: z.array(z.int().min(100).max(599)).default([401, 403]).describe('statuses that mean refused; any other tells nothing'),
      tls: tls.optional(),
    }),
    z.strictObject({
      type: z.literal('postgres'),
      host: z.string().min(1),
      port: z.int().min(1).max(65535).default(5432),
      database: z.string().default('postgres'),
      user: z.string().optional().describe('default: the account of the value'),
      tls: z.union([z.boolean(), tls]).default(false),
    }),
    z.strictObject({
      type: z.literal('redis'),
      url: z.string().regex(/^rediss?:\/\//, 'expected redis:// or rediss://'),
      user: z.string().optional(),
      tls: tls.optional(),
    }),
    z.strictObject({ type: z.literal('command'), command, timeout: duration.prefault('30s') }),
  ])
  .describe('tries a value before anybody uses it, and proves that a revoked one is refused');

const workload = z.strictObject({
  kind: z.enum(['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout']).default('Deployment'),
  name: z.string().min(1),
});

const consumer = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('kubernetes'),
      context: z.string().optional().describe('default: the first configured context'),
      namespace: z.string().min(1),
      secret: z.string().min(1).describe('Secret; {name} stands for the entry’s name, {secret} for the last part of its path'),
      keys: z
        .record(z.string(), z.string().min(1))
        .optional()
        .describe('field in Vault → key of the Secret; default the field under its own name'),
      mode: z
        .enum(['versioned', 'in-place'])
        .default('versioned')
        .describe('versioned: an immutable Secret a version and a changed reference; in-place: one Secret, where an overlap is proven'),
      workloads: z.array(workload).default([]).describe('whose pods take it up, in this order; the first is the canary'),
      settle: duration.prefault('10s').describe('how long new pods must stay ready'),
      timeout: duration.prefault('10m').describe('how long one workload may take'),
    }),
    z.strictObject({
      type: z.literal('file'),
      path: z.string().min(1).describe('replaced atomically, mode 0600'),
      field: z.string().optional().describe('default: the rotated field'),
    }),
    z.strictObject({
      type: z.literal('webhook'),
      url: httpUrl.describe('told that there is a new version: {"secret", "version", "rotation"}; never a value'),
      headers: requestHeaders,
      tls: tls.optional(),
    }),
  ])
  .describe('who uses the value');

const window = z.string().superRefine((text, context) => {
  const parsed = parseWindow(text);
  if (typeof parsed === 'string') context.addIssue({ code: 'custom', message: parsed });
});

/** One secret that agentops rotates, or a pattern for several. */
export const secretEntry = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9]([a-z0-9-]{0,50}[a-z0-9])?$/, 'expected lower-case letters, digits and dashes, at most 52')
      .describe('how commands call it'),
    vault: z
      .strictObject({
        mount: z.string().min(1).describe('KV v2 mount'),
        path: z.string().min(1).describe('secret below the mount; * at its end: each secret in that folder, named NAME-SECRET'),
        field: z.string().min(1).default('value').describe('field that is rotated; others stay'),
        accountField: z.string().optional().describe('field that holds the account, where the issuer has two that take turns'),
      })
      .optional()
      .describe('where the value is kept; left out for vault-database-root alone'),
    maxAge: duration.prefault('90d').describe('when it is due'),
    issuer: issuer.optional().describe('left out: its age is watched, and nothing is rotated'),
    verify: verifier.optional(),
    verifyWithin: duration.prefault('30s').describe('how long a new value may be refused before it counts: issuers take a while'),
    consumers: z.array(consumer).default([]),
    overlap: duration.prefault('24h').describe('how long both values stay valid after every consumer has the new one'),
    window: window.optional().describe('when --due may begin, such as "Mon-Fri 09:00-16:00" or "Sat,Sun 22:00-04:00"; default always'),
    batch: z.int().min(1).max(100).default(1).describe('workloads that restart at once, after the canary'),
  })
  .describe('a secret that agentops rotates');

/** What an entry gets wrong that its fields alone do not show. */
export function problemOf(
  entry: z.infer<typeof secretEntry>,
  earlier: readonly z.infer<typeof secretEntry>[],
): { readonly at: string; readonly message: string } | undefined {
  if (earlier.some(({ name }) => name === entry.name)) return { at: 'name', message: `"${entry.name}" is there twice` };
  const inside = entry.issuer?.type === 'vault-database-root';
  if (!entry.vault && !inside) return { at: 'vault', message: 'vault is missing: where the value is kept' };
  if (inside && (entry.vault || entry.consumers.length > 0)) {
    return { at: 'issuer', message: 'a root password never leaves Vault: it has neither vault nor consumers' };
  }
  const place = placeOf(entry);
  const other = earlier.find((each) => place !== undefined && placeOf(each) === place);
  if (other) {
    // What is known of a value (its key, its age) is kept with the whole secret: two rotations would mix it up.
    return { at: 'vault', message: `"${other.name}" rotates ${place} already: one secret in Vault has one entry` };
  }
  if (entry.vault && /\*/.test(entry.vault.path.replace(/(^|\/)\*$/, ''))) {
    return { at: 'vault', message: '* stands for each secret of a folder: it can only be the last part of a path, such as agents/*' };
  }
  const turns =
    (entry.issuer?.type === 'vault-database' && entry.issuer.roles.length === 2) ||
    (entry.issuer?.type === 'random' && entry.issuer.set.type === 'postgres' && entry.issuer.set.accounts.length === 2);
  if (turns && entry.vault?.accountField === undefined) {
    return { at: 'vault', message: 'accountField is missing: with two accounts that take turns consumers must be told which one' };
  }
  return undefined;
}

function placeOf({ vault }: z.infer<typeof secretEntry>): string | undefined {
  const parts = vault && [...vault.mount.split('/'), ...vault.path.split('/')].filter((part) => part !== '');
  return parts?.join('/');
}

/** Settings of rotations as such. */
export const rotation = z
  .strictObject({
    mount: z.string().optional().describe('KV v2 mount of locks, journals and audit records; default that of each secret'),
    folder: z.string().default('agentops').describe('folder in it'),
    lock: z
      .discriminatedUnion('type', [
        z.strictObject({ type: z.literal('vault') }),
        z.strictObject({ type: z.literal('lease'), namespace: z.string().min(1), context: z.string().optional() }),
      ])
      .default({ type: 'vault' })
      .describe('what keeps two rotations of one secret apart'),
    lockFor: duration.prefault('60s').describe('a lock that is not renewed for so long is free'),
    timeout: duration.prefault('1h').describe('deadline of one run'),
    notify: z
      .array(z.strictObject({ url: httpUrl, headers: requestHeaders, tls: tls.optional() }))
      .default([])
      .describe('webhooks that are told how a rotation ended; no value'),
  })
  .describe('how secrets are rotated');

export type SecretEntry = z.infer<typeof secretEntry>;
export type IssuerConfig = z.infer<typeof issuer>;
export type SetterConfig = z.infer<typeof setter>;
export type VerifierConfig = z.infer<typeof verifier>;
export type ConsumerConfig = z.infer<typeof consumer>;
export type RotationConfig = z.infer<typeof rotation>;
