import { z } from 'zod';
import type { VaultSecret } from '../../model/servers.ts';

const version = z.object({
  created_time: z.string(),
  deletion_time: z.string().default(''),
  destroyed: z.boolean().default(false),
});

const metadataAnswer = z.object({
  data: z.object({
    current_version: z.int().nonnegative(),
    versions: z.record(z.string(), version).nullish(),
    custom_metadata: z.record(z.string(), z.string()).nullish(),
  }),
});

const listAnswer = z.object({ data: z.object({ keys: z.array(z.string()) }) });

/**
 * Reads the answer of GET <mount>/metadata/<path>; undefined where it is not
 * one. The age is that of the current version's creation: `updated_time` moves
 * with metadata writes on OpenBao. A deletion time in the future (from
 * delete_version_after) has not come yet.
 */
export function parseMetadata(answer: unknown, mount: string, path: string, now: number): VaultSecret | undefined {
  const metadata = metadataAnswer.safeParse(answer).data?.data;
  if (!metadata) return undefined;
  const created = Object.entries(metadata.versions ?? {}).map(([number, { created_time }]) => [number, Date.parse(created_time)] as const);
  const common = {
    mount,
    path,
    currentVersion: metadata.current_version,
    customMetadata: metadata.custom_metadata ?? {},
    versions: Object.fromEntries(created.filter(([, at]) => !Number.isNaN(at))),
  };
  const current = metadata.versions?.[String(metadata.current_version)];
  // Metadata can be written before any value is; version 0 never holds one.
  if (metadata.current_version === 0) return { ...common, versionCreatedAt: 0, deleted: true };
  const createdAt = Date.parse(current?.created_time ?? '');
  if (!current || Number.isNaN(createdAt)) return undefined;
  const deletedAt = current.deletion_time === '' ? Number.NaN : Date.parse(current.deletion_time);
  return { ...common, versionCreatedAt: createdAt, deleted: current.destroyed || deletedAt <= now };
}

/** Reads the answer of a LIST: names, folders end in a slash. */
export function parseList(answer: unknown): readonly string[] | undefined {
  return listAnswer.safeParse(answer).data?.data.keys;
}
