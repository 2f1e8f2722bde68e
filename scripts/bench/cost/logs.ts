import { appendFileSync, closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Totals } from './oracle.ts';
import { Random } from './random.ts';
import { type SessionFacts, SessionLog } from './session-log.ts';
import { Corpus } from './text.ts';

export interface Logs {
  /** Value of CLAUDE_CONFIG_DIR. */
  readonly folder: string;
  readonly totals: Totals;
  bytes: number;
  files: number;
  /** Bytes of lines that were copied from another session. */
  copied: number;
  subagents: number;
  /** Writes about so many more bytes: half to sessions that go on, half to new ones. */
  grow(bytes: number): void;
}

export interface Shape {
  readonly name: string;
  readonly bytes: number;
  readonly files: number;
}

const models = [
  'claude-opus-4-5-20251101',
  'claude-sonnet-4-5-20250929',
  'claude-sonnet-4-5-20250929',
  'claude-haiku-4-5-20251001',
] as const;
const agents = ['code-reviewer', 'test-runner', 'Explore', 'Plan', 'docs-writer'] as const;
const firstDay = Date.UTC(2026, 0, 5, 8);
const days = 60;
const resumedShare = 0.08;
const subagentShare = 0.15;
/** A file of one session is written in steps of so many characters. */
const step = 8 << 20;

/** Session logs of Claude Code as they lie on a disk, the same ones for the same shape. */
export function writeLogs(folder: string, shape: Shape): Logs {
  const random = new Random(20_260_105);
  const writer = new LogWriter(folder, random, new Corpus(random));
  const mean = shape.bytes / shape.files;
  while (writer.files < shape.files) {
    const left = shape.bytes - writer.bytes;
    const last = writer.files === shape.files - 1;
    // What is left is shared evenly, so that number and size come out; sessions of very different lengths.
    const fair = left / (shape.files - writer.files);
    writer.session(last ? Math.max(4_000, left) : Math.max(4_000, random.logNormal(0.55 * Math.min(fair, 3 * mean), 1.1)));
  }
  return writer;
}

class LogWriter implements Logs {
  readonly folder: string;
  readonly totals: Totals = new Map();
  bytes = 0;
  files = 0;
  copied = 0;
  subagents = 0;
  readonly #random: Random;
  readonly #corpus: Corpus;
  /** A short finished session, to be resumed by another. */
  #resumable: { readonly sessionId: string; readonly text: string } | undefined;
  /** Sessions that may go on. */
  readonly #open: { readonly path: string; readonly log: SessionLog }[] = [];
  #parent = { path: '', sessionId: '' };

  constructor(folder: string, random: Random, corpus: Corpus) {
    this.folder = folder;
    this.#random = random;
    this.#corpus = corpus;
  }

  session(characters: number): void {
    const random = this.#random;
    const subagent = this.#parent.path !== '' && this.subagents < this.files * subagentShare;
    const project = `project-${random.whole(1, 40)}`;
    const sessionId = subagent ? this.#parent.sessionId : random.uuid();
    const agentId = subagent ? random.id(8) : undefined;
    const path = subagent
      ? join(this.#parent.path.slice(0, -'.jsonl'.length), 'subagents', `agent-${agentId}.jsonl`)
      : join(this.folder, 'projects', `-home-dev-${project}`, `${sessionId}.jsonl`);
    mkdirSync(dirname(path), { recursive: true });
    if (subagent) {
      this.subagents++;
      writeFileSync(join(dirname(path), `agent-${agentId}.meta.json`), JSON.stringify({ agentType: random.pick(agents) }));
    } else this.#parent = { path, sessionId };

    const facts: SessionFacts = { sessionId, cwd: `/home/dev/${project}`, agentId, model: random.pick(models) };
    const startedAt = firstDay + random.whole(0, days - 1) * 86_400_000 + random.whole(0, 9 * 3_600_000);
    const log = new SessionLog(facts, startedAt, random, this.#corpus, this.totals);
    const fd = openSync(path, 'w');
    try {
      let left = characters;
      if (!subagent && this.#resumable && this.copied < this.bytes * resumedShare) {
        // A resumed session begins with the lines of the old one, under its own session id.
        const text = this.#resumable.text.replaceAll(this.#resumable.sessionId, sessionId);
        const copied = writeSync(fd, text);
        this.copied += copied;
        this.bytes += copied;
        left = Math.max(2_000, left - copied);
        this.#resumable = undefined;
      }
      for (; left > 0; left -= step) {
        const text = log.write(Math.min(left, step));
        this.bytes += writeSync(fd, text);
        if (!subagent && text.length < 1_000_000 && characters < step) this.#resumable = { sessionId, text };
      }
    } finally {
      closeSync(fd);
    }
    this.files++;
    if (!subagent) this.#open.push({ path, log });
    if (this.#open.length > 100) this.#open.shift();
  }

  grow(bytes: number): void {
    const end = this.bytes + bytes;
    const each = bytes / 2 / this.#open.slice(-12).length;
    for (const { path, log } of this.#open.slice(-12)) {
      const text = log.write(each);
      appendFileSync(path, text);
      this.bytes += Buffer.byteLength(text);
    }
    while (this.bytes < end) this.session(Math.max(2_000, Math.min(end - this.bytes, bytes / 24)));
  }
}
