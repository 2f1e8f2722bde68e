import { tokenRate } from '../platform/pace.ts';
import { type Agent, agents, day, hour, minute, type Tweaks } from '../platform/world.ts';

/** Share of an agent's tokens that are input, such that they cost what its counter in Prometheus says. */
const inputShare: Readonly<Record<Agent['model'], number>> = {
  'claude-sonnet-4-5': (15 - 4.1) / (15 - 3),
  'gpt-5': (10 - 3.2) / (10 - 1.25),
  'gpt-5-mini': (2 - 0.5) / (2 - 0.25),
};
const providers: Readonly<Record<Agent['model'], string>> = { 'claude-sonnet-4-5': 'anthropic', 'gpt-5': 'openai', 'gpt-5-mini': 'openai' };

/** Eight weeks. */
export const historyDays = 56;
/** So many days are told by the hour, those before them in larger steps. */
const detailedDays = 9;

/**
 * What the platform's agents used, as OTLP metrics in JSON, an export a line
 * as the Collector's file exporter writes them: the same tokens that Prometheus
 * counts. Begins on a midnight (UTC).
 */
export function telemetry(now: number, tweaks: Tweaks): string {
  const today = Math.floor(now / day) * day;
  const lines: string[] = [];
  for (let from = today - historyDays * day; from < now; ) {
    const step = from >= today - detailedDays * day ? hour : 6 * hour;
    const to = Math.min(from + step, now);
    lines.push(telemetryLine(from, to, now, tweaks));
    from += step;
  }
  return lines.join('');
}

/** One export: what was used in [from, to). */
export function telemetryLine(from: number, to: number, now: number, tweaks: Tweaks): string {
  // The last millisecond of the interval: midnight belongs to the next day.
  const span = { startTimeUnixNano: `${from}000000`, timeUnixNano: `${to - 1}000000` };
  const dataPoints = agents.flatMap((agent) => {
    const tokens = tokensOf(agent, from, to, now, tweaks);
    const input = Math.round(tokens * inputShare[agent.model]);
    const count = String(Math.round((agent.rate * (to - from)) / 1000));
    const point = (type: string, sum: number): object => ({ attributes: attributes(agent, type), ...span, count, sum });
    return [point('input', input), point('output', Math.round(tokens) - input)];
  });
  const metric = { name: 'gen_ai.client.token.usage', unit: '{token}', histogram: { aggregationTemporality: 1, dataPoints } };
  const resource = { attributes: [text('service.name', 'agents')] };
  return `${JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics: [{ metrics: [metric] }] }] })}\n`;
}

function tokensOf(agent: Agent, from: number, to: number, now: number, tweaks: Tweaks): number {
  let tokens = 0;
  for (let at = from; at < to; at += 5 * minute) {
    const end = Math.min(at + 5 * minute, to);
    tokens += (tokenRate(agent, at, now, tweaks) * (end - at)) / 1000;
  }
  return tokens;
}

function attributes(agent: Agent, type: string): object[] {
  return [
    text('gen_ai.agent.name', agent.name),
    text('gen_ai.provider.name', providers[agent.model]),
    text('gen_ai.response.model', agent.model),
    text('gen_ai.token.type', type),
  ];
}

function text(key: string, stringValue: string): object {
  return { key, value: { stringValue } };
}
