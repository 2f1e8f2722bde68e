import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { minute, type Tweaks } from '../platform/world.ts';
import { evaluations } from './evaluations.ts';
import { sessionLogs } from './sessions.ts';
import { telemetry, telemetryLine } from './telemetry.ts';

/** Where the usage of a lab is, as its agentops.yaml names it. */
export interface UsageFiles {
  readonly telemetry: string;
  readonly sessions: string;
  readonly evaluations: string;
}

/** Writes eight weeks of usage into `folder`: about 2 MB of numbers, names and ids. */
export function writeUsage(folder: string, now: number, tweaks: Tweaks): UsageFiles {
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  for (const { path, text } of sessionLogs(now)) write(join('claude', 'projects', path), text);
  return {
    telemetry: write(join('otel', 'agents.jsonl'), telemetry(now, tweaks)),
    sessions: join(folder, 'claude', 'projects', '**', '*.jsonl'),
    evaluations: write('evaluations.jsonl', evaluations()),
  };
}

/** Goes on reporting, an export a minute, until it is stopped. */
export function keepReporting({ telemetry: file }: UsageFiles, opened: number, tweaks: Tweaks): { stop(): void } {
  let until = opened;
  const timer = setInterval(() => {
    const now = Date.now();
    appendFileSync(file, telemetryLine(until, now, now, tweaks));
    until = now;
  }, minute).unref();
  return { stop: () => clearInterval(timer) };
}
