import { join } from 'node:path';
import type { Host } from '../../host.ts';
import type { FormatId } from '../sources/formats.ts';

/** Files to read: paths, folders, patterns. */
export interface FileSource {
  readonly type: 'files';
  /** Name in counts and reports: the pattern as the user knows it. */
  readonly name: string;
  readonly patterns: readonly string[];
  /** undefined: told by each file's content. */
  readonly format?: FormatId;
  /** Nothing there is no mistake (standard places). */
  readonly optional?: boolean;
}

export interface StreamSource {
  readonly type: 'stream';
  readonly name: string;
  readonly stream: AsyncIterable<Uint8Array>;
  readonly format?: FormatId;
}

export type IngestSource = FileSource | StreamSource;

/**
 * Where coding agents log on this machine: `CLAUDE_CONFIG_DIR` (several with
 * commas), else `~/.claude` and `~/.config/claude`; `CODEX_HOME`, else
 * `~/.codex`. A folder that a variable names must be there.
 */
export function standardSources(host: Pick<Host, 'env' | 'home'>): FileSource[] {
  const { env, home } = host;
  const said = (env.CLAUDE_CONFIG_DIR ?? '')
    .split(',')
    .map((dir) => dir.trim())
    .filter((dir) => dir !== '');
  const claude = said.length > 0 ? said : [join(home, '.claude'), join(env.XDG_CONFIG_HOME || join(home, '.config'), 'claude')];
  const codex = env.CODEX_HOME || join(home, '.codex');
  return [
    ...claude.map((dir) => standard('claude-code', home, join(dir, 'projects/**/*.jsonl'))),
    standard('codex', home, join(codex, '{sessions,archived_sessions}/**/*.jsonl')),
  ];
}

function standard(format: FormatId, home: string, pattern: string): FileSource {
  const name = home !== '' && pattern.startsWith(`${home}/`) ? `~${pattern.slice(home.length)}` : pattern;
  return { type: 'files', name, patterns: [pattern], format, optional: true };
}
