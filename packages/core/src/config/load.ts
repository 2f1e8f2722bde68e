import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Document, isMap, isNode, isPair, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import type { z } from 'zod';
import { AgentOpsError, type Position } from '../errors.ts';
import type { Host } from '../host.ts';
import { configJsonSchema, schemasAt } from './json-schema.ts';
import { nearest } from './nearest.ts';
import { resolveReferences } from './references.ts';
import { type Config, configSchema } from './schema.ts';
import { holesIn, parseWithHoles } from './unresolved.ts';

export interface LoadedConfig {
  readonly config: Config;
  /** Absolute path; undefined where there is no file and defaults hold. */
  readonly file: string | undefined;
  /** References that lead nowhere and need not; empty where `needs` is `all`. */
  readonly unresolved: readonly AgentOpsError[];
}

export interface LoadOptions {
  /**
   * `all`: every reference must resolve, as whoever rotates secrets needs it.
   * `no-secrets` (the default): references below `secrets` and `rotation` need not, for the machine that diagnoses
   * does not hold an issuer's admin key. Such a setting is then a property that throws `config-reference` (file, line,
   * column and the variable's name, as loading would have) as soon as it is read. `nothing`: so anywhere, for a command
   * that only prints what somebody else will run.
   */
  readonly needs?: 'all' | 'no-secrets' | 'nothing';
}

/** Settings that only those commands use that change something. */
const lenient: readonly unknown[] = ['secrets', 'rotation'];

/**
 * Finds and reads the configuration: `explicit` (`--config`), AGENTOPS_CONFIG,
 * `agentops.yaml` from the working directory upwards, then the user's config
 * folder; defaults where there is none. Throws `config-not-found`,
 * `config-invalid` or `config-reference`, with file, line and column.
 */
export function loadConfig(host: Pick<Host, 'env' | 'home' | 'cwd'>, explicit?: string, options: LoadOptions = {}): LoadedConfig {
  const named = explicit ?? host.env.AGENTOPS_CONFIG;
  if (named !== undefined && named !== '') {
    const file = resolve(host.cwd, named);
    if (!existsSync(file)) {
      const from = explicit === undefined ? 'AGENTOPS_CONFIG names it' : '--config names it';
      throw new AgentOpsError('config-not-found', `no such configuration file: ${named}`, { hint: from });
    }
    return { ...readConfig(file, named, host, options), file };
  }
  const file = findConfig(host);
  return file === undefined
    ? { config: configSchema.parse({}), file, unresolved: [] }
    : { ...readConfig(file, displayPath(file, host.cwd), host, options), file };
}

function findConfig(host: Pick<Host, 'env' | 'home' | 'cwd'>): string | undefined {
  for (let folder = host.cwd; ; folder = dirname(folder)) {
    const candidate = join(folder, 'agentops.yaml');
    if (existsSync(candidate)) return candidate;
    if (dirname(folder) === folder) break;
  }
  const user = join(host.env.XDG_CONFIG_HOME || join(host.home, '.config'), 'agentops', 'agentops.yaml');
  return existsSync(user) ? user : undefined;
}

function displayPath(file: string, cwd: string): string {
  return dirname(file) === cwd ? 'agentops.yaml' : file;
}

function readConfig(file: string, shown: string, host: Pick<Host, 'env' | 'home'>, options: LoadOptions): Omit<LoadedConfig, 'file'> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new AgentOpsError('file-unreadable', `cannot read ${shown}: ${(error as NodeJS.ErrnoException).code ?? 'unreadable'}`, {
      cause: error,
    });
  }
  return parseText(text, shown, file, host, options);
}

/** {@link loadConfig} for a text already read; `shown` is the file's name in messages. */
export function parseConfig(
  text: string,
  shown: string,
  file: string,
  host: Pick<Host, 'env' | 'home'>,
  options: LoadOptions = {},
): Config {
  return parseText(text, shown, file, host, options).config;
}

function parseText(
  text: string,
  shown: string,
  file: string,
  host: Pick<Host, 'env' | 'home'>,
  { needs = 'no-secrets' }: LoadOptions,
): Omit<LoadedConfig, 'file'> {
  const lines = new LineCounter();
  const document = parseDocument(text.replace(/^\uFEFF/, ''), { lineCounter: lines, prettyErrors: false });
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file: shown, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const broken = document.errors[0];
  if (broken) {
    throw new AgentOpsError('config-invalid', `not valid YAML: ${parserWords(broken.message)}`, { position: position(broken.pos[0]) });
  }
  resolveReferences(document, { env: host.env, home: host.home, file, position });
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch {
    throw new AgentOpsError('config-invalid', 'an alias expands too often or does not resolve', { position: position(0) });
  }
  const holes = holesIn(value);
  const needed = holes.filter(({ path }) => needs === 'all' || (needs === 'no-secrets' && !lenient.includes(path[0])));
  // The first in the file, whichever way leads to it.
  const [missing] = needed.map(({ error }) => error).sort(byPosition);
  if (missing) throw missing;
  const parsed = parseWithHoles(configSchema, value, holes);
  if (parsed.success) return { config: parsed.data, unresolved: [...new Set(holes.map(({ error }) => error))] };
  const problems = parsed.error.issues.flatMap((issue) => problemsOf(issue, document, value)).sort((a, b) => a.offset - b.offset);
  const [first, ...rest] = problems as [Problem, ...Problem[]];
  const more = rest.length > 0 ? `; ${rest.length} more after it` : '';
  throw new AgentOpsError('config-invalid', first.message + more, {
    position: position(first.offset),
    ...(first.hint ? { hint: first.hint } : {}),
  });
}

function byPosition(a: AgentOpsError, b: AgentOpsError): number {
  const [one, other] = [a.position, b.position];
  return (one?.line ?? 0) - (other?.line ?? 0) || (one?.column ?? 0) - (other?.column ?? 0);
}

/** The parser's own words without those of the file that it quotes: they may be part of a password. */
function parserWords(message: string): string {
  if (/\btags?\b/i.test(message) && !message.startsWith('Anchors and tags')) return 'a value that begins with ! must be quoted';
  if (/multiple documents/.test(message)) return 'more than one document';
  return message
    .replace(/["']quote/, 'quote')
    .replace(/^(Invalid escape sequence|Unknown directive|Unsupported YAML version) .*$/s, '$1')
    .replace(/(:\s|;|\n|"|').*$/s, '')
    .trim();
}

interface Problem {
  readonly offset: number;
  readonly message: string;
  readonly hint?: string;
}

function problemsOf(issue: z.core.$ZodIssue, document: Document, value: unknown): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      // `password:secret` without a space is a key as a whole.
      const name = key.split(/[:=\s]/)[0] ?? '';
      const known = schemasAt(configJsonSchema(), issue.path).flatMap((node) => Object.keys(node.properties ?? {}));
      const near = nearest(name, known);
      const hint = key.startsWith(`${name}:`)
        ? 'a space is missing after the colon'
        : near
          ? `did you mean "${near}"?`
          : known.length > 0 && known.length <= 20
            ? `known here: ${known.join(', ')}`
            : undefined;
      const message = `unknown key "${name}${name === key ? '' : '…'}"${issue.path.length > 0 ? ` in ${pathText(issue.path)}` : ''}`;
      return { offset: offsetOf(document, [...issue.path, key], true), message, ...(hint ? { hint } : {}) };
    });
  }
  if (issue.code === 'invalid_union' && 'errors' in issue && issue.errors.length > 0 && issue.errors[0]?.[0]) {
    const inner = issue.errors.map((list) => list[0]?.message ?? '').filter(Boolean);
    return [{ offset: offsetOf(document, issue.path, false), message: `${pathText(issue.path)}: ${[...new Set(inner)].join(', or ')}` }];
  }
  const missing = issue.code === 'invalid_type' && valueAt(value, issue.path) === undefined;
  const message = missing
    ? `${pathText(issue.path)} is missing`
    : `${pathText(issue.path) || 'the file'}: ${lowerFirst(issue.message.replace(/^Invalid input: /, ''))}`;
  return [{ offset: offsetOf(document, issue.path, false), message }];
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text ? `${text}.${String(step)}` : String(step)),
    '',
  );
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (current, step) => (current instanceof Object ? (current as Record<PropertyKey, unknown>)[step] : undefined),
    value,
  );
}

/** Offset of the deepest node on the path that exists; of the key itself when asked for. */
function offsetOf(document: Document, path: readonly PropertyKey[], ofKey: boolean): number {
  let node: Node | null = document.contents;
  let offset = node?.range?.[0] ?? 0;
  path.forEach((step, index) => {
    if (!isMap(node)) {
      const next: unknown = document.getIn(path.slice(0, index + 1), true);
      node = isNode(next) ? next : null;
      offset = node?.range?.[0] ?? offset;
      return;
    }
    const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step));
    if (!pair) {
      node = null;
      return;
    }
    const last = index === path.length - 1;
    if ((last && ofKey) || !isNode(pair.value)) offset = (pair.key as Node).range?.[0] ?? offset;
    else offset = pair.value.range?.[0] ?? offset;
    node = isNode(pair.value) ? pair.value : null;
  });
  return offset;
}
