import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { SecureContextOptions } from 'node:tls';
import type { TlsConfig } from '../../config/schema.ts';
import type { Host } from '../../host.ts';
import type { Failure } from '../failure.ts';

/** What Node's TLS wants, read from the files that the configuration names. */
export interface TlsMaterial extends Pick<SecureContextOptions, 'ca' | 'cert' | 'key'> {
  readonly servername?: string;
  readonly rejectUnauthorized: boolean;
}

export type TlsResult = { readonly ok: true; readonly tls: TlsMaterial } | { readonly ok: false; readonly failure: Failure };

/** Reads CA, client certificate and key; a file that cannot be read is a failure that names the file. */
export async function readTls(config: TlsConfig | undefined, host: Pick<Host, 'cwd' | 'home'>): Promise<TlsResult> {
  const material: { -readonly [K in keyof TlsMaterial]: TlsMaterial[K] } = {
    rejectUnauthorized: !(config?.insecureSkipVerify ?? false),
  };
  if (config?.serverName !== undefined) material.servername = config.serverName;
  const files = [
    ['ca', config?.caFile, 'CA file'],
    ['cert', config?.certFile, 'client certificate'],
    ['key', config?.keyFile, 'client key'],
  ] as const;
  for (const [field, file, what] of files) {
    if (file === undefined) continue;
    try {
      const content = await readFile(resolvePath(file, host), 'utf8');
      if (!content.includes('-----BEGIN ')) return unreadable(`the ${what} ${file} is not PEM`);
      material[field] = content;
    } catch {
      return unreadable(`the ${what} ${file} cannot be read`);
    }
  }
  return { ok: true, tls: material };
}

function unreadable(detail: string): TlsResult {
  return { ok: false, failure: { reason: 'invalid', detail, phase: 'tls' } };
}

/** A path as people write it: `~/x`, relative to the working directory, or absolute. */
export function resolvePath(file: string, host: Pick<Host, 'cwd' | 'home'>): string {
  if (file === '~' || file.startsWith('~/')) return join(host.home, file.slice(1));
  return isAbsolute(file) ? file : join(host.cwd, file);
}
