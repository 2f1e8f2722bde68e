import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  parseDocument,
  stringify,
  type YAMLMap,
} from 'yaml';
import { configJsonSchema, type SchemaNode, schemasAt } from '../config/json-schema.ts';
import { AgentOpsError, type Position } from '../errors.ts';

/** A file that the configuration names. */
export interface NamedFile {
  /** `vault.tls.caFile`, or the reference itself. */
  readonly setting: string;
  readonly path: string;
  readonly position: Position;
}

/** Names that `${env:…}` asks for, sorted. */
export interface Variables {
  /** What every command needs. */
  readonly all: readonly string[];
  /** What stands below `secrets` and `rotation` alone: whoever only looks does without. */
  readonly rotation: readonly string[];
}

/** The configuration file as others may read it. */
export interface PublicConfig {
  /** As it stands, references and all, without comments. */
  readonly text: string;
  readonly variables: Variables;
  /** Files of `${file:…}`, TLS material and kubeconfig. */
  readonly files: readonly NamedFile[];
}

const fileSettings = new Set(['caFile', 'certFile', 'keyFile', 'kubeconfig']);

/**
 * Makes sure that a configuration holds no secret of its own: every setting
 * that the schema marks as secret is a reference, and no URL carries a
 * password. Comments are left out, for nobody can tell what they hold. Throws
 * `usage` with file, line and column, never with a value. The text is valid
 * YAML: it was loaded before.
 */
export function publicConfig(text: string, shown: string): PublicConfig {
  const lines = new LineCounter();
  const document = parseDocument(text.replace(/^\uFEFF/, ''), { lineCounter: lines });
  const files: NamedFile[] = [];
  walk(document, (value, path, { schemas, offset }) => {
    const { line, col: column } = lines.linePos(offset);
    const position = { file: shown, line, column };
    const setting = pathText(path);
    const references = referencesIn(value);
    const marked = schemas.some(({ secret }) => secret === true);
    // A ledger is a file as often as a URL with a password.
    const harmless = setting === 'ledger' && !value.includes('://');
    if ((marked && !harmless && references.length === 0) || carriesPassword(value)) {
      const what = marked ? `${setting} is written out` : `${setting} carries a password or a token`;
      throw new AgentOpsError('usage', `${what}: a ConfigMap is no place for a secret`, {
        position,
        hint: 'write ${env:NAME} instead, and keep the value in the Secret that --env-secret names',
      });
    }
    for (const { kind, name } of references) if (kind === 'file') files.push({ setting: `\${file:${name}}`, path: name, position });
    const key = path.at(-1);
    if (typeof key === 'string' && fileSettings.has(key) && references.length === 0) files.push({ setting, path: value, position });
  });
  return { text: withoutComments(text, document), variables: variablesIn(document), files };
}

/** What a configuration, valid YAML, asks the environment for. */
export function variablesOf(text: string): Variables {
  return variablesIn(parseDocument(text.replace(/^\uFEFF/, '')));
}

function variablesIn(document: Document): Variables {
  const all = new Set<string>();
  const rotation = new Set<string>();
  walk(document, (value, [section]) => {
    const names = referencesIn(value).flatMap(({ kind, name }) => (kind === 'env' ? [name] : []));
    for (const name of names) (section === 'secrets' || section === 'rotation' ? rotation : all).add(name);
  });
  return { all: [...all].sort(), rotation: [...rotation].filter((name) => !all.has(name)).sort() };
}

interface Place {
  /** What may describe it. */
  readonly schemas: readonly SchemaNode[];
  readonly offset: number;
}

/** Every text of the document with its path, through aliases too; the offset is where the text stands. */
function walk(document: Document, see: (value: string, path: readonly (string | number)[], place: Place) => void): void {
  const above = new Set<unknown>();
  const visit = (node: unknown, path: readonly (string | number)[], schemas: readonly SchemaNode[]): void => {
    if (isAlias(node)) {
      visit(node.resolve(document), path, schemas);
      return;
    }
    if (isScalar(node)) {
      if (node.value !== null) see(String(node.value), path, { schemas, offset: node.range?.[0] ?? 0 });
      return;
    }
    if (!isNode(node) || above.has(node)) return;
    above.add(node);
    const below = (step: string | number, child: unknown, from: readonly SchemaNode[]): void =>
      visit(
        child,
        [...path, step],
        from.flatMap((schema) => schemasAt(schema, [step])),
      );
    if (isMap(node)) {
      const fitting = schemas.filter((schema) => fits(schema, node));
      for (const pair of node.items) if (isPair(pair) && isScalar(pair.key)) below(String(pair.key.value), pair.value, fitting);
    } else if (isSeq(node)) {
      for (const [index, item] of node.items.entries()) below(index, item, schemas);
    }
    above.delete(node);
  };
  visit(document.contents, [], schemasAt(configJsonSchema(), []));
}

/** False for the branch of another `type` or `method`: what is secret there need not be here. */
function fits(schema: SchemaNode, node: YAMLMap): boolean {
  return Object.entries(schema.properties ?? {}).every(
    ([key, { const: only }]) => only === undefined || !node.has(key) || node.get(key) === only,
  );
}

function referencesIn(text: string): { readonly kind: string; readonly name: string }[] {
  return [...text.matchAll(/(\$?)\$\{([^}:]*):([^}]*)\}/g)].flatMap(([, doubled, kind = '', name = '']) =>
    doubled ? [] : [{ kind, name: name.trim() }],
  );
}

/** `scheme://user:password@host`, `?token=…`; a reference in its place is none. */
function carriesPassword(text: string): boolean {
  const userinfo = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)@/i.exec(text)?.[1];
  const password = userinfo === undefined ? '' : userinfo.slice(userinfo.indexOf(':') + 1);
  if (userinfo?.includes(':') && password !== '' && !password.startsWith('${')) return true;
  return /^[a-z][a-z0-9+.-]*:\/\/.*[?&][\w.-]*(?:token|key|secret|password|signature|sig)=(?!\$\{)[^&#]/i.test(text);
}

/** The same without comments; written anew where leaving them out would change what it says. */
function withoutComments(text: string, document: Document): string {
  const kept: string[] = [];
  let scalar = false;
  let droppedLine = false;
  for (const token of new Lexer().lex(text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n'))) {
    const content = scalar;
    scalar = token === '\u001f';
    // The lexer's own marks: a scalar follows, a document begins, a flow collection ends.
    if (scalar || token === '\u0002' || token === '\u0018' || token === '\uFEFF') continue;
    if (!content && token.startsWith('#')) {
      if (/^[ \t]+$/.test(kept.at(-1) ?? '')) kept.pop();
      droppedLine = kept.at(-1)?.endsWith('\n') ?? true;
      continue;
    }
    if (!(droppedLine && token === '\n')) kept.push(token);
    droppedLine = false;
  }
  const bare = kept.join('');
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  const again = parseDocument(bare);
  const same = again.errors.length === 0 && JSON.stringify(again.toJS({ maxAliasCount: 100 })) === JSON.stringify(value);
  const result = same && !/(^|\s)#/.test(bare.replaceAll(/"[^"\n]*"|'[^'\n]*'/g, '')) ? bare : stringify(value ?? {}, { lineWidth: 0 });
  return result.trim() === '' ? '{}\n' : `${result.trimEnd()}\n`;
}

function pathText(path: readonly (string | number)[]): string {
  return path.reduce<string>((text, step) => (typeof step === 'number' ? `${text}[${step}]` : text ? `${text}.${step}` : step), '');
}
