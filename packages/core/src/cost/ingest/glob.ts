/**
 * Path patterns: `*` and `?` within a name, `**` over folders, `{a,b}`, `[a-z]`.
 * Gives the folder to start from and a test for paths below it (with `/`).
 */
export function globPattern(pattern: string): { readonly base: string; readonly matches: ((below: string) => boolean) | undefined } {
  const parts = pattern.split('/');
  const first = parts.findIndex((part) => /[*?{[]/.test(part));
  if (first < 0) return { base: pattern, matches: undefined };
  const base = parts.slice(0, first).join('/');
  const expression = new RegExp(`^${source(parts.slice(first).join('/'))}$`, 's');
  return { base: base === '' && pattern.startsWith('/') ? '/' : base === '' ? '.' : base, matches: (below) => expression.test(below) };
}

function source(glob: string): string {
  let out = '';
  let depth = 0;
  for (let at = 0; at < glob.length; at++) {
    const char = glob[at] as string;
    if (char === '*' && glob[at + 1] === '*') {
      const slash = glob[at + 2] === '/';
      out += slash ? '(?:[^/]+/)*' : '.*';
      at += slash ? 2 : 1;
    } else if (char === '*') out += '[^/]*';
    else if (char === '?') out += '[^/]';
    else if (char === '{' && glob.indexOf('}', at) > at) {
      out += '(?:';
      depth++;
    } else if (char === '}' && depth > 0) {
      out += ')';
      depth--;
    } else if (char === ',' && depth > 0) out += '|';
    else if (char === '[' && glob.indexOf(']', at + 2) > at) {
      const end = glob.indexOf(']', at + 2);
      const set = glob
        .slice(at + 1, end)
        .replaceAll('\\', '\\\\')
        .replaceAll('[', '\\[');
      out += `[${set.startsWith('!') ? `^${set.slice(1)}` : set.replace(/^\^/, '\\^')}]`;
      at = end;
    } else out += char.replace(/[\\^$.|+()[\]{}]/, '\\$&');
  }
  return out;
}
