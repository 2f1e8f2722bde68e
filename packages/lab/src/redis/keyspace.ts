/** Values of the types that the lab knows: strings and hashes. */
export type Value = string | Map<string, string>;

/** The data of one database, by key. */
export type Keyspace = Map<string, Value>;

/** A page of an ordered list: the cursor is an offset, 0 again at the end. */
export function page<T>(items: readonly T[], cursor: number, count: number): { next: string; items: readonly T[] } {
  const end = cursor + count;
  return { next: String(end >= items.length ? 0 : end), items: items.slice(cursor, end) };
}

/** Redis glob: `*`, `?`, `[a-z]`, backslash escapes. */
export function globToRegExp(pattern: string): RegExp {
  let source = '';
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern.charAt(at);
    const close = char === '[' ? pattern.indexOf(']', at + 1) : -1;
    if (char === '*') source += '.*';
    else if (char === '?') source += '.';
    else if (close > 0) {
      source += `[${pattern.slice(at + 1, close).replaceAll('\\', '\\\\')}]`;
      at = close;
    } else {
      if (char === '\\' && at + 1 < pattern.length) at++;
      source += pattern.charAt(at).replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
    }
  }
  return new RegExp(`^${source}$`, 's');
}
