import { chmodSync, linkSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { discover } from '../../../packages/core/src/cost/ingest/discover.ts';
import { file, temporaryFolder } from './support.ts';

const options = { home: '/nonexistent', cwd: '/nonexistent', optional: false };
const paths = (patterns: readonly string[], over: Partial<typeof options> = {}) => {
  const found = discover(patterns, { ...options, ...over });
  return {
    files: found.files.map(({ path }) => path),
    rejects: found.rejects.map(({ source, reason, detail }) => [source, reason, detail]),
  };
};

describe('discover', () => {
  it('finds files by pattern, by folder and by name, sorted, each once', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, '-w', 'sub'), { recursive: true });
    const [b, a, c] = [file(folder, '-w/b.jsonl', ''), file(folder, '-w/sub/a.jsonl', ''), file(folder, 'c.csv', '')];
    file(folder, 'd.txt', '');
    expect(paths([`${folder}/**/*.jsonl`])).toEqual({ files: [b, a], rejects: [] });
    expect(paths([folder, c, `${folder}/*.csv`])).toEqual({ files: [b, a, c], rejects: [] });
    expect(paths(['~/c.csv'], { home: folder }).files).toEqual([c]);
    expect(paths(['c.csv'], { cwd: folder }).files).toEqual([c]);
  });

  it('follows links to folders and files, and no loop', () => {
    const folder = temporaryFolder();
    const elsewhere = temporaryFolder();
    mkdirSync(join(folder, 'p'));
    file(elsewhere, 'x.jsonl', '');
    const own = file(folder, 'p/own.jsonl', '');
    symlinkSync(elsewhere, join(folder, 'p', 'linked'));
    symlinkSync(folder, join(folder, 'p', 'up'));
    symlinkSync(own, join(folder, 'p', 'z.jsonl'));
    linkSync(own, join(folder, 'p', 'y.jsonl'));
    expect(paths([`${folder}/**/*.jsonl`])).toEqual({ files: [join(folder, 'p/linked/x.jsonl'), own], rejects: [] });
  });

  it('says what is not there, unless that is no mistake', () => {
    const folder = temporaryFolder();
    const gone = join(folder, 'gone.jsonl');
    expect(paths([gone])).toEqual({ files: [], rejects: [[gone, 'unreadable', 'no such file or folder']] });
    expect(paths([`${folder}/gone/*.jsonl`]).rejects).toEqual([[`${folder}/gone`, 'unreadable', 'no such file or folder']]);
    expect(paths([gone], { optional: true })).toEqual({ files: [], rejects: [] });
  });

  it('says what cannot be followed', () => {
    const folder = temporaryFolder();
    const loop = join(folder, 'loop.jsonl');
    symlinkSync(loop, loop);
    const good = file(folder, 'good.jsonl', '');
    expect(paths([`${folder}/*.jsonl`], { optional: true })).toEqual({
      files: [good],
      rejects: [[loop, 'unreadable', 'a loop of symbolic links']],
    });
    expect(paths([`${good}/*.jsonl`]).rejects).toEqual([[good, 'unreadable', 'not a folder']]);
  });

  it('says which folder may not be read, and reads the others', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'closed'));
    file(folder, 'closed/a.jsonl', '');
    const open = file(folder, 'b.jsonl', '');
    chmodSync(folder, 0o755);
    chmodSync(join(folder, 'closed'), 0);
    onTestFinished(() => chmodSync(join(folder, 'closed'), 0o755));
    // Root may read everything; nobody may not.
    const root = process.geteuid?.() === 0;
    if (root) process.seteuid?.(65534);
    try {
      expect(paths([`${folder}/**/*.jsonl`], { optional: true })).toEqual({
        files: [open],
        rejects: [[join(folder, 'closed'), 'unreadable', 'permission denied']],
      });
    } finally {
      if (root) process.seteuid?.(0);
    }
  });
});
