import { inspect } from 'node:util';

/**
 * A secret value in memory. It shows itself nowhere: printing, JSON, string
 * conversion and `util.inspect` all answer `[secret]`. Whoever made it wipes it
 * when it is no longer needed. (Where a client library or JSON needs a string
 * for a moment, that string stays in the heap until it is collected: no
 * JavaScript program can do better.)
 */
export class SecretValue {
  readonly #bytes: Buffer;
  /**
   * The bytes are the source text of a JSON value that is no string (`5432`, `true`, `{"a":1}`): KV v2 takes any
   * JSON, and a field that is only carried along must come out as it went in.
   */
  readonly isJson: boolean;

  private constructor(bytes: Buffer, isJson = false) {
    this.#bytes = bytes;
    this.isJson = isJson;
  }

  /** Takes the bytes over: the caller must not use or keep them. */
  static own(bytes: Buffer): SecretValue {
    return new SecretValue(bytes);
  }

  /** Likewise, of a JSON value that is no string. */
  static ownJson(bytes: Buffer): SecretValue {
    return new SecretValue(bytes, true);
  }

  static fromText(text: string): SecretValue {
    return new SecretValue(Buffer.from(text, 'utf8'));
  }

  /** A copy with a life of its own. */
  copy(): SecretValue {
    return new SecretValue(Buffer.from(this.#bytes), this.isJson);
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** The bytes, for the time of the call only. */
  use<T>(read: (bytes: Buffer) => T): T {
    return read(this.#bytes);
  }

  /** The value as text, for the one call that needs it so; of JSON its source text. */
  text(): string {
    return this.#bytes.toString('utf8');
  }

  equals(other: SecretValue): boolean {
    return this.#bytes.equals(other.#bytes);
  }

  /** Overwrites the bytes. */
  wipe(): void {
    this.#bytes.fill(0);
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}

/** The fields of a KV secret; each is a secret until told otherwise. */
export type SecretFields = ReadonlyMap<string, SecretValue>;

/** Overwrites every field. */
export function wipeFields(fields: SecretFields | undefined): void {
  for (const value of fields?.values() ?? []) value.wipe();
}
