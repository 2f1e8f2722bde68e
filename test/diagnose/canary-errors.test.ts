import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../packages/core/src/config/load.ts';
import { AgentOpsError } from '../../packages/core/src/errors.ts';
import { leaksIn } from '../support/canary.ts';

const secret = 'cnry-config-secret';

/** Mistakes that people make beside a secret. */
const mistakes: readonly [string, string][] = [
  ['a quote that is not closed', `prometheus:\n  url: "http://user:${secret}@p\n`],
  ['a tab', `redis:\n\t- password: ${secret}\n`],
  ['an indentation', `vault:\n  address: http://v\n   token: ${secret}\n`],
  ['no space after the colon', `prometheus:\n  url: http://p\n  password:${secret}\n`],
  ['no space after the colon, in braces', `redis: [{url: "redis://r", password:${secret}}]\n`],
  ['no space after the first colon', `redis:\n  - password:${secret}\n    url: redis://r\n`],
  ['no space after the only colon', `prometheus:${secret}\n`],
  ['a header as a key', `prometheus: {url: "http://h", "Authorization: Bearer ${secret}": x}\n`],
  ['an assignment as a key', `prometheus: {url: "http://h", password=${secret}: x}\n`],
  ['headers as text', `prometheus: {url: "http://h", headers: "Authorization: Bearer ${secret}"}\n`],
  ['a token for a method', `vault:\n  address: http://v\n  auth: { method: ${secret} }\n`],
  ['a list for a text', `prometheus:\n  url: http://p\n  bearerToken: [${secret}]\n`],
  ['a map for a text', `prometheus:\n  url: http://p\n  password: { value: ${secret} }\n`],
  ['a wrong scheme', `prometheus:\n  url: htp://user:${secret}@p\n`],
  ['a wrong Redis scheme', `redis:\n  - url: http://:${secret}@r\n`],
  ['a blank in a URL', `endpoints:\n  - { name: x, url: "http://user:${secret}@ h" }\n`],
  ['a list in a header', `prometheus:\n  url: http://p\n  headers: { Authorization: [Bearer ${secret}] }\n`],
  ['a password that begins with *', `prometheus:\n  url: http://p\n  password: *${secret}\n`],
  ['a password that begins with |', `prometheus:\n  url: http://p\n  password: |${secret}\n`],
  ['a password that begins and ends with !', `prometheus:\n  url: http://p\n  password: !${secret}! x\n`],
  ['a password with !<', `prometheus:\n  url: http://p\n  password: !<${secret} x\n`],
  ['a password with {', `prometheus:\n  url: http://p\n  password: {${secret}\n`],
  ['a password that begins with %', `prometheus:\n  url: http://p\n  password: %${secret}\n  url: x`],
  ['a password that begins with @', `prometheus:\n  url: http://p\n  password: @${secret}\n`],
  ['a password with a backslash', `prometheus:\n  url: http://p\n  password: "\\u${secret}"\n`],
  ['a key twice', `prometheus:\n  url: http://p\n  password: ${secret}\n  password: ${secret}\n`],
  ['an unknown reference', `prometheus:\n  url: http://p\n  password: \${vault:${secret}}\n`],
  ['no reference at all', `prometheus:\n  url: http://p\n  password: \${${secret}}\n`],
  ['a directive', `%${secret}\n---\na: b\n`],
  ['a second document', `version: 1\n---\n${secret}\n`],
  ['nothing but a text', `${secret}\n`],
  ['a duration', `timeout: ${secret}\n`],
];

describe('a mistake in agentops.yaml is told without what stands beside it', () => {
  it.each(mistakes)('%s', (_name, text) => {
    const error = thrownBy(() => parseConfig(text, 'agentops.yaml', '/nonexistent/agentops.yaml', { env: {}, home: '/nonexistent' }));
    expect(error).toBeInstanceOf(AgentOpsError);
    expect(error.oneLine()).toMatch(/^agentops\.yaml:\d+:\d+: \S.*\S$/);
    const everything = [error.oneLine(), error.stack ?? '', JSON.stringify(error), inspect(error, { depth: 10, showHidden: true })];
    expect(everything.flatMap((each) => leaksIn(each))).toEqual([]);
  });
});

function thrownBy(run: () => unknown): AgentOpsError {
  try {
    run();
  } catch (error) {
    return error as AgentOpsError;
  }
  throw new Error('nothing was thrown');
}
