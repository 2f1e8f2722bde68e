/** What a person types or pastes where nothing is echoed, byte by byte; the bytes are wiped by whoever takes them. */
export class HiddenLine {
  #bytes = Buffer.alloc(0);
  #escape: 'none' | 'escape' | 'sequence' = 'none';

  /** Takes a byte; says when the line is over, or that the person gave up. */
  take(byte: number): 'more' | 'done' | 'aborted' {
    if (this.#escape !== 'none') {
      this.#inEscape(byte);
      return 'more';
    }
    // Enter.
    if (byte === 0x0d || byte === 0x0a) return 'done';
    // Ctrl-C, and Ctrl-D where nothing was typed.
    if (byte === 0x03 || (byte === 0x04 && this.#bytes.length === 0)) return 'aborted';
    if (byte === 0x04) return 'done';
    if (byte === 0x1b) this.#escape = 'escape';
    else if (byte === 0x7f || byte === 0x08) this.#cut(lastCharacter(this.#bytes));
    // Ctrl-U.
    else if (byte === 0x15) this.#cut(0);
    else if (byte >= 0x20 || byte === 0x09) this.#append(byte);
    return 'more';
  }

  /** The line so far; what the caller gets is the caller's. */
  value(): Buffer {
    return Buffer.from(this.#bytes);
  }

  wipe(): void {
    this.#cut(0);
  }

  /** Arrow keys and the like: `ESC [ … letter`, `ESC O letter`. */
  #inEscape(byte: number): void {
    if (this.#escape === 'escape') this.#escape = byte === 0x5b || byte === 0x4f ? 'sequence' : 'none';
    else if (byte >= 0x40 && byte <= 0x7e) this.#escape = 'none';
  }

  #append(byte: number): void {
    const longer = Buffer.concat([this.#bytes, Buffer.of(byte)]);
    this.#bytes.fill(0);
    this.#bytes = longer;
  }

  #cut(length: number): void {
    const shorter = Buffer.from(this.#bytes.subarray(0, length));
    this.#bytes.fill(0);
    this.#bytes = shorter;
  }
}

/** Where the last UTF-8 character begins. */
function lastCharacter(bytes: Buffer): number {
  let at = Math.max(0, bytes.length - 1);
  while (at > 0 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at--;
  return at;
}
