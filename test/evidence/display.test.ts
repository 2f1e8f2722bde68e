import { describe, expect, it } from 'vitest';
import { decodePart, displayText, displayUrl } from '../../packages/core/src/evidence/display.ts';

it.each<[string, string]>([
  ['https://user:canary@prom.example:9090/prometheus/?token=canary#canary', 'https://prom.example:9090/prometheus'],
  ['http://prom/', 'http://prom'],
  ['http://[::1]:9090', 'http://[::1]:9090'],
  ['not a URL canary', 'an unreadable URL'],
])('shows %s as %s', (url, shown) => {
  expect(displayUrl(url)).toBe(shown);
});

it.each<[string, string]>([
  ['a%20b%25', 'a b%'],
  ['100%', '100%'],
  ['%zz%20', '%zz%20'],
  ['%E4', '%E4'],
  ['', ''],
])('decodes %s to %s', (text, decoded) => {
  expect(decodePart(text)).toBe(decoded);
});

describe('displayText', () => {
  it.each<[string, readonly string[], string]>([
    ['Get "http://u:canary@host/metrics?key=canary": refused', [], 'Get "http://host/metrics": refused'],
    ['bad token canary-1', ['canary-1'], 'bad token ***'],
    // A secret that contains another leaves nothing behind.
    ['canary-long', ['canary', 'canary-long'], '***'],
    // Blotting out a letter would reveal the letter and ruin the text.
    ['an error', ['a'], 'an error'],
    ['two\nlines\u001b[31m', [], 'two lines [31m'],
    ['', [], ''],
  ])('%j', (text, secrets, shown) => {
    expect(displayText(text, secrets)).toBe(shown);
  });

  it('cuts', () => {
    expect(displayText('abcdef', [], 4)).toBe('abc…');
  });
});
