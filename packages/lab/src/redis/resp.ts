/** A reply before it is encoded: text is a bulk string. */
export type Reply =
  | string
  | number
  | null
  | readonly Reply[]
  | { readonly simple: string }
  | { readonly error: string }
  | { readonly pairs: readonly (readonly [Reply, Reply])[] };

export const ok: Reply = { simple: 'OK' };

/** Encodes for RESP2 (a map is a flat array, null a null bulk string) or RESP3. */
export function encode(reply: Reply, protocol: 2 | 3): string {
  if (reply === null) return protocol === 3 ? '_\r\n' : '$-1\r\n';
  if (typeof reply === 'number') return `:${reply}\r\n`;
  if (typeof reply === 'string') return `$${Buffer.byteLength(reply)}\r\n${reply}\r\n`;
  if ('simple' in reply) return `+${reply.simple}\r\n`;
  if ('error' in reply) return `-${reply.error}\r\n`;
  if ('pairs' in reply) {
    const head = protocol === 3 ? `%${reply.pairs.length}\r\n` : `*${reply.pairs.length * 2}\r\n`;
    return head + reply.pairs.map(([key, value]) => encode(key, protocol) + encode(value, protocol)).join('');
  }
  return `*${reply.length}\r\n${reply.map((item) => encode(item, protocol)).join('')}`;
}

/** What a client sent wrong: the server says so and closes. */
export class ProtocolError extends Error {}

/** Takes commands out of a byte stream: arrays of bulk strings, and inline ones as typed into netcat. */
export class CommandParser {
  #rest = Buffer.alloc(0);

  /** Adds bytes; returns the commands that are complete. Throws {@link ProtocolError}. */
  push(chunk: Buffer): string[][] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const commands: string[][] = [];
    for (;;) {
      const taken = this.#take();
      if (!taken) return commands;
      this.#rest = this.#rest.subarray(taken.end);
      if (taken.command.length > 0) commands.push(taken.command);
    }
  }

  #take(): { command: string[]; end: number } | undefined {
    const line = this.#line(0);
    if (!line) return undefined;
    if (!line.text.startsWith('*')) return { command: line.text.split(/\s+/).filter((word) => word !== ''), end: line.end };
    const count = Number(line.text.slice(1));
    if (!Number.isInteger(count) || count > 1024 * 1024) throw new ProtocolError('invalid multibulk length');
    const command: string[] = [];
    let at = line.end;
    while (command.length < count) {
      const head = this.#line(at);
      if (!head) return undefined;
      if (!head.text.startsWith('$')) throw new ProtocolError(`expected '$', got '${head.text.slice(0, 1)}'`);
      const length = Number(head.text.slice(1));
      if (!Number.isInteger(length) || length < 0) throw new ProtocolError('invalid bulk length');
      const end = head.end + length + 2;
      if (this.#rest.length < end) return undefined;
      command.push(this.#rest.toString('utf8', head.end, head.end + length));
      at = end;
    }
    return { command, end: at };
  }

  #line(from: number): { text: string; end: number } | undefined {
    const at = this.#rest.indexOf('\n', from);
    if (at < 0) {
      if (this.#rest.length - from > 64 * 1024) throw new ProtocolError('too big inline request');
      return undefined;
    }
    return { text: this.#rest.toString('utf8', from, at).replace(/\r$/, ''), end: at + 1 };
  }
}
