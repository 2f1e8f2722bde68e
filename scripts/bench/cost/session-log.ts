import { type Totals, totalsOf } from './oracle.ts';
import type { Random } from './random.ts';
import type { Corpus } from './text.ts';

export interface SessionFacts {
  readonly sessionId: string;
  readonly cwd: string;
  /** Set for a subagent. */
  readonly agentId: string | undefined;
  readonly model: string;
}

/** One Claude Code session that can be gone on with: the lines of its log, and what it used, added to the totals. */
export class SessionLog {
  readonly #facts: SessionFacts;
  readonly #random: Random;
  readonly #corpus: Corpus;
  readonly #totals: Totals;
  #at: number;
  #parent: string | null = null;
  #context: number;

  constructor(facts: SessionFacts, startedAt: number, random: Random, corpus: Corpus, totals: Totals) {
    this.#facts = facts;
    this.#random = random;
    this.#corpus = corpus;
    this.#totals = totals;
    this.#at = startedAt;
    this.#context = random.whole(12_000, 25_000);
  }

  /** Whole turns of a conversation, until there are so many characters. */
  write(characters: number): string {
    const lines: string[] = [];
    let size = 0;
    const add = (line: string): void => {
      lines.push(line);
      size += line.length + 1;
    };
    while (size < characters) {
      add(this.#prompt());
      const requests = this.#random.whole(2, 14);
      for (let request = 0; request < requests && size < characters; request++) {
        for (const line of this.#message()) add(line);
        if (request < requests - 1) add(this.#toolResult());
      }
      if (this.#random.share() < 0.1) add(this.#snapshot());
    }
    return `${lines.join('\n')}\n`;
  }

  #head(seconds: number): { readonly head: string; readonly tail: string } {
    const { sessionId, cwd, agentId } = this.#facts;
    this.#at += Math.round(this.#random.share() * seconds * 1000) + 1;
    const uuid = this.#random.uuid();
    const parent = this.#parent === null ? 'null' : `"${this.#parent}"`;
    this.#parent = uuid;
    return {
      head: `{"parentUuid":${parent},"isSidechain":${agentId !== undefined},"userType":"external","cwd":"${cwd}","sessionId":"${sessionId}","version":"2.1.0","gitBranch":"main"${agentId === undefined ? '' : `,"agentId":"${agentId}"`}`,
      tail: `"uuid":"${uuid}","timestamp":"${new Date(this.#at).toISOString()}"}`,
    };
  }

  #text(median: number, sigma = 1): string {
    return this.#corpus.take(this.#random, Math.min(this.#random.logNormal(median, sigma), 200_000));
  }

  #prompt(): string {
    const { head, tail } = this.#head(120);
    return `${head},"type":"user","message":{"role":"user","content":"${this.#text(300)}"},${tail}`;
  }

  /** The log holds what a tool gave twice: as the model sees it and as the client shows it. */
  #toolResult(): string {
    const { head, tail } = this.#head(3);
    const text = this.#text(1100, 1.3);
    return `${head},"type":"user","message":{"role":"user","content":[{"tool_use_id":"toolu_01${this.#random.id(22)}","type":"tool_result","content":"${text}"}]},${tail.slice(0, -1)},"toolUseResult":{"stdout":"${text}","stderr":"","interrupted":false,"isImage":false}}`;
  }

  #snapshot(): string {
    return `{"type":"file-history-snapshot","messageId":"${this.#random.uuid()}","snapshot":{"trackedFileBackups":{"src/index.ts":{"version":2}},"timestamp":"${new Date(this.#at).toISOString()}"},"isSnapshotUpdate":false}`;
  }

  /** The lines of one message: one for each content block, the same usage but for the growing output. */
  #message(): string[] {
    const random = this.#random;
    const { model } = this.#facts;
    const id = `msg_01${random.id(22)}`;
    const requestId = `req_011${random.id(21)}`;
    const blocks = [
      ...(random.share() < 0.4 ? [`{"type":"thinking","thinking":"${this.#text(700)}","signature":"${random.id(320)}"}`] : []),
      ...(random.share() < 0.6 ? [`{"type":"text","text":"${this.#text(250)}"}`] : []),
      ...Array.from({ length: random.share() < 0.15 ? 2 : 1 }, () => this.#toolUse()),
    ];
    const input = random.whole(1, 12);
    const written = random.whole(80, 4000);
    const hour = random.share() < 0.3;
    const output = Math.max(blocks.length, Math.round(random.logNormal(260, 1)));
    const read = this.#context;
    this.#context = read + written > 165_000 ? random.whole(12_000, 25_000) : read + written;
    const sums = totalsOf(this.#totals, model);
    sums.messages++;
    sums.input += input;
    sums.output += output;
    sums.cacheRead += read;
    sums[hour ? 'cacheWrite1h' : 'cacheWrite5m'] += written;
    const split = `{"ephemeral_5m_input_tokens":${hour ? 0 : written},"ephemeral_1h_input_tokens":${hour ? written : 0}}`;
    return blocks.map((block, index) => {
      const { head, tail } = this.#head(index === 0 ? 20 : 3);
      const last = index === blocks.length - 1;
      const soFar = last ? output : Math.max(1, Math.floor((output * (index + 1)) / (blocks.length + 2)));
      return `${head},"message":{"model":"${model}","id":"${id}","type":"message","role":"assistant","content":[${block}],"stop_reason":${last ? '"tool_use"' : 'null'},"stop_sequence":null,"usage":{"input_tokens":${input},"cache_creation_input_tokens":${written},"cache_read_input_tokens":${read},"cache_creation":${split},"output_tokens":${soFar},"service_tier":"standard","inference_geo":"not_available"}},"requestId":"${requestId}","type":"assistant",${tail}`;
    });
  }

  #toolUse(): string {
    const id = `toolu_01${this.#random.id(22)}`;
    if (this.#random.share() < 0.25)
      return `{"type":"tool_use","id":"${id}","name":"Edit","input":{"file_path":"${this.#facts.cwd}/src/index.ts","old_string":"${this.#text(300)}","new_string":"${this.#text(400)}"}}`;
    // Inputs of tools may look like what is looked for.
    if (this.#random.share() < 0.01)
      return `{"type":"tool_use","id":"${id}","name":"Send","input":{"id":"msg_0","model":"none","usage":{"input_tokens":999999999},"body":"${this.#text(200)}"}}`;
    return `{"type":"tool_use","id":"${id}","name":"Bash","input":{"command":"${this.#text(120)}","description":"${this.#text(40, 0.5)}"}}`;
  }
}
