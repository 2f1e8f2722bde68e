import type { UsageRecord } from '../../../model/usage.ts';
import { type Fields, inRange, isFields, keyOf, Malformed, name, remainder } from '../fields.ts';
import { usageRecord } from '../record.ts';
import { type Attributes, attribute, attributeCount, attributesOf, nanosToMs } from './attributes.ts';

/** OpenTelemetry's semantic conventions for generative AI, newest spelling first. */
const spelling = {
  input: ['gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens'],
  output: ['gen_ai.usage.output_tokens', 'gen_ai.usage.completion_tokens'],
  cacheRead: ['gen_ai.usage.cache_read.input_tokens', 'gen_ai.usage.cache_read_input_tokens', 'gen_ai.usage.cached_tokens'],
  cacheWrite: [
    'gen_ai.usage.cache_creation.input_tokens',
    'gen_ai.usage.cache_write.input_tokens',
    'gen_ai.usage.cache_creation_input_tokens',
    'gen_ai.usage.cache_write_input_tokens',
  ],
  reasoning: ['gen_ai.usage.reasoning.output_tokens', 'gen_ai.usage.reasoning_output_tokens', 'gen_ai.usage.reasoning_tokens'],
} as const;

/** Operations that may carry the sum of the model calls below them: counting both would count twice. */
const wholes = new Set(['invoke_agent', 'create_agent', 'execute_tool', 'invoke_workflow']);

/** Who or what the usage belongs to; the same for spans and for data points. */
export function ownerOf(attributes: Attributes): Pick<UsageRecord, 'model' | 'provider' | 'agent' | 'session' | 'project'> {
  return {
    model: attribute(attributes, 'gen_ai.response.model', 'gen_ai.request.model', 'model'),
    provider: attribute(attributes, 'gen_ai.provider.name', 'gen_ai.system'),
    agent: attribute(attributes, 'gen_ai.agent.name', 'gen_ai.agent.id', 'agent.name', 'query_source'),
    session: attribute(attributes, 'gen_ai.conversation.id', 'session.id'),
    project: attribute(attributes, 'service.name'),
  };
}

/** The usage of one span; undefined for a span without any, or with the sum of others'. Cache and reasoning are inside input and output. */
export function fromSpan(span: Fields, resource: Attributes): UsageRecord | undefined {
  const attributes = attributesOf(span.attributes, resource);
  const input = attributeCount(attributes, ...spelling.input);
  const output = attributeCount(attributes, ...spelling.output);
  if ((input === undefined && output === undefined) || isWhole(attributes)) return undefined;
  const cacheRead = attributeCount(attributes, ...spelling.cacheRead) ?? 0;
  const cacheWrite5m = attributeCount(attributes, ...spelling.cacheWrite) ?? 0;
  const reasoning = attributeCount(attributes, ...spelling.reasoning) ?? 0;
  remainder(output ?? 0, [reasoning], 'gen_ai.usage.output_tokens');
  const start = nanosToMs(span.startTimeUnixNano, 'startTimeUnixNano');
  const end = nanosToMs(span.endTimeUnixNano, 'endTimeUnixNano');
  const at = start ?? end;
  if (at === undefined) throw new Malformed('missing-field', 'startTimeUnixNano is missing');
  const ids = [name(span.traceId, 'traceId'), name(span.spanId, 'spanId')];
  if (ids.includes('')) throw new Malformed('missing-field', 'traceId or spanId is missing');
  return usageRecord({
    key: keyOf(['span', ...ids]),
    source: 'otlp',
    at: inRange(at, 'startTimeUnixNano'),
    ...ownerOf(attributes),
    tokens: {
      input: remainder(input ?? 0, [cacheRead, cacheWrite5m], 'gen_ai.usage.input_tokens'),
      output: output ?? 0,
      cacheRead,
      cacheWrite5m,
      cacheWrite1h: 0,
    },
    reasoning,
    serviceTier: attribute(
      attributes,
      'gen_ai.openai.response.service_tier',
      'openai.response.service_tier',
      'gen_ai.response.service_tier',
    ),
    status: statusOf(span.status, attributes),
    latencyMs: start === undefined || end === undefined ? null : Math.max(0, end - start),
  });
}

/** Whether a span has counts of tokens of its own, whatever they are worth. */
export function bearsUsage(span: Fields): boolean {
  const attributes = attributesOf(span.attributes);
  return !isWhole(attributes) && [...spelling.input, ...spelling.output].some((key) => attributes.has(key));
}

function isWhole(attributes: Attributes): boolean {
  return wholes.has(String(attributes.get('gen_ai.operation.name') ?? ''));
}

function statusOf(status: unknown, attributes: Attributes): UsageRecord['status'] {
  const code = isFields(status) ? status.code : undefined;
  return code === 2 || code === 'STATUS_CODE_ERROR' || attributes.has('error.type') ? 'error' : 'ok';
}
