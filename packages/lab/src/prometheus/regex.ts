import { executionError, notImplemented } from './errors.ts';

const posixClasses: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  blank: '\\t ',
  digit: '0-9',
  lower: 'a-z',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

// RE2's \s is ASCII, JavaScript's has every Unicode space: both spelled out as members of a class.
const spaces = '\\t\\n\\f\\r ';
const nonSpaces = '\\0-\\x08\\x0b\\x0e-\\x1f\\x21-\\u{10ffff}';

interface Translated {
  readonly text: string;
  readonly next: number;
}

function malformed(what: string, where: string): Error {
  return executionError(`error parsing regexp: ${what}: \`${where}\``);
}

function translateEscape(pattern: string, index: number, inClass: boolean): Translated {
  const character = pattern[index + 1];
  if (character === undefined) throw malformed('trailing backslash at end of expression', '');
  const next = index + 2;
  if (character === 's') return { text: inClass ? spaces : `[${spaces}]`, next };
  if (character === 'S') return { text: inClass ? nonSpaces : `[${nonSpaces}]`, next };
  if (/[dDwWtnrfv]/.test(character) || (!inClass && /[bB]/.test(character))) return { text: `\\${character}`, next };
  if (character === 'A' && !inClass) return { text: '(?<![^])', next };
  if (character === 'z' && !inClass) return { text: '(?![^])', next };
  if (character === 'a') return { text: '\\x07', next };
  const property = /^\\([pP])(?:\{(\w+)\}|(\w))/.exec(pattern.slice(index));
  if (property) return { text: `\\${property[1]}{${property[2] ?? property[3]}}`, next: index + property[0].length };
  const hex = /^\\x(?:\{([0-9a-fA-F]+)\}|([0-9a-fA-F]{2}))/.exec(pattern.slice(index));
  if (hex) return { text: `\\u{${hex[1] ?? hex[2]}}`, next: index + hex[0].length };
  if (/[QEC0pPx]/.test(character)) throw notImplemented(`\\${character} in a regular expression`);
  if (/[A-Za-z0-9]/.test(character)) throw malformed('invalid escape sequence', `\\${character}`);
  // RE2 lets any punctuation be escaped, JavaScript's `u` flag only syntax characters.
  if (character === '-') return { text: '\\x2d', next };
  return { text: /[\^$\\.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character, next };
}

function translateClass(pattern: string, start: number): Translated {
  let index = start + 1;
  let text = '[';
  if (pattern[index] === '^') {
    text += '^';
    index++;
  }
  for (let first = true; ; first = false) {
    const character = pattern[index];
    if (character === undefined) throw malformed('missing closing ]', pattern.slice(start));
    if (character === ']' && !first) return { text: `${text}]`, next: index + 1 };
    const posix = /^\[:(\^?)(\w+):\]/.exec(pattern.slice(index));
    if (posix) {
      if (posix[1]) throw notImplemented(`${posix[0]} in a regular expression`);
      const members = posixClasses[posix[2] ?? ''];
      if (members === undefined) throw malformed('invalid character class range', posix[0]);
      text += members;
      index += posix[0].length;
    } else if (character === '\\') {
      const translated = translateEscape(pattern, index, true);
      text += translated.text;
      index = translated.next;
    } else {
      text += /[[\]{}()/|]/.test(character) ? `\\${character}` : character;
      index++;
    }
  }
}

function translateGroup(pattern: string, index: number): Translated {
  if (pattern.startsWith('(?:', index)) return { text: '(?:', next: index + 3 };
  if (pattern.startsWith('(?P<', index)) return { text: '(?<', next: index + 4 };
  const start = pattern.slice(index, index + 3);
  if (!start.startsWith('(?')) return { text: '(', next: index + 1 };
  if (/^\(\?[=!<]$/.test(start)) throw malformed('invalid or unsupported Perl syntax', start);
  throw notImplemented(`flags inside a regular expression: ${start}`);
}

function translateBrace(pattern: string, index: number): Translated {
  const quantifier = /^\{(\d+)(?:,(\d*))?\}/.exec(pattern.slice(index));
  if (!quantifier) return { text: '\\{', next: index + 1 };
  const [whole, low, high] = quantifier;
  if (Number(low) > 1000 || Number(high || 0) > 1000) throw malformed('invalid repeat count', whole);
  return { text: whole, next: index + whole.length };
}

function translate(pattern: string, dotMatchesNewline: boolean): string {
  let text = '';
  for (let index = 0; index < pattern.length; ) {
    const character = pattern[index] ?? '';
    let piece: Translated = { text: character, next: index + 1 };
    if (character === '\\') piece = translateEscape(pattern, index, false);
    else if (character === '[') piece = translateClass(pattern, index);
    else if (character === '(') piece = translateGroup(pattern, index);
    else if (character === '{') piece = translateBrace(pattern, index);
    else if (character === '}' || character === ']') piece = { text: `\\${character}`, next: index + 1 };
    else if (character === '.') piece = { text: dotMatchesNewline ? '[^]' : '[^\\n]', next: index + 1 };
    text += piece.text;
    index = piece.next;
  }
  return text;
}

/**
 * An RE2 pattern as a JavaScript one that matches the whole string, as label matchers and label_replace do.
 * What RE2 refuses (look-around, back references) is refused; what it takes and this cannot translate is the lab's own error.
 */
export function anchoredRegex(source: string): RegExp {
  const leading = /^\(\?([is]+)\)/.exec(source);
  const flags = leading?.[1] ?? '';
  const text = translate(source.slice(leading?.[0].length ?? 0), flags.includes('s'));
  try {
    return new RegExp(`^(?:${text})$`, flags.includes('i') ? 'iu' : 'u');
  } catch {
    throw malformed('invalid syntax', source);
  }
}

/** regexp.ExpandString: `$1`, `${1}`, `$name`, `$$`; a group that does not exist is empty. */
export function expand(template: string, match: RegExpExecArray): string {
  return template.replace(/\$(?:\$|\{(\w+)\}|(\w+))/g, (whole, braced?: string, bare?: string) => {
    if (whole === '$$') return '$';
    const name = braced ?? bare ?? '';
    return (/^\d+$/.test(name) ? match[Number(name)] : match.groups?.[name]) ?? '';
  });
}
