import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './process.ts';

/** A certificate authority of the tests' own. */
export interface Authority {
  readonly folder: string;
  readonly caFile: string;
  readonly keyFile: string;
}

export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

async function openssl(...args: readonly string[]): Promise<void> {
  await run('openssl', args);
}

export async function createAuthority(folder: string): Promise<Authority> {
  const authority = { folder, caFile: join(folder, 'ca.crt'), keyFile: join(folder, 'ca.key') };
  await openssl(
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '365', '-subj', '/CN=agentops test CA'],
    ...['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
    ...['-keyout', authority.keyFile, '-out', authority.caFile],
  );
  return authority;
}

/** Issues a certificate for loopback (server and client use). `days` may be small, for expiry tests. */
export async function issueCertificate(authority: Authority, commonName: string, days = 365): Promise<Certificate> {
  const base = join(authority.folder, commonName);
  const extensions = `${base}.ext`;
  writeFileSync(
    extensions,
    ['subjectAltName=IP:127.0.0.1,DNS:localhost', 'extendedKeyUsage=serverAuth,clientAuth', 'authorityKeyIdentifier=keyid', ''].join('\n'),
  );
  await openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${commonName}`, '-keyout', `${base}.key`, '-out', `${base}.csr`);
  await openssl(
    ...['x509', '-req', '-in', `${base}.csr`, '-CA', authority.caFile, '-CAkey', authority.keyFile, '-CAcreateserial'],
    ...['-days', String(days), '-extfile', extensions, '-out', `${base}.crt`],
  );
  return { certFile: `${base}.crt`, keyFile: `${base}.key` };
}

/** A bare RSA key, e.g. for signing service-account tokens. */
export async function createKey(file: string): Promise<string> {
  await openssl('genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048', '-out', file);
  return file;
}
