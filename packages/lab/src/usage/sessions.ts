import { seeded } from '../platform/random.ts';
import { day, minute } from '../platform/world.ts';
import { historyDays } from './telemetry.ts';

/** A file below the folder of Claude Code's projects. */
export interface LogFile {
  readonly path: string;
  readonly text: string;
}

const project = '-srv-agents';
/** Days before today of the session that ran away, and how often it went round. */
const runaway = { daysAgo: 3, rounds: 140 };

/**
 * Session logs of the engineers who run the platform, in Claude Code's shape:
 * numbers, names and ids, nothing that was said. A day has the same sessions
 * whenever the lab is opened, but for the one that ran away.
 */
export function sessionLogs(now: number): LogFile[] {
  const today = Math.floor(now / day);
  const files: LogFile[] = [];
  for (let date = today - historyDays; date <= today; date += 1) {
    const random = seeded(date);
    const weekend = [0, 6].includes(new Date(date * day).getUTCDay());
    const sessions = weekend ? Number(random() < 0.4) : 2 + Math.floor(random() * 2);
    for (let index = 0; index < sessions; index += 1) {
      const start = date * day + (7 + index * 3 + random()) * 60 * minute;
      files.push(...session(idOf(date, index), start, 8 + Math.floor(random() * 10), random, now));
    }
    if (date === today - runaway.daysAgo) files.push(...session(idOf(date, 9), date * day + 19 * 60 * minute, runaway.rounds, random, now));
  }
  return files.filter(({ text }) => text !== '');
}

function session(id: string, start: number, rounds: number, random: () => number, now: number): LogFile[] {
  const main = conversation({ id, agent: '', model: 'claude-opus-4-5-20251101', start, rounds, random, now });
  if (rounds % 3 !== 0) return [{ path: `${project}/${id}.jsonl`, text: main }];
  const hash = id.slice(0, 8);
  const below = `${project}/${id}/subagents/agent-${hash}`;
  const sub = { id, agent: hash, model: 'claude-haiku-4-5-20251001', start: start + 2 * minute, rounds: 6, random, now };
  return [
    { path: `${project}/${id}.jsonl`, text: main },
    { path: `${below}.jsonl`, text: conversation(sub) },
    { path: `${below}.meta.json`, text: '{"agentType":"explore"}\n' },
  ];
}

interface Conversation {
  readonly id: string;
  readonly agent: string;
  readonly model: string;
  readonly start: number;
  readonly rounds: number;
  readonly random: () => number;
  readonly now: number;
}

/** Each request reads what the one before has written, and writes what is new; after a pause the cache has run out. */
function conversation({ id, agent, model, start, rounds, random, now }: Conversation): string {
  let at = start;
  let cached = 0;
  let text = '';
  for (let round = 0; round < rounds; round += 1) {
    const pause = random() < 0.12 ? 9 * minute : (15 + random() * 70) * 1000;
    if (round > 0) at += pause;
    const fresh = round === 0 ? 14_000 + Math.floor(random() * 8000) : 600 + Math.floor(random() * 2400);
    const kept = pause > 5 * minute ? 0 : cached;
    const written = fresh + (cached - kept);
    const output = 150 + Math.floor(random() * 1100);
    // Full: the client summarises and begins anew.
    cached = cached + fresh > 170_000 ? 20_000 : cached + fresh;
    if (at >= now) break;
    const usage = {
      input_tokens: 3 + Math.floor(random() * 6),
      cache_creation_input_tokens: written,
      cache_read_input_tokens: kept,
      cache_creation: { ephemeral_5m_input_tokens: written, ephemeral_1h_input_tokens: 0 },
      output_tokens: output,
      service_tier: 'standard',
    };
    const line = {
      type: 'assistant',
      timestamp: new Date(Math.floor(at)).toISOString(),
      sessionId: id,
      isSidechain: agent !== '',
      ...(agent === '' ? {} : { agentId: agent }),
      cwd: '/srv/agents',
      version: '2.1.0',
      requestId: `req_${id.slice(0, 8)}${agent}${round}`,
      message: { id: `msg_${id.slice(0, 8)}${agent === '' ? 'm' : 's'}${round}`, model, usage },
    };
    text += `${JSON.stringify(line)}\n`;
  }
  return text;
}

/** The shape of a UUID, told by the day and the position in it. */
function idOf(date: number, index: number): string {
  const random = seeded(date * 31 + index);
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}
