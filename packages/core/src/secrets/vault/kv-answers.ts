import { z } from 'zod';
import type { KvMetadata } from '../ports.ts';
import type { SecretFields } from '../value.ts';
import { fieldsOf } from './fields.ts';
import { membersOf, type Span } from './json-bytes.ts';

/** Vault keeps so many versions where neither key nor mount says. */
const defaultKept = 10;

const instant = z.string().transform((text, context) => {
  const at = Date.parse(text);
  if (Number.isNaN(at)) context.addIssue({ code: 'custom', message: 'no time' });
  return at;
});

const metadataAnswer = z.object({
  data: z.object({
    current_version: z.int().nonnegative(),
    max_versions: z.int().nonnegative().default(0),
    cas_required: z.boolean().default(false),
    custom_metadata: z.record(z.string(), z.string()).nullish(),
    versions: z
      .record(z.string(), z.object({ created_time: instant, deletion_time: z.string().default(''), destroyed: z.boolean().default(false) }))
      .nullish(),
  }),
});

const configAnswer = z.object({ data: z.object({ max_versions: z.int().nonnegative(), cas_required: z.boolean() }) });
export interface MountConfig {
  readonly maxVersions: number;
  readonly casRequired: boolean;
}

/** GET <mount>/config; undefined where it is not that. */
export function parseConfig(body: Buffer): MountConfig | undefined {
  const config = configAnswer.safeParse(parseJson(body)).data?.data;
  return config && { maxVersions: config.max_versions, casRequired: config.cas_required };
}

/** GET <mount>/metadata/<path>; undefined where it is not that. `mount`: its settings, where they may be seen. */
export function parseMetadata(body: Buffer, mount: MountConfig | undefined, now: number): KvMetadata | undefined {
  const data = metadataAnswer.safeParse(parseJson(body)).data?.data;
  if (!data) return undefined;
  return {
    currentVersion: data.current_version,
    versions: Object.entries(data.versions ?? {})
      .map(([version, { created_time, deletion_time, destroyed }]) => ({
        version: Number(version),
        createdAt: created_time,
        // From delete_version_after the time may lie ahead.
        gone: destroyed || (deletion_time !== '' && !(Date.parse(deletion_time) > now)),
      }))
      .sort((a, b) => a.version - b.version),
    customMetadata: data.custom_metadata ?? {},
    keptVersions: mount && (Math.max(data.max_versions, mount.maxVersions) || defaultKept),
    maxVersions: data.max_versions,
    casRequired: data.cas_required || (mount?.casRequired ?? false),
  };
}

const versionInfo = z.object({ version: z.int().positive(), created_time: instant });

/** Which version an answer of <mount>/data/ speaks of. */
export interface VersionInfo {
  readonly version: number;
  readonly createdAt: number;
}

/** The answer to a write: `data` is the new version's metadata. */
export function parseWritten(body: Buffer): VersionInfo | undefined {
  return versionOf(z.object({ data: versionInfo }).safeParse(parseJson(body)).data?.data);
}

/**
 * GET <mount>/data/<path>: where the value stands in the bytes, and of which
 * version it is. `value` undefined: the version is deleted or destroyed.
 * Undefined where it is not such an answer.
 */
export function locateValue(body: Buffer): (VersionInfo & { readonly value: Span | undefined }) | undefined {
  try {
    const data = membersOf(body).get('data');
    const members = data && membersOf(body, data);
    const [metadata, value] = [members?.get('metadata'), members?.get('data')];
    if (!metadata || !value) return undefined;
    const info = versionOf(versionInfo.safeParse(parseJson(body.subarray(metadata.start, metadata.end))).data);
    const isNull = body.toString('latin1', value.start, value.end) === 'null';
    return info && { ...info, value: isNull ? undefined : value };
  } catch {
    return undefined;
  }
}

/** The strings (and the rest) under `data` of an answer, e.g. of static credentials. */
export function dataFields(body: Buffer): SecretFields | undefined {
  try {
    const data = membersOf(body).get('data');
    return data && fieldsOf(body, data);
  } catch {
    return undefined;
  }
}

/** LIST: names, folders with a slash at their end. */
export function parseNames(body: Buffer): readonly string[] | undefined {
  return z.object({ data: z.object({ keys: z.array(z.string()) }) }).safeParse(parseJson(body)).data?.data.keys;
}

function versionOf(info: z.infer<typeof versionInfo> | undefined): VersionInfo | undefined {
  return info && { version: info.version, createdAt: info.created_time };
}

/** Undefined where it is none. */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
