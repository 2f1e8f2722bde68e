import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holdsValue, shown } from '../../packages/core/src/secrets/shown.ts';
import { SecretValue } from '../../packages/core/src/secrets/value.ts';

const value = SecretValue.fromText('CANARY "value" 0123456789');

describe('shown', () => {
  it.each([
    ['set on 3 hosts', 'set on 3 hosts'],
    ['two\nlines\u001b[31m', 'two lines [31m'],
    ['see https://user:pass@host/path?token=x', 'see https://host/path'],
    ['x'.repeat(500), `${'x'.repeat(199)}…`],
  ])('%j is shown as %j', (text, expected) => {
    expect(shown(text, [value, undefined])).toBe(expected);
  });

  it.each([
    ['as it is', 'it is CANARY "value" 0123456789!'],
    ['a part of it', 'it ends in 23456789'],
    ['as JSON writes it', String.raw`\"value\" 0`],
    ['in hex', Buffer.from(value.text()).toString('hex')],
    ['in Base64', `Basic ${Buffer.from(value.text()).toString('base64')}`],
    ['percent-encoded', 'CANARY%20%22value%22'],
    ['where it would be cut', `${'x'.repeat(195)}CANARY "value" 0123456789`],
  ])('nothing is shown that holds the value %s', (_title, text) => {
    expect(shown(text, [undefined, value])).toBe('(withheld: it holds the value)');
  });

  it('a short value counts as a whole', () => {
    expect(holdsValue('passed', [SecretValue.fromText('pass')])).toBe(true);
    expect(holdsValue('past', [SecretValue.fromText('pass')])).toBe(false);
  });

  it('an empty value is in nothing', () => {
    expect(holdsValue('text', [SecretValue.fromText('')])).toBe(false);
  });

  it('never shows a value, wherever it stands', () => {
    const texts = fc.string({ minLength: 8, maxLength: 60 }).filter((text) => text.trim().length >= 8);
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), texts, fc.string({ maxLength: 300 }), (before, secret, after) => {
        expect(shown(`${before}${secret}${after}`, [SecretValue.fromText(secret)])).not.toContain(secret);
      }),
    );
  });
});
