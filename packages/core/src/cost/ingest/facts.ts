import { closeSync, openSync, readSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { FormatId } from '../sources/formats.ts';
import { parseJson } from '../sources/json-text.ts';
import type { FileFacts } from '../sources/source.ts';

/** Claude Code names a subagent in a small file beside its log. */
export function factsOf(path: string, format: FormatId): FileFacts {
  const file = basename(path);
  if (format !== 'claude-code' || !file.startsWith('agent-') || !file.endsWith('.jsonl')) return { path };
  const agentName = agentType(join(dirname(path), `${file.slice(0, -'.jsonl'.length)}.meta.json`));
  return agentName === undefined ? { path } : { path, agentName };
}

function agentType(path: string): string | undefined {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return undefined;
  }
  try {
    const bytes = Buffer.alloc(1 << 16);
    const meta = parseJson(bytes.subarray(0, readSync(fd, bytes)));
    const type = typeof meta === 'object' && meta !== null && 'agentType' in meta ? meta.agentType : undefined;
    return typeof type === 'string' && type !== '' && type.length <= 200 ? type : undefined;
  } catch {
    return undefined;
  } finally {
    closeSync(fd);
  }
}
