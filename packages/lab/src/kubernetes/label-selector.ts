import { badRequest } from './status.ts';

type Matches = (labels: Readonly<Record<string, string>>) => boolean;

const unparsable = (why: string) => badRequest(`unable to parse requirement: ${why}`);

const symbols = new Set(['!', '=', '==', '!=', '(', ')', ',', '>', '<']);

/** Tokens as k8s.io/apimachinery/pkg/labels has them: symbols, and words of anything else. */
function tokens(selector: string): string[] {
  return selector.match(/==|!=|[!=(),<>]|[^\s!=(),<>]+/g) ?? [];
}

class Parser {
  readonly #tokens: string[];
  #next = 0;

  constructor(selector: string) {
    this.#tokens = tokens(selector);
  }

  get done(): boolean {
    return this.#next >= this.#tokens.length;
  }

  peek(): string {
    return this.#tokens[this.#next] ?? '';
  }

  take(): string {
    const token = this.peek();
    this.#next += 1;
    return token;
  }

  word(expected: string): string {
    const token = this.take();
    if (token === '' || symbols.has(token)) throw unparsable(`found '${token}', expected: ${expected}`);
    return token;
  }

  /** The value after an operator may be empty: `a=`. */
  value(): string {
    if (this.done || this.peek() === ',') return '';
    return this.word('identifier');
  }

  set(): Set<string> {
    const opening = this.take();
    if (opening !== '(') throw unparsable(`found '${opening}' expected: '('`);
    const values = new Set<string>();
    if (this.peek() === ')') {
      this.take();
      return values.add('');
    }
    for (;;) {
      values.add(this.peek() === ',' || this.peek() === ')' ? '' : this.word("',', ')' or identifier"));
      const separator = this.take();
      if (separator === ')') return values;
      if (separator !== ',') throw unparsable(`found '${separator}', expected: ',' or ')'`);
    }
  }
}

/** A label's name, with an optional DNS prefix. */
function checkedKey(key: string): string {
  const name = key.slice(key.indexOf('/') + 1);
  if (/^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(name)) return key;
  throw unparsable(
    `<nil>: Invalid value: ${JSON.stringify(key)}: name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
  );
}

function checkedValue(key: string, value: string): string {
  if (value === '' || /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(value)) return value;
  throw unparsable(
    `values[0][${key}]: Invalid value: ${JSON.stringify(value)}: a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
  );
}

function requirement(parser: Parser): Matches {
  if (parser.peek() === '!') {
    parser.take();
    const key = checkedKey(parser.word('identifier'));
    return (labels) => !Object.hasOwn(labels, key);
  }
  const key = checkedKey(parser.word("!, identifier, or 'end of string'"));
  const own = (labels: Readonly<Record<string, string>>) => (Object.hasOwn(labels, key) ? labels[key] : undefined);
  if (parser.done || parser.peek() === ',') return (labels) => own(labels) !== undefined;
  const operator = parser.take();
  switch (operator) {
    case '=':
    case '==': {
      const value = checkedValue(key, parser.value());
      return (labels) => own(labels) === value;
    }
    case '!=': {
      const value = checkedValue(key, parser.value());
      return (labels) => own(labels) !== value;
    }
    case 'in': {
      const values = parser.set();
      return (labels) => values.has(own(labels) ?? '\0');
    }
    case 'notin': {
      const values = parser.set();
      return (labels) => !values.has(own(labels) ?? '\0');
    }
    case '>':
    case '<': {
      const bound = parser.value();
      if (!/^-?\d+$/.test(bound)) {
        throw unparsable(`values[0]: Invalid value: "${bound}": for 'Gt', 'Lt' operators, the value must be an integer`);
      }
      return (labels) => {
        const value = own(labels);
        if (value === undefined || !/^-?\d+$/.test(value)) return false;
        return operator === '>' ? Number(value) > Number(bound) : Number(value) < Number(bound);
      };
    }
    default:
      throw unparsable(`found '${operator}', expected: in, notin, =, ==, !=, gt, lt`);
  }
}

/** Parses `labelSelector` in full: equality, sets, existence, comparison. Throws a 400 Status. */
export function parseLabelSelector(selector: string): Matches {
  const parser = new Parser(selector);
  if (parser.done) return () => true;
  const all: Matches[] = [];
  for (;;) {
    if (parser.peek() === ',') throw badRequest("found ',', expected: !, identifier, or 'end of string'");
    all.push(requirement(parser));
    if (parser.done) break;
    const separator = parser.take();
    if (separator !== ',') throw badRequest(`found '${separator}', expected: ',' or 'end of string'`);
    if (parser.done) throw badRequest("found '', expected: identifier after ','");
  }
  return (labels) => all.every((matches) => matches(labels));
}
