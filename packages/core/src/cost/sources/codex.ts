import { basename } from 'node:path';
import type { Tokens, UsageRecord } from '../../model/usage.ts';
import { afterCount, beginsTurn, forkOf, type Replay } from './codex-replay.ts';
import { count, type Fields, isFields, isoTime, keyOf, Malformed, name, optionalFields, remainder } from './fields.ts';
import { parseJson } from './json-text.ts';
import { holdsAny } from './needles.ts';
import { usageRecord } from './record.ts';
import type { FileFacts, LineFormat, LineResult } from './source.ts';

/** Cumulative counts of a session as Codex logs them: `input` holds `cached` and `written`, `output` holds `reasoning`. */
interface Totals {
  readonly input: number;
  readonly cached: number;
  readonly written: number;
  readonly output: number;
  readonly reasoning: number;
}

export interface CodexState {
  readonly session: string;
  readonly agent: string;
  readonly sidechain: boolean;
  readonly project: string;
  readonly provider: string;
  readonly model: string;
  /** The last cumulative totals; null before the first. */
  readonly totals: Totals | null;
  /** How many times the totals began anew. */
  readonly epoch: number;
  readonly replay: Replay | null;
  /** Of a fork nothing of its own was counted yet: its totals go on from its parent's. */
  readonly inherits: boolean;
}

/**
 * Sessions of the Codex CLI. Totals are cumulative, so that what a request used
 * is the difference of two; the same totals come again without any new usage
 * (rate limits). The history that a fork copies from its parent is a baseline,
 * not usage.
 */
export const codex: LineFormat<CodexState> = {
  kind: 'codex',
  mayMatter: holdsAny('token_count"', 'turn_context"', 'session_meta"', '_started"'),
  start: (file) => ({
    session: '',
    agent: 'main',
    sidechain: false,
    project: '',
    provider: '',
    model: '',
    totals: null,
    epoch: 0,
    replay: null,
    inherits: false,
    ...(file.agentName === undefined ? {} : { agent: file.agentName }),
  }),
  read: (line, state, file): LineResult<CodexState> => {
    try {
      const parsed = parseJson(line);
      return isFields(parsed) ? readLine(parsed, state, file) : { kind: 'none', state };
    } catch (error) {
      if (error instanceof Malformed) return { kind: 'reject', reason: error.reason, detail: error.message, state };
      throw error;
    }
  },
};

function readLine(line: Fields, state: CodexState, file: FileFacts): LineResult<CodexState> {
  const payload = line.payload;
  if (!isFields(payload)) return { kind: 'none', state };
  if (line.type === 'session_meta') return { kind: 'none', state: sessionMeta(payload, line.timestamp, state) };
  if (line.type === 'turn_context') {
    const replay = state.replay && beginsTurn(payload, state.replay) ? null : state.replay;
    const project = name(payload.cwd, 'payload.cwd') || state.project;
    return { kind: 'none', state: { ...state, replay, project, model: name(payload.model, 'payload.model') || state.model } };
  }
  if (line.type !== 'event_msg') return { kind: 'none', state };
  if (payload.type === 'task_started' || payload.type === 'turn_started') {
    return { kind: 'none', state: state.replay && beginsTurn(payload, state.replay) ? { ...state, replay: null } : state };
  }
  const info = payload.type === 'token_count' ? optionalFields(payload.info, 'payload.info') : undefined;
  return info ? tokenCount(line, info, state, file) : { kind: 'none', state };
}

/** The first one is the file's own; later ones are its ancestors', or its own again where the copy ends. */
function sessionMeta(meta: Fields, lineTime: unknown, state: CodexState): CodexState {
  const session = name(meta.id, 'payload.id') || name(meta.session_id, 'payload.session_id');
  if (state.session !== '') return session === state.session ? { ...state, replay: null } : state;
  const source = isFields(meta.source) && isFields(meta.source.subagent) ? meta.source.subagent : undefined;
  const spawn = source && isFields(source.thread_spawn) ? source.thread_spawn : undefined;
  const subagent = spawn ? name(spawn.agent_role, 'agent_role') || name(spawn.agent_nickname, 'agent_nickname') : '';
  const replay = forkOf(meta, lineTime);
  return {
    ...state,
    session,
    project: name(meta.cwd, 'payload.cwd'),
    provider: name(meta.model_provider, 'payload.model_provider'),
    agent: source ? subagent || 'subagent' : state.agent,
    sidechain: source !== undefined,
    replay,
    inherits: replay !== null,
  };
}

function tokenCount(line: Fields, info: Fields, before: CodexState, file: FileFacts): LineResult<CodexState> {
  const totals = totalsOf(info.total_token_usage, 'total_token_usage');
  const last = totalsOf(info.last_token_usage, 'last_token_usage');
  const at = isoTime(line.timestamp, 'timestamp');
  const replay = before.replay && afterCount(before.replay, at);
  const baseline: CodexState = { ...before, replay, totals: totals ?? before.totals };
  if (replay) return { kind: 'none', state: baseline };

  const previous = before.totals;
  const anew = totals !== null && previous !== null && (totals.input < previous.input || totals.output < previous.output);
  const state = { ...baseline, inherits: false, epoch: before.epoch + (anew ? 1 : 0) };
  const used = usedSince(totals, last, anew ? null : previous, anew || before.inherits);
  if (used === null || used.input + used.output === 0) return { kind: 'none', state };
  return { kind: 'record', record: toRecord(used, totals, at, state, info, file), state };
}

/** What was used since the previous totals. Without any to subtract from, totals that another session began are no usage of this one, its last request is. */
function usedSince(totals: Totals | null, last: Totals | null, previous: Totals | null, inherited: boolean): Totals | null {
  if (totals === null) return last;
  if (previous === null) return inherited && last !== null ? last : totals;
  const input = totals.input - previous.input;
  const output = totals.output - previous.output;
  const cached = clamp(totals.cached - previous.cached, input);
  return {
    input,
    output,
    cached,
    written: clamp(totals.written - previous.written, input - cached),
    reasoning: clamp(totals.reasoning - previous.reasoning, output),
  };
}

function clamp(part: number, whole: number): number {
  return Math.min(Math.max(part, 0), whole);
}

function totalsOf(value: unknown, field: string): Totals | null {
  const fields = optionalFields(value, field);
  if (!fields) return null;
  const totals = {
    input: count(fields.input_tokens, `${field}.input_tokens`),
    cached: count(fields.cached_input_tokens, `${field}.cached_input_tokens`),
    written: count(fields.cache_write_input_tokens, `${field}.cache_write_input_tokens`),
    output: count(fields.output_tokens, `${field}.output_tokens`),
    reasoning: count(fields.reasoning_output_tokens, `${field}.reasoning_output_tokens`),
  };
  remainder(totals.input, [totals.cached, totals.written], `${field}.input_tokens`);
  remainder(totals.output, [totals.reasoning], `${field}.output_tokens`);
  return totals;
}

function toRecord(used: Totals, totals: Totals | null, at: number, state: CodexState, info: Fields, file: FileFacts): UsageRecord {
  const session = state.session || basename(file.path).replace(/\.jsonl$/, '');
  const tokens: Tokens = {
    input: used.input - used.cached - used.written,
    output: used.output,
    cacheRead: used.cached,
    cacheWrite5m: used.written,
    cacheWrite1h: 0,
  };
  // The totals tell the requests of a session apart in every copy of its file; without them the time must.
  const mark = totals ? [state.epoch, totals.input, totals.cached, totals.output] : [at, used.input, used.output];
  return usageRecord({
    key: keyOf([session, ...mark]),
    source: 'codex',
    at,
    model: state.model || name(info.model, 'payload.info.model'),
    provider: state.provider,
    agent: state.agent,
    session,
    project: state.project,
    tokens,
    reasoning: used.reasoning,
    sidechain: state.sidechain,
    status: 'ok',
  });
}
