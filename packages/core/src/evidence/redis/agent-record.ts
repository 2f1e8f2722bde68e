import type { AgentRecord } from '../../model/servers.ts';

/**
 * One value of the registry hash: JSON with type, status, capacity,
 * current_load, last_heartbeat and, optionally, endpoint and latency_ms.
 * Undefined where it is no JSON object; what is missing or of the wrong kind is
 * named in `malformed` and never guessed.
 */
export function parseAgentRecord(id: string, value: string): AgentRecord | undefined {
  let entry: unknown;
  try {
    entry = JSON.parse(value);
  } catch {
    return undefined;
  }
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return undefined;
  const fields = entry as Readonly<Record<string, unknown>>;
  const malformed: string[] = [];
  const take = <T>(name: string, read: (value: unknown) => T | undefined, optional = false): T | undefined => {
    const given = fields[name];
    const result = given === undefined ? undefined : read(given);
    if (result === undefined && !(optional && given === undefined)) malformed.push(name);
    return result;
  };
  const type = take('type', readText) ?? '';
  const status = take('status', readText) ?? '';
  const capacity = take('capacity', readAmount) ?? null;
  const currentLoad = take('current_load', readAmount) ?? null;
  const lastHeartbeat = take('last_heartbeat', parseInstant) ?? null;
  const endpoint = take('endpoint', readEndpoint, true);
  const latencyMs = take('latency_ms', readAmount, true);
  return {
    id,
    type,
    status,
    capacity,
    currentLoad,
    lastHeartbeat,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(latencyMs === undefined ? {} : { latencyMs }),
    malformed,
  };
}

/**
 * Seconds or milliseconds since the epoch, as number or text, or ISO 8601, to
 * ms. Below 1e11 a number means seconds (up to the year 5138; as milliseconds
 * it would be before March 1973). ISO without a zone is UTC, as Python's
 * `utcnow().isoformat()` writes it.
 */
export function parseInstant(value: unknown): number | undefined {
  const text = typeof value === 'string' ? value.trim() : value;
  const number = typeof text === 'number' ? text : typeof text === 'string' && /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
  if (number !== undefined) return number > 0 && number < 1e14 ? Math.round(number < 1e11 ? number * 1000 : number) : undefined;
  if (typeof text !== 'string') return undefined;
  const match = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(Z|[+-]\d{2}:?\d{2})?$/i.exec(text);
  if (!match) return undefined;
  const zone = (match[3] ?? 'Z').replace(/^([+-]\d{2})(\d{2})$/, '$1:$2').toUpperCase();
  const at = Date.parse(`${match[1]}T${match[2]}${zone}`);
  return Number.isNaN(at) ? undefined : at;
}

function readText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A finite number, 0 or more; also as decimal text. */
function readAmount(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined;
}

/** An address without credentials and query; anything that is no URL is kept as it is (`host:port`). */
function readEndpoint(value: unknown): string | undefined {
  const text = readText(value);
  if (text === undefined || !text.includes('://')) return text?.includes('@') ? text.slice(text.lastIndexOf('@') + 1) : text;
  try {
    const url = new URL(text);
    return `${url.protocol}//${url.host}${url.pathname === '/' ? '' : url.pathname}`;
  } catch {
    return undefined;
  }
}
