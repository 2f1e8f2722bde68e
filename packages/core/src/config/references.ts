import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { type Document, isScalar, visit } from 'yaml';
import { AgentOpsError, type Position } from '../errors.ts';
import { Unresolved } from './unresolved.ts';

export interface ReferenceContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** The configuration file: relative `${file:…}` paths start at its folder. */
  readonly file: string;
  position(offset: number): Position;
}

/**
 * Replaces `${env:X}` and `${file:X}` in every string of the document, in
 * place. `$${` stands for a literal `${`. A file's trailing line end is dropped.
 * A text with a reference that leads nowhere becomes an {@link Unresolved},
 * whose error names the variable or the file, never a value. Throws
 * `config-reference` on a reference of an unknown kind.
 */
export function resolveReferences(document: Document, context: ReferenceContext): void {
  visit(document, {
    Scalar(key, node) {
      if (key === 'key' || !isScalar(node) || typeof node.value !== 'string' || !node.value.includes('${')) return;
      const position = context.position(node.range?.[0] ?? 0);
      let missing: AgentOpsError | undefined;
      const text = node.value.replaceAll(/(\$?)\$\{([^}]*)\}/g, (_whole, doubled: string, body: string) => {
        if (doubled) return `\${${body}}`;
        const found = resolveOne(body, position, context);
        if (typeof found === 'string') return found;
        missing ??= found;
        return '';
      });
      node.value = missing ? new Unresolved(missing) : text;
    },
  });
}

/** The text that a reference stands for, or why there is none. */
function resolveOne(body: string, position: Position, context: ReferenceContext): string | AgentOpsError {
  const separator = body.indexOf(':');
  const kind = separator < 0 ? body : body.slice(0, separator);
  const name = body.slice(separator + 1).trim();
  if (separator < 0 || name === '' || (kind !== 'env' && kind !== 'file')) {
    // The text between the braces is not shown: it may be part of a password.
    throw new AgentOpsError('config-reference', 'unknown kind of ${…} reference', {
      position,
      hint: 'use ${env:NAME} or ${file:PATH}; $${ stands for a literal ${',
    });
  }
  if (kind === 'env') {
    const value = context.env[name];
    if (value !== undefined && value !== '') return value;
    return new AgentOpsError('config-reference', `environment variable ${name} is not set`, { position });
  }
  const expanded = name.startsWith('~/') ? join(context.home, name.slice(2)) : name;
  const path = isAbsolute(expanded) ? expanded : join(dirname(context.file), expanded);
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    return new AgentOpsError('config-reference', `cannot read ${name}: ${code}`, { position, cause: error });
  }
}
