import { isUtf8 } from 'node:buffer';
import { RotationFailure } from '../failure.ts';
import { type SecretFields, SecretValue } from '../value.ts';
import { isString, membersOf, quoted, type Span, textOf } from './json-bytes.ts';

/**
 * The members of a JSON object as secret fields: text of strings, source text
 * of everything else (see {@link SecretValue.isJson}). Throws where it is no object.
 */
export function fieldsOf(bytes: Buffer, span: Span): SecretFields {
  return new Map(
    [...membersOf(bytes, span)].map(([name, at]) => [
      name,
      isString(bytes, at) ? SecretValue.own(textOf(bytes, at)) : SecretValue.ownJson(Buffer.from(bytes.subarray(at.start, at.end))),
    ]),
  );
}

/**
 * The body of a KV v2 write, as bytes that the caller overwrites. Throws where
 * a value is no text: JSON cannot hold it, and Vault would replace the bytes in silence.
 */
export function writeBody(fields: SecretFields, cas: number): Buffer {
  const parts: Buffer[] = [Buffer.from(`{"options":{"cas":${cas}},"data":{`)];
  try {
    let separator = '';
    for (const [name, value] of fields) {
      parts.push(
        Buffer.from(`${separator}${JSON.stringify(name)}:`),
        value.use((bytes) => encode(name, bytes, value.isJson)),
      );
      separator = ',';
    }
    parts.push(Buffer.from('}}'));
    return Buffer.concat(parts);
  } finally {
    for (const part of parts) part.fill(0);
  }
}

function encode(name: string, bytes: Buffer, isJson: boolean): Buffer {
  if (isJson) return Buffer.from(bytes);
  if (!isUtf8(bytes)) {
    const hint = 'store it in base64';
    throw new RotationFailure('operator', `the value of ${JSON.stringify(name)} is no text (UTF-8): Vault cannot keep it as it is`, {
      hint,
    });
  }
  return quoted(bytes);
}
