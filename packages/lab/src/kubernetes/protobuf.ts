import type { Dict } from './types.ts';

/**
 * kubectl asks its access reviews, creates secrets and namespaces in protobuf
 * and cannot be told otherwise by a 415. This reads the few messages it sends
 * (k8s.io/api generated.proto); everything else stays a 415.
 */

type Schema = Readonly<Record<number, Field>>;
interface Field {
  readonly name: string;
  readonly type: 'string' | 'bytes' | 'map' | 'bytesMap' | Schema;
}

const text = (name: string): Field => ({ name, type: 'string' });
const message = (name: string, type: Schema): Field => ({ name, type });

const objectMeta: Schema = {
  1: text('name'),
  2: text('generateName'),
  3: text('namespace'),
  11: { name: 'labels', type: 'map' },
  12: { name: 'annotations', type: 'map' },
};

const resourceAttributes: Schema = {
  1: text('namespace'),
  2: text('verb'),
  3: text('group'),
  4: text('version'),
  5: text('resource'),
  6: text('subresource'),
  7: text('name'),
};

const accessSpec: Schema = {
  1: message('resourceAttributes', resourceAttributes),
  2: message('nonResourceAttributes', { 1: text('path'), 2: text('verb') }),
};

const bodies: Readonly<Record<string, Schema>> = {
  SelfSubjectAccessReview: { 2: message('spec', accessSpec) },
  SelfSubjectRulesReview: { 2: message('spec', { 1: text('namespace') }) },
  SelfSubjectReview: {},
  Namespace: { 1: message('metadata', objectMeta) },
  ConfigMap: { 1: message('metadata', objectMeta), 2: { name: 'data', type: 'map' } },
  Secret: {
    1: message('metadata', objectMeta),
    2: { name: 'data', type: 'bytesMap' },
    3: text('type'),
    4: { name: 'stringData', type: 'map' },
  },
};

const envelope: Schema = {
  1: message('typeMeta', { 1: text('apiVersion'), 2: text('kind') }),
  2: { name: 'raw', type: 'bytes' },
};

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 64; shift += 7) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) break;
      this.#at += 1;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new Error('truncated protobuf');
  }

  bytes(): Buffer {
    const length = this.varint();
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new Error('truncated protobuf');
    const slice = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return slice;
  }

  /** The value of a field: bytes, or a number. */
  value(wireType: number): Buffer | number {
    if (wireType === 0) return this.varint();
    if (wireType === 2) return this.bytes();
    throw new Error(`protobuf wire type ${wireType} is not read`);
  }
}

function decode(bytes: Buffer, schema: Schema): Dict {
  const result: Dict = {};
  const reader = new Reader(bytes);
  while (!reader.done) {
    const tag = reader.varint();
    const value = reader.value(tag & 7);
    const field = schema[tag >>> 3];
    if (!field || typeof value === 'number') continue;
    if (field.type === 'map' || field.type === 'bytesMap') {
      const entry = decode(value, { 1: text('key'), 2: field.type === 'map' ? text('value') : { name: 'value', type: 'bytes' } });
      const map = (result[field.name] ?? {}) as Dict;
      map[String(entry.key ?? '')] = entry.value instanceof Buffer ? entry.value.toString('base64') : (entry.value ?? '');
      result[field.name] = map;
    } else if (field.type === 'bytes') result[field.name] = value;
    else if (typeof field.type === 'object') result[field.name] = decode(value, field.type);
    // An empty string is the field's zero: it was not set.
    else if (value.length > 0) result[field.name] = value.toString('utf8');
  }
  return result;
}

/** The object of a protobuf body (`k8s\0` and a runtime.Unknown); undefined for a kind that is not read. */
export function decodeProtobuf(body: Buffer): Dict | undefined {
  if (body.subarray(0, 4).toString('latin1') !== 'k8s\0') return undefined;
  const { typeMeta, raw } = decode(body.subarray(4), envelope) as { typeMeta?: { apiVersion?: string; kind?: string }; raw?: Buffer };
  const schema = bodies[typeMeta?.kind ?? ''];
  if (!schema || raw === undefined) return undefined;
  return { apiVersion: typeMeta?.apiVersion, kind: typeMeta?.kind, ...decode(raw, schema) };
}
