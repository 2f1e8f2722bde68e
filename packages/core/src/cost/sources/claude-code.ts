import type { UsageRecord } from '../../model/usage.ts';
import { dollarsClaimed } from './claimed.ts';
import { count, isoTime, Malformed, name, requiredCount } from './fields.ts';
import { parseJson, trimmed } from './json-text.ts';
import { holdsAny } from './needles.ts';
import { attempt, usageRecord } from './record.ts';
import { jsonSelector, pick, type Selected, type SelectedFields, type Shape } from './select-json.ts';
import type { FileFacts, LineFormat, LineResult } from './source.ts';

/**
 * Session logs of Claude Code: a line for each content block of a message, so
 * that a message comes several times while its output grows, and again in the
 * files of resumed sessions. The key is `message.id`: it is the same under
 * another request id.
 */

const shape = {
  type: true,
  timestamp: true,
  sessionId: true,
  isSidechain: true,
  isApiErrorMessage: true,
  agentId: true,
  cwd: true,
  uuid: true,
  costUSD: true,
  message: {
    id: true,
    model: true,
    usage: {
      input_tokens: true,
      output_tokens: true,
      cache_creation_input_tokens: true,
      cache_read_input_tokens: true,
      cache_creation: { ephemeral_5m_input_tokens: true, ephemeral_1h_input_tokens: true },
      server_tool_use: { web_search_requests: true },
      service_tier: true,
      inference_geo: true,
      speed: true,
    },
  },
} as const satisfies Shape;

const select = jsonSelector(shape);
const holdsUsage = holdsAny('usage"');
const assistant = Buffer.from('"assistant"');
/** The role of a message comes before its content. */
const headBytes = 1024;

export const claudeCode: LineFormat = {
  kind: 'claude-code',
  stateless: true,
  // An answer without usage was cut short, even if by chance it ends in a brace: parsing tells.
  mayMatter: (line) => holdsUsage(line) || line.subarray(0, headBytes).includes(assistant),
  start: () => undefined,
  read: (line, state, file): LineResult<undefined> =>
    attempt(state, () => {
      const text = trimmed(line);
      return toRecord(select(text) ?? pick(parseJson(text), shape), file);
    }),
};

function toRecord(line: Selected, file: FileFacts): UsageRecord | undefined {
  if (!isSelected(line) || !isSelected(line.message)) return undefined;
  const { message } = line;
  if (message.usage === undefined || message.usage === null) return undefined;
  if (!isSelected(message.usage)) throw new Malformed('unknown-shape', 'message.usage is not an object');
  if (line.type !== undefined && line.type !== 'assistant')
    throw new Malformed('unknown-shape', 'message.usage on a line that is no assistant message');
  const model = name(message.model, 'message.model');
  // Made up by the client itself (interruptions, API errors): no request was answered.
  if (model === '<synthetic>') return undefined;
  const id = name(message.id, 'message.id');
  const key = id || name(line.uuid, 'uuid');
  if (key === '') throw new Malformed('missing-field', 'neither message.id nor uuid');
  const sidechain = line.isSidechain === true;
  return usageRecord({
    key,
    source: 'claude-code',
    at: isoTime(line.timestamp, 'timestamp'),
    model,
    provider: providerOf(id, model),
    agent: sidechain ? file.agentName || name(line.agentId, 'agentId') || 'subagent' : 'main',
    session: name(line.sessionId, 'sessionId'),
    project: name(line.cwd, 'cwd'),
    ...usageOf(message.usage),
    sidechain,
    status: line.isApiErrorMessage === true ? 'error' : 'ok',
    claimedPico: dollarsClaimed(line.costUSD, 'costUSD'),
  });
}

function usageOf(usage: SelectedFields): Pick<UsageRecord, 'tokens' | 'webSearches' | 'serviceTier' | 'geo'> {
  const split = nested(usage.cache_creation, 'usage.cache_creation');
  const serverTools = nested(usage.server_tool_use, 'usage.server_tool_use');
  const written = count(usage.cache_creation_input_tokens, 'usage.cache_creation_input_tokens');
  const said5m = count(split?.ephemeral_5m_input_tokens, 'usage.cache_creation.ephemeral_5m_input_tokens');
  const cacheWrite1h = count(split?.ephemeral_1h_input_tokens, 'usage.cache_creation.ephemeral_1h_input_tokens');
  return {
    tokens: {
      input: requiredCount(usage.input_tokens, 'usage.input_tokens'),
      output: requiredCount(usage.output_tokens, 'usage.output_tokens'),
      cacheRead: count(usage.cache_read_input_tokens, 'usage.cache_read_input_tokens'),
      // What the split does not explain was written with the default lifetime, five minutes.
      cacheWrite5m: said5m + Math.max(0, written - said5m - cacheWrite1h),
      cacheWrite1h,
    },
    webSearches: count(serverTools?.web_search_requests, 'usage.server_tool_use.web_search_requests'),
    // Fast mode has prices of its own, whatever the tier.
    serviceTier: usage.speed === 'fast' ? 'fast' : name(usage.service_tier, 'usage.service_tier'),
    geo: geoOf(name(usage.inference_geo, 'usage.inference_geo')),
  };
}

/** `not_available` is how the API says that it does not say. */
export function geoOf(geo: string): string {
  return geo === 'not_available' ? '' : geo;
}

/** The API's own message ids tell by what road the request went; otherwise the model's name does. */
function providerOf(id: string, model: string): string {
  if (id.startsWith('msg_bdrk_')) return 'aws-bedrock';
  if (id.startsWith('msg_vrtx_')) return 'google-vertex';
  return model.startsWith('claude-') ? 'anthropic' : '';
}

function nested(value: Selected | undefined, field: string): SelectedFields | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isSelected(value)) throw new Malformed('unknown-shape', `${field} is not an object`);
  return value;
}

function isSelected(value: Selected | undefined): value is SelectedFields {
  return typeof value === 'object' && value !== null;
}
