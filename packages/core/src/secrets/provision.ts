import { AgentOpsError } from '../errors.ts';
import { customMetadata, isFinal } from '../model/rotation.ts';
import { failureKind } from './failure.ts';
import { seen } from './list.ts';
import type { RotationParts } from './parts.ts';
import type { KvMetadata, KvPath, RunContext } from './ports.ts';
import { presentOf, targetOf } from './rotate/current.ts';
import { newestJournal } from './rotate/keeper.ts';
import { type SecretFields, type SecretValue, wipeFields } from './value.ts';

export interface StoreRequest {
  /** Undefined: the field that the entry names. */
  readonly field: string | undefined;
  /** Wiped by the caller. */
  readonly value: SecretValue;
  readonly by: string;
  /** Asked before a version is written over another. */
  confirm(before: { readonly version: number; readonly hasField: boolean }): Promise<boolean>;
}

export interface Stored {
  readonly result: 'stored' | 'unchanged' | 'declined';
  readonly location: string;
  readonly field: string;
  /** That serves now; 0: none. */
  readonly version: number;
  /** Why no audit record was left; undefined: it was, or nothing was done. */
  readonly notRecorded: string | undefined;
}

/**
 * Writes a value that a person brings as a new version, with check-and-set on
 * the version that was seen; other fields are kept. Throws `conflict` where
 * somebody else wrote meanwhile, and refuses while a rotation is under way.
 */
export async function storeValue(parts: RotationParts, request: StoreRequest, context: RunContext): Promise<Stored> {
  const target = placeOf(parts);
  const field = request.field ?? target.field;
  await refuseWhileRotating(parts);
  const [metadata, read] = await Promise.all([parts.kv.metadata(target), parts.kv.read(target)]);
  const done = { location: `${target.mount}/${target.path}`, field, notRecorded: undefined };
  // A deleted version counts for check-and-set as well.
  // What was read is what is carried over: a version that came between the two looks must not be written over.
  const before = read ? read.version : (metadata?.currentVersion ?? 0);
  try {
    const present = read?.fields.get(field);
    if (present?.equals(request.value)) return { ...done, result: 'unchanged', version: before };
    if (before > 0 && !(await request.confirm({ version: before, hasField: present !== undefined }))) {
      return { ...done, result: 'declined', version: before };
    }
    const version = await write(parts, target, new Map([...(read?.fields ?? []), [field, request.value]]), before, field);
    if (field !== target.field) await keepAge(parts, target, metadata, version);
    const notRecorded = await record(parts, context, { by: request.by, event: 'stored', version, detail: `field ${field}` });
    return { ...done, result: 'stored', version, notRecorded };
  } finally {
    wipeFields(read?.fields);
  }
}

export interface Fetched {
  readonly location: string;
  readonly field: string;
  readonly version: number;
  /** The caller wipes it. */
  readonly value: SecretValue;
  /** RFC 3339: when the value was made, as far as metadata tell. */
  readonly madeAt: string;
  /** Why no audit record was left; undefined: it was. */
  readonly notRecorded: string | undefined;
}

/** Reads one field's present value for a person; `where` says in the audit record what became of it. */
export async function fetchValue(
  parts: RotationParts,
  request: { readonly field: string | undefined; readonly by: string; readonly where: string },
  context: RunContext,
): Promise<Fetched> {
  const target = placeOf(parts);
  const field = request.field ?? target.field;
  const location = `${target.mount}/${target.path}`;
  const read = await parts.kv.read(target);
  if (!read) throw new AgentOpsError('rotation', `${location} has no value`, { hint: `agentops secrets store ${parts.entry.name}` });
  try {
    const value = read.fields.get(field);
    if (!value) {
      const others = [...read.fields.keys()];
      throw new AgentOpsError('usage', `${location} has no field "${field}"`, {
        hint: others.length > 0 ? `--field: one of ${others.join(', ')}` : 'it has none at all',
      });
    }
    const notRecorded = await record(parts, context, {
      by: request.by,
      event: 'fetched',
      version: read.version,
      detail: `field ${field} ${request.where}`,
    });
    const metadata = await seen(() => parts.kv.metadata(target));
    const since = metadata.seen && metadata.is?.currentVersion === read.version ? presentOf(metadata.is).since : undefined;
    const madeAt = new Date(since ?? read.createdAt).toISOString();
    return { location, field, version: read.version, value: value.copy(), madeAt, notRecorded };
  } finally {
    wipeFields(read.fields);
  }
}

function placeOf(parts: RotationParts): NonNullable<ReturnType<typeof targetOf>> {
  const target = targetOf(parts);
  if (target) return target;
  throw new AgentOpsError('usage', `the value of ${parts.entry.name} never leaves Vault`, { hint: 'it can only be rotated' });
}

/** Another version in the middle of a rotation would stop it for a person to look at. */
async function refuseWhileRotating(parts: RotationParts): Promise<void> {
  const { name, issuer } = parts.entry;
  if (!issuer) return;
  const newest = await newestJournal(parts.journal, name);
  if (!newest || isFinal(newest.journal.state)) return;
  throw new AgentOpsError('usage', `a rotation of ${name} is under way: it stands at ${newest.journal.state}`, {
    hint: `first agentops secrets resume ${name}, or rollback ${name}`,
  });
}

async function write(parts: RotationParts, at: KvPath, fields: SecretFields, cas: number, field: string): Promise<number> {
  try {
    return (await parts.kv.write(at, fields, cas)).version;
  } catch (error) {
    // A lost answer tells nothing: look whether it was written.
    if (failureKind(error) !== 'transient') throw error;
    const read = await parts.kv.read(at);
    const value = fields.get(field);
    try {
      if (read?.version === cas + 1 && value !== undefined && read.fields.get(field)?.equals(value)) return read.version;
    } finally {
      wipeFields(read?.fields);
    }
    throw error;
  }
}

/** The rotated field is as old as before, though its version is new; and its key at the issuer is the same. */
async function keepAge(parts: RotationParts, at: KvPath, before: KvMetadata | undefined, version: number): Promise<void> {
  const { since } = presentOf(before);
  if (since === undefined) return;
  const ours = before?.customMetadata[customMetadata.version] === String(before?.currentVersion);
  const entries = { [customMetadata.version]: String(version), [customMetadata.valueSince]: new Date(since).toISOString() };
  // What an earlier version left is void, and must not come to life again.
  const stale = [customMetadata.rotation, customMetadata.keyId, customMetadata.keyName, customMetadata.keyParent, customMetadata.account];
  const clear = ours ? {} : Object.fromEntries(stale.map((name) => [name, null]));
  await parts.kv.configure(at, { customMetadata: { ...clear, ...entries } });
}

async function record(
  parts: RotationParts,
  context: RunContext,
  { by, event, version, detail }: { by: string; event: 'stored' | 'fetched'; version: number; detail: string },
): Promise<string | undefined> {
  const at = new Date(context.host.clock.now()).toISOString();
  const result = await seen(() => parts.audit.append({ at, by, secret: parts.entry.name, event, rotation: null, version, detail }));
  return result.seen ? undefined : result.why;
}
