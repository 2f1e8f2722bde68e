import type { Evidence } from '../../model/evidence.ts';
import type { SecretMeta } from '../../model/kubernetes.ts';
import type { Page } from './page.ts';
import { type Raw, raw, raws, text } from './raw.ts';
import { type Reader, read } from './reader.ts';
import { reduceSecret, skippedSecretTypes } from './reduce/secret.ts';
import { resources } from './resources.ts';

/**
 * What we accept in answer to a list of Secrets: metadata, never a whole
 * Secret. The Table has the type as a column beside; a server without tables
 * sends plain metadata. Both are made on the server, so no value is on the wire.
 */
export const secretsAccept =
  'application/json;as=Table;v=v1;g=meta.k8s.io, application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';

interface Row {
  readonly [field: string]: unknown;
  readonly object: Raw;
  readonly type: string;
}

/** Metadata of Secrets. */
export function readSecrets(reader: Reader): Promise<Evidence<readonly SecretMeta[]>> {
  return read(reader, resources['kubernetes.secrets'][0], {
    accept: secretsAccept,
    query: { includeObject: 'Metadata', fieldSelector: skippedSecretTypes.map((type) => `type!=${type}`).join(',') },
    items: secretRows,
    objectOf: (item) => raw(item.object),
    reduce: (item) => reduceSecret(raw(item.object), text(item.type)),
  });
}

/** Rows of a Table, or objects of a metadata list; anything else (a server that ignores Accept) is refused unread. */
export function secretRows({ head, objects }: Page): Iterable<Row | undefined> | undefined {
  if (head.kind === 'Table') {
    const column = raws(head.columnDefinitions).findIndex((definition) => definition.name === 'Type');
    return each(objects('rows'), (row) => ({
      object: raw(row.object),
      type: text(Array.isArray(row.cells) ? row.cells[column] : ''),
    }));
  }
  if (head.kind === 'PartialObjectMetadataList') return each(objects('items'), (object) => ({ object, type: '' }));
  return undefined;
}

function each(objects: Iterable<Raw | undefined> | undefined, toRow: (object: Raw) => Row): Iterable<Row | undefined> | undefined {
  return objects && Iterator.from(objects).map((object) => object && toRow(object));
}
