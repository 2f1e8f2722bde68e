import { customMetadata, type IssuerKey } from '../../model/rotation.ts';
import type { RotationParts } from '../parts.ts';
import type { KvMetadata, KvPath } from '../ports.ts';

/** What metadata tell about the value that serves now. */
export interface Present {
  /** 0: there is none. */
  readonly version: number;
  /** ms since the epoch: when the value was made; undefined where there is none. */
  readonly since: number | undefined;
  /** What the issuer calls it, where an earlier rotation left it; null: not known. */
  readonly key: IssuerKey | null;
}

/** Reads the present version off the metadata of the secret. */
export function presentOf(metadata: KvMetadata | undefined): Present {
  const info = metadata?.versions.find(({ version }) => version === metadata.currentVersion);
  if (!metadata || metadata.currentVersion === 0) return { version: 0, since: undefined, key: null };
  const { customMetadata: custom } = metadata;
  // The entries speak of one version; somebody may have written another since.
  const ours = custom[customMetadata.version] === String(metadata.currentVersion);
  const noted = ours ? Date.parse(custom[customMetadata.valueSince] ?? '') : Number.NaN;
  const created = info?.createdAt;
  const since = Number.isNaN(noted) || (created !== undefined && noted > created) ? created : noted;
  return { version: metadata.currentVersion, since: info?.gone ? undefined : since, key: ours ? keyOf(custom) : null };
}

function keyOf(custom: Readonly<Record<string, string>>): IssuerKey | null {
  const key: IssuerKey = {
    ...entry('id', custom[customMetadata.keyId]),
    ...entry('name', custom[customMetadata.keyName]),
    ...entry('account', custom[customMetadata.account]),
    ...entry('parent', custom[customMetadata.keyParent]),
  };
  return Object.keys(key).length > 0 ? key : null;
}

function entry(name: string, value: string | undefined): Record<string, string> {
  return value === undefined || value === '' ? {} : { [name]: value };
}

/** The custom metadata of a version that we wrote; null takes an entry of an earlier version away. */
export function metadataFor(
  version: number,
  rotation: string,
  key: IssuerKey | null,
  valueSince: string | null,
): Record<string, string | null> {
  return {
    [customMetadata.version]: String(version),
    [customMetadata.rotation]: rotation,
    [customMetadata.keyId]: key?.id ?? null,
    [customMetadata.keyName]: key?.name ?? null,
    [customMetadata.keyParent]: key?.parent ?? null,
    [customMetadata.account]: key?.account ?? null,
    [customMetadata.valueSince]: valueSince,
  };
}

/** Where the value is kept; undefined where it never leaves Vault. */
export function targetOf(
  parts: Pick<RotationParts, 'entry'>,
): (KvPath & { readonly field: string; readonly accountField?: string }) | undefined {
  const { vault } = parts.entry;
  if (!vault) return undefined;
  const { mount, path, field, accountField } = vault;
  return { mount, path, field, ...(accountField === undefined ? {} : { accountField }) };
}
