import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type IngestIo, type IngestReport, ingest } from '../../../packages/core/src/cost/ingest/ingest.ts';
import type { FileSource } from '../../../packages/core/src/cost/ingest/sources.ts';
import type { FormatId } from '../../../packages/core/src/cost/sources/formats.ts';
import { testHost } from '../../support/host.ts';
import type { MemoryLedger } from './memory-ledger.ts';

/** A folder of its own for a test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'agentops-ingest-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function file(folder: string, name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

export interface Line {
  readonly id: string;
  readonly output?: number;
  readonly sidechain?: boolean;
  readonly over?: object;
}

/** A line of Claude Code's log. */
export function claudeLine({ id, output = 1, sidechain = false, over = {} }: Line): string {
  return JSON.stringify({
    type: 'assistant',
    timestamp: '2026-03-10T12:00:00.000Z',
    sessionId: 's',
    cwd: '/w',
    isSidechain: sidechain,
    message: {
      id,
      model: 'claude-sonnet-4-5',
      content: [{ type: 'text', text: 'said "usage" é' }],
      usage: { input_tokens: 1, output_tokens: output },
    },
    ...over,
  });
}

export const userLine = JSON.stringify({
  type: 'user',
  uuid: 'u',
  timestamp: '2026-03-10T12:00:00.000Z',
  message: { role: 'user', content: 'please' },
});

export function source(patterns: readonly string[], format?: FormatId, over: Partial<FileSource> = {}): FileSource {
  return { type: 'files', name: 'logs', patterns, ...(format ? { format } : {}), ...over };
}

export function run(ledger: MemoryLedger, sources: Parameters<typeof ingest>[0], io: Partial<IngestIo> = {}): Promise<IngestReport> {
  return ingest(sources, ledger, { host: testHost(), ...io });
}

/** The identity that every count must hold. */
export function balanced(report: IngestReport): boolean {
  return report.sources.every(
    ({ lines, counted, duplicate, rejected, empty }) => lines === counted + duplicate + rejected + empty && duplicate >= 0,
  );
}
