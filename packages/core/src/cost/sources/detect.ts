import { agentopsColumns } from './agentops.ts';
import { columnsOf, csvCells } from './csv.ts';
import { type Fields, isFields } from './fields.ts';
import type { FormatId } from './formats.ts';
import { trimmed } from './json-text.ts';

/**
 * The format of a file from its first bytes (64 KiB are enough). JSON is told
 * by its keys; text that is cut off where the bytes end is still recognised.
 * Undefined: none of ours.
 */
export function detectFormat(firstBytes: Buffer, path: string): FormatId | undefined {
  const start = trimmed(firstBytes);
  const first = start.find((byte) => byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d);
  if (first === undefined) return undefined;
  const csv = first === 0x7b || first === 0x5b ? undefined : ofCsv(start);
  // A damaged first line hides neither the others nor the place.
  return csv ?? ofJson(start.toString('utf8'), path);
}

function ofCsv(start: Buffer): FormatId | undefined {
  const end = start.indexOf(0x0a);
  try {
    const cells = csvCells(end < 0 ? start : start.subarray(0, end));
    const has = (...names: readonly string[]): boolean => Object.keys(columnsOf(cells, names).index).length === names.length;
    if (has('request_created_at', 'prompt_tokens', 'completion_tokens')) return 'helicone';
    if (has(...agentopsColumns.slice(0, 2), 'input_tokens', 'output_tokens')) return 'agentops-csv';
  } catch {
    // A first row that is no CSV is no header of ours.
  }
  return undefined;
}

function ofJson(text: string, path: string): FormatId | undefined {
  // Line by line first: in JSON Lines each is whole; the first may be a summary or a user's message.
  for (const line of text.split('\n').slice(0, 200)) {
    const value = parsed(line);
    const found = value === undefined ? undefined : ofValue(value);
    if (found) return found;
  }
  const whole = parsed(text);
  return (whole === undefined ? undefined : ofValue(whole)) ?? ofKeys(text) ?? ofPath(path);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function ofValue(value: unknown, depth = 0): FormatId | undefined {
  if (Array.isArray(value)) return value.length === 0 || depth > 4 ? undefined : ofValue(value[0], depth + 1);
  if (!isFields(value)) return undefined;
  const has = (...keys: readonly string[]): boolean => keys.every((key) => value[key] !== undefined);
  if (has('resourceSpans') || has('resourceMetrics') || has('resourceLogs')) return 'otlp';
  if (isCodex(value)) return 'codex';
  if (has('uuid', 'timestamp', 'type') || has('sessionId', 'type') || (isFields(value.message) && isFields(value.message.usage)))
    return 'claude-code';
  if (has('request_id', 'startTime') || has('api_requests', 'date')) return 'litellm';
  if (has('usageDetails') || (has('traceId', 'startTime', 'type') && !has('spanId'))) return 'langfuse';
  if (typeof value.object === 'string' && value.object.startsWith('organization.')) return 'openai-usage';
  if (has('uncached_input_tokens') || (has('amount') && !isFields(value.amount) && has('currency')) || has('starting_at'))
    return 'anthropic-usage';
  if (has('start_time', 'results')) return 'openai-usage';
  if (has('timestamp', 'model', 'input_tokens')) return 'agentops-jsonl';
  return Array.isArray(value.data) ? ofValue(value.data, depth + 1) : undefined;
}

function isCodex(value: Fields): boolean {
  return (
    isFields(value.payload) && ['session_meta', 'turn_context', 'event_msg', 'response_item', 'compacted'].includes(String(value.type))
  );
}

/** A large document is cut off by the end of the bytes: its keys are looked for as text, to choose a reader; what is counted, the reader decides. */
function ofKeys(text: string): FormatId | undefined {
  const marks: readonly (readonly [string, FormatId])[] = [
    ['"resourceSpans"', 'otlp'],
    ['"resourceMetrics"', 'otlp'],
    ['"usageDetails"', 'langfuse'],
    ['"uncached_input_tokens"', 'anthropic-usage'],
    ['"starting_at"', 'anthropic-usage'],
    ['"organization.', 'openai-usage'],
    ['"start_time"', 'openai-usage'],
    ['"prompt_tokens"', 'litellm'],
    ['"session_meta"', 'codex'],
    ['"parentUuid"', 'claude-code'],
    ['"input_tokens"', 'agentops-jsonl'],
  ];
  return marks.find(([mark]) => text.includes(mark))?.[1];
}

function ofPath(path: string): FormatId | undefined {
  if (/[\\/]projects[\\/].*\.jsonl$/.test(path)) return 'claude-code';
  return /[\\/]sessions[\\/].*rollout-.*\.jsonl$/.test(path) ? 'codex' : undefined;
}
