import { displayText } from '../evidence/display.ts';
import type { SecretValue } from './value.ts';

/** So many characters are no chance any more. */
const telling = 8;
/** Characters of a foreign text that are looked at; more is never shown. */
const looked = 1000;

/**
 * Whether a text holds a value: as it is, in hex, Base64, percent-encoded or as
 * JSON writes it, or `part` characters of any of these (default 8).
 */
export function holdsValue(
  text: string,
  values: readonly (SecretValue | undefined)[],
  part: (length: number) => number = () => telling,
): boolean {
  return values.some((value) => {
    if (value === undefined || value.length === 0) return false;
    const plain = value.text();
    const encodings = (['hex', 'base64', 'base64url'] as const).map((encoding) => value.use((bytes) => bytes.toString(encoding)));
    return [plain, encodeURIComponent(plain.toWellFormed()), JSON.stringify(plain).slice(1, -1), ...encodings].some((form) =>
      sharesPart(text, form, part(form.length)),
    );
  });
}

function sharesPart(text: string, form: string, part: number): boolean {
  if (form.length <= part) return text.includes(form);
  for (let at = 0; at + part <= form.length; at++) {
    if (text.includes(form.slice(at, at + part))) return true;
  }
  return false;
}

/**
 * What an external program says, fit to be shown: at most 200 characters of one
 * line, URLs without credentials; nothing of it where it holds one of the values.
 */
export function shown(text: string, values: readonly (SecretValue | undefined)[]): string {
  const part = text.slice(0, looked);
  return holdsValue(part, values) ? '(withheld: it holds the value)' : displayText(part);
}
