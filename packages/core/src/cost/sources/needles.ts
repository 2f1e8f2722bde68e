/** Byte strings one of which a line must hold to matter, and the test for one line. */
export function needles(...texts: readonly string[]): { readonly needles: readonly Buffer[]; mayMatter(line: Buffer): boolean } {
  const buffers = texts.map((text) => Buffer.from(text, 'latin1'));
  return { needles: buffers, mayMatter: (line) => buffers.some((needle) => line.includes(needle)) };
}

/** JSON may write a character of a key as \\u00XX: lines with such escapes are parsed too. */
export const escapedCharacter = '\\u00';
