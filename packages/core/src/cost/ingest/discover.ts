import { type Dirent, readdirSync, type Stats, statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import type { Reject } from '../../model/usage.ts';
import { reasonOf } from './failure.ts';
import { globPattern } from './glob.ts';

export interface FoundFile {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly dev: number;
  readonly ino: number;
}

export interface Discovery {
  /** Sorted by path; a file that several names lead to is there once. */
  readonly files: readonly FoundFile[];
  readonly rejects: readonly Reject[];
}

/** What a folder is searched for when no pattern says it. */
const insideFolder = '**/*.{jsonl,ndjson,json,csv}';

export interface DiscoverOptions {
  readonly home: string;
  readonly cwd: string;
  /** A standard place that is not there is no mistake; one that was configured is. */
  readonly optional: boolean;
}

/** The files that paths, folders and patterns name. Symbolic links are followed, each folder once. */
export function discover(patterns: readonly string[], options: DiscoverOptions): Discovery {
  const search = new Search(options);
  for (const pattern of patterns) search.pattern(absolute(pattern, options));
  return { files: search.files(), rejects: search.rejects };
}

function absolute(pattern: string, { home, cwd }: DiscoverOptions): string {
  if (pattern === '~' || pattern.startsWith('~/')) return join(home, pattern.slice(1));
  return isAbsolute(pattern) ? pattern : resolve(cwd, pattern);
}

class Search {
  readonly #optional: boolean;
  readonly #files = new Map<string, FoundFile>();
  readonly rejects: Reject[] = [];

  constructor(options: DiscoverOptions) {
    this.#optional = options.optional;
  }

  files(): FoundFile[] {
    return [...this.#files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  pattern(pattern: string): void {
    const { base, matches } = globPattern(pattern);
    const stat = this.#stat(base);
    if (stat === undefined) return;
    if (matches === undefined && stat.isFile()) this.#add(base, stat);
    else if (!stat.isDirectory()) this.#reject(base, matches === undefined ? 'not a regular file' : 'not a folder');
    else this.#folder(base, '', matches ?? globPattern(`/${insideFolder}`).matches ?? (() => false), new Set([idOf(stat)]));
  }

  /** `visited` holds the folders on the way: a link back to one of them is a loop. */
  #folder(path: string, below: string, matches: (below: string) => boolean, visited: Set<string>): void {
    let entries: Dirent[];
    try {
      entries = readdirSync(path, { withFileTypes: true });
    } catch (error) {
      this.#failed(path, error);
      return;
    }
    for (const entry of entries) {
      const inner = below === '' ? entry.name : `${below}/${entry.name}`;
      const wanted = matches(inner);
      if (!wanted && !entry.isDirectory() && !entry.isSymbolicLink()) continue;
      const name = join(path, entry.name);
      const stat = this.#stat(name, wanted);
      if (stat?.isDirectory()) {
        const id = idOf(stat);
        if (visited.has(id)) continue;
        visited.add(id);
        this.#folder(name, inner, matches, visited);
      } else if (wanted && stat?.isFile()) this.#add(name, stat);
      else if (wanted && stat) this.#reject(name, 'not a regular file');
    }
  }

  #add(path: string, stat: Stats): void {
    const id = idOf(stat);
    const other = this.#files.get(id);
    // The smallest of several names, so that the cursor has the same one in every run.
    if (other === undefined || path < other.path)
      this.#files.set(id, { path, size: stat.size, mtimeMs: stat.mtimeMs, dev: stat.dev, ino: stat.ino });
  }

  #stat(path: string, said = true): Stats | undefined {
    try {
      return statSync(path);
    } catch (error) {
      if (said) this.#failed(path, error);
      return undefined;
    }
  }

  #failed(path: string, error: unknown): void {
    const absent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!(absent && this.#optional)) this.#reject(path, reasonOf(error));
  }

  #reject(path: string, detail: string): void {
    this.rejects.push({ source: path, line: 0, reason: 'unreadable', detail });
  }
}

function idOf(stat: Stats): string {
  return `${stat.dev}:${stat.ino}`;
}
