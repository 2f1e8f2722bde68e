/** Go's strconv.Quote for the strings that occur in messages. */
export function quote(text: string): string {
  return JSON.stringify(text);
}

function exponential(value: number): string {
  // Go writes at least two digits of exponent, JavaScript one.
  return value.toString().replace(/e([+-])(\d)$/, 'e$10$2');
}

function special(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  if (Object.is(value, -0)) return '-0';
  return undefined;
}

/** A sample value as the HTTP API writes it (util/jsonutil MarshalFloat): shortest form, an exponent below 1e-6 and from 1e21. */
export function formatValue(value: number): string {
  return special(value) ?? exponential(value);
}

/** strconv.FormatFloat(v, 'f', -1, 64): the shortest digits, never an exponent. Scalars and count_values. */
export function formatPlain(value: number): string {
  const named = special(value);
  if (named !== undefined) return named;
  const text = value.toString();
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (!match) return text;
  const [, sign = '', first = '', rest = '', power = '0'] = match;
  const digits = first + rest;
  const exponent = Number(power);
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  return `${sign}${digits}${'0'.repeat(exponent - rest.length)}`;
}

/** strconv.ParseFloat for what occurs in labels and parameters (no hexadecimal floats); undefined when malformed. */
export function parseGoFloat(text: string): number | undefined {
  if (/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  const word = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (!word) return undefined;
  if (word[2]?.toLowerCase() === 'nan') return word[1] === '' ? Number.NaN : undefined;
  return word[1] === '-' ? -Infinity : Infinity;
}

const unitMs = { y: 31_536_000_000, w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;

/** model.ParseDuration in milliseconds: `1h30m`, units in falling order; undefined when malformed. */
export function parseGoDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const match = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(text);
  if (!match || text === '') return undefined;
  return Object.values(unitMs).reduce((sum, unit, index) => sum + Number(match[index + 1] ?? 0) * unit, 0);
}

const simpleEscapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

/** Reads a PromQL string literal: backquoted raw, or quoted with Go's escapes; undefined when malformed. */
export function unquote(literal: string): string | undefined {
  const delimiter = literal[0];
  if (delimiter === undefined || literal.length < 2 || literal.at(-1) !== delimiter) return undefined;
  const body = literal.slice(1, -1);
  if (delimiter === '`') return body;
  let malformed = false;
  const text = body.replace(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|.?)/gs, (_, sequence: string) => {
    if (sequence === delimiter) return delimiter;
    const simple = simpleEscapes[sequence];
    if (simple !== undefined) return simple;
    const hex = /^[xuU]([0-9a-fA-F]+)$/.exec(sequence)?.[1];
    const code = hex !== undefined ? Number.parseInt(hex, 16) : /^[0-7]{3}$/.test(sequence) ? Number.parseInt(sequence, 8) : Number.NaN;
    if (Number.isNaN(code) || code > 0x10ffff) {
      malformed = true;
      return '';
    }
    return String.fromCodePoint(code);
  });
  return malformed ? undefined : text;
}
