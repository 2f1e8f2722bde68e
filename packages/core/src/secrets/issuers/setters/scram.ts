import { createHash, createHmac, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import type { SecretValue } from '../../value.ts';

const derive = promisify(pbkdf2);

/**
 * What PostgreSQL stores of a password, computed here so that the password
 * itself never reaches the server (RFC 5802 §3, RFC 7677; the format is that of
 * pg_authid.rolpassword): `SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey`.
 */
export async function scramVerifier(password: SecretValue, salt: Buffer, iterations: number): Promise<string> {
  const prepared = prepare(password);
  const salted = await derive(prepared, salt, iterations, 32, 'sha256');
  const sign = (text: string): Buffer => createHmac('sha256', salted).update(text).digest();
  const clientKey = sign('Client Key');
  const storedKey = createHash('sha256').update(clientKey).digest('base64');
  const serverKey = sign('Server Key').toString('base64');
  for (const secret of [prepared, salted, clientKey]) secret.fill(0);
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}

/** SASLprep (RFC 4013) as PostgreSQL and its drivers do it: ASCII stays as it is. A copy, to be overwritten. */
function prepare(password: SecretValue): Buffer {
  const bytes = password.use((own) => Buffer.from(own));
  if (bytes.every((byte) => byte < 0x80)) return bytes;
  bytes.fill(0);
  const text = password
    .text()
    // RFC 3454 C.1.2: spaces outside ASCII; B.1: what maps to nothing.
    .replaceAll(/[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g, ' ')
    .replaceAll(/\u00ad|\u034f|\u1806|[\u180b-\u180d]|[\u200c\u200d]|\u2060|[\ufe00-\ufe0f]|\ufeff/g, '');
  return Buffer.from(text.normalize('NFKC'), 'utf8');
}
