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

function translateEscape(pattern: string, index: number): { text: string; next: number } {
  const character = pattern[index + 1];
  if (character === undefined) throw executionError('error parsing regexp: trailing backslash at end of expression: ``');
  const next = index + 2;
  if (/[dDsSwWbBtnrfv]/.test(character)) return { text: `\\${character}`, next };
  if (character === 'A') return { text: '(?<![^])', next };
  if (character === 'z') return { text: '(?![^])', next };
  if (character === 'a') return { text: '\\x07', next };
  const property = /^\\([pP])(?:\{(\^?)(\w+)\}|(\w))/.exec(pattern.slice(index));
  if (property) return { text: `\\${property[1]}{${property[3] ?? property[4]}}`, next: index + property[0].length };
  const hex = /^\\x(?:\{([0-9a-fA-F]+)\}|([0-9a-fA-F]{2}))/.exec(pattern.slice(index));
  if (hex) return { text: `\\u{${hex[1] ?? hex[2]}}`, next: index + hex[0].length };
  if (/[A-Za-z0-9]/.test(character)) throw executionError(`error parsing regexp: invalid escape sequence: \`\\${character}\``);
  // RE2 lets any punctuation be escaped, JavaScript's `u` flag only syntax characters.
  return { text: /[\^$\\.*+?()[\]{}|/-]/.test(character) ? (character === '-' ? '\\x2d' : `\\${character}`) : character, next };
}

function translateClass(pattern: string, start: number): { text: string; next: number } {
  let index = start + 1;
  let text = '[';
  if (pattern[index] === '^') {
    text += '^';
    index++;
  }
  for (let first = true; ; first = false) {
    const character = pattern[index];
    if (character === undefined) throw executionError(`error parsing regexp: missing closing ]: \`${pattern.slice(start)}\``);
    if (character === ']' && !first) return { text: `${text}]`, next: index + 1 };
    const posix = /^\[:(\w+):\]/.exec(pattern.slice(index));
    if (posix) {
      const members = posixClasses[posix[1] ?? ''];
      if (members === undefined) throw executionError(`error parsing regexp: invalid character class range: \`${posix[0]}\``);
      text += members;
      index += posix[0].length;
    } else if (character === '\\') {
      const escaped = translateEscape(pattern, index);
      text += escaped.text;
      index = escaped.next;
    } else {
      text += character === '[' || character === ']' ? `\\${character}` : character;
      index++;
    }
  }
}

/**
 * An RE2 pattern as a JavaScript one that matches the whole string, as label matchers and label_replace do.
 * What RE2 refuses (look-around, back references) is refused; flags inside the pattern are not supported but for a leading `(?i)` or `(?s)`.
 */
export function anchoredRegex(source: string): RegExp {
  let flags = 'u';
  let pattern = source;
  const leading = /^\(\?([is]+)\)/.exec(source);
  if (leading) {
    flags += [...new Set(leading[1])].join('');
    pattern = source.slice(leading[0].length);
  }
  let text = '';
  for (let index = 0; index < pattern.length; ) {
    const character = pattern[index] ?? '';
    if (character === '\\') {
      const escaped = translateEscape(pattern, index);
      text += escaped.text;
      index = escaped.next;
    } else if (character === '[') {
      const group = translateClass(pattern, index);
      text += group.text;
      index = group.next;
    } else if (pattern.startsWith('(?P<', index)) {
      text += '(?<';
      index += 4;
    } else if (pattern.startsWith('(?', index) && !pattern.startsWith('(?:', index)) {
      const group = pattern.slice(index, index + 3);
      if (/^\(\?[=!<]$/.test(group)) throw executionError(`error parsing regexp: invalid or unsupported Perl syntax: \`${group}\``);
      throw notImplemented(`the regular expression flags ${group}…`);
    } else if (character === '{' && !/^\{\d+(,\d*)?\}/.test(pattern.slice(index))) {
      text += '\\{';
      index++;
    } else if (character === '}' && !/\{\d+(,\d*)?$/.test(text)) {
      text += '\\}';
      index++;
    } else if (character === ']') {
      text += '\\]';
      index++;
    } else {
      text += character;
      index++;
    }
  }
  try {
    return new RegExp(`^(?:${text})$`, flags);
  } catch {
    throw executionError(`error parsing regexp: \`${source}\``);
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
