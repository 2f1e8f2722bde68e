/**
 * JSON may write a character of a key as an escape, \\u00 and two more digits:
 * lines with such escapes are parsed too. Searches go by the first byte: a `u`
 * is rarer in JSON than a backslash or a quote.
 */
const escapedCharacter = Buffer.from('u00', 'latin1');

/** A test whether a line holds one of the texts, ends of keys or values that usage cannot do without. */
export function holdsAny(...texts: readonly string[]): (line: Buffer) => boolean {
  const needles = [...texts.map((text) => Buffer.from(text, 'latin1')), escapedCharacter];
  return (line) => needles.some((needle) => line.includes(needle));
}
