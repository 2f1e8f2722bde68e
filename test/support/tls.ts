import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '..', 'fixtures', 'tls');

/** Path of a test-only PEM file: `ca.pem`, `server.pem`… */
export function tlsFile(name: string): string {
  return join(folder, name);
}

/** Certificate and key of a test-only server; only `ca.pem` vouches for it. */
export function tlsServer(name: 'server' | 'expired' | 'other-name' | 'self-signed' = 'server'): { cert: string; key: string } {
  return { cert: readFileSync(tlsFile(`${name}.pem`), 'utf8'), key: readFileSync(tlsFile(`${name}-key.pem`), 'utf8') };
}
