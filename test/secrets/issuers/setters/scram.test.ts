import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { scramVerifier } from '../../../../packages/core/src/secrets/issuers/setters/scram.ts';
import { SecretValue } from '../../../../packages/core/src/secrets/value.ts';

const hmac = (key: string, text: string): Buffer => createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest();

describe('scramVerifier', () => {
  // The exchange of RFC 7677 §3: user "user", password "pencil".
  it('verifies the example of RFC 7677', async () => {
    const verifier = await scramVerifier(SecretValue.fromText('pencil'), Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'), 4096);
    const [, salt, storedKey = '', serverKey = ''] = /^SCRAM-SHA-256\$4096:([^$]+)\$([^:]+):(.+)$/.exec(verifier) ?? [];
    expect(salt).toBe('W22ZaJ0SNY7soEsUEjb6gQ==');
    const nonce = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
    const exchange = `n=user,r=rOprNGfwEbeRWgbNEkqO,r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=${nonce}`;
    expect(hmac(serverKey, exchange).toString('base64')).toBe('6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
    const proof = Buffer.from('dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=', 'base64');
    const signature = hmac(storedKey, exchange);
    const clientKey = proof.map((byte, index) => byte ^ (signature[index] ?? 0));
    expect(createHash('sha256').update(clientKey).digest('base64')).toBe(storedKey);
  });

  it.each([
    ['a space outside ASCII is a space', 'a\u00a0b', 'a b'],
    ['a soft hyphen is nothing', 'a\u00adb', 'ab'],
    ['compatibility forms are what they stand for', '\u2168', 'IX'],
    ['an accent beside its letter is the letter with it', 'e\u0301', '\u00e9'],
  ])('prepares as PostgreSQL does: %s', async (_title, text, same) => {
    const [one, other] = await Promise.all([text, same].map((each) => scramVerifier(SecretValue.fromText(each), Buffer.alloc(16), 4096)));
    expect(one).toBe(other);
  });

  it('leaves the value as it is', async () => {
    const value = SecretValue.fromText('p\u00e4ssword');
    await scramVerifier(value, Buffer.alloc(16), 4096);
    expect(value.text()).toBe('p\u00e4ssword');
  });
});
