import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig, parseConfig } from '../../packages/core/src/config/load.ts';
import { AgentOpsError } from '../../packages/core/src/errors.ts';

const canary = 'CANARY-7f3a91';

function messageOf(text: string, env: Record<string, string> = {}): string {
  try {
    parseConfig(text, 'agentops.yaml', '/nonexistent/agentops.yaml', { env, home: '/nonexistent' });
  } catch (error) {
    if (error instanceof AgentOpsError) return error.oneLine();
    throw error;
  }
  return 'no error';
}

describe('a mistake is one line with file, line, column and what to do', () => {
  it.each([
    ['an unknown key', 'promethues:\n  url: http://x\n', 'agentops.yaml:1:1: unknown key "promethues" (did you mean "prometheus"?)'],
    [
      'an unknown key far down',
      'vault:\n  address: http://v\n  secrets:\n    - mount: kv\n      pth: a\n',
      'agentops.yaml:5:7: unknown key "pth" in vault.secrets[0] (did you mean "path"?)',
    ],
    ['a wrong URL', 'prometheus:\n  url: ftp://x\n', 'agentops.yaml:2:8: prometheus.url: expected an http:// or https:// URL'],
    ['a missing field', 'prometheus: {}\n', 'agentops.yaml:1:13: prometheus.url is missing'],
    ['a wrong duration', 'timeout: 20 parsecs\n', 'agentops.yaml:1:10: timeout: expected a duration such as 500ms, 20s, 5m, 24h or 90d'],
    ['a wrong type', 'kubernetes:\n  contexts: prod\n', 'agentops.yaml:2:13: kubernetes.contexts: expected array, received string'],
    ['a list for a map', '- 1\n', 'agentops.yaml:1:1: the file: expected object, received array'],
    ['a key twice', 'prometheus:\n  url: http://a\n  url: http://b\n', 'agentops.yaml:3:3: not valid YAML: Map keys must be unique'],
    ['an unset variable', 'prometheus:\n  url: ${env:NOPE}\n', 'agentops.yaml:2:8: environment variable NOPE is not set'],
    ['a missing file', 'prometheus:\n  url: ${file:/nonexistent/x}\n', 'agentops.yaml:2:8: cannot read /nonexistent/x: ENOENT'],
    [
      'an unknown reference',
      'prometheus:\n  url: ${vault:x}\n',
      'agentops.yaml:2:8: unknown kind of ${…} reference (use ${env:NAME} or ${file:PATH}; $${ stands for a literal ${)',
    ],
    [
      'several mistakes',
      'timeout: x\nfoo: 1\n',
      'agentops.yaml:1:10: timeout: expected a duration such as 500ms, 20s, 5m, 24h or 90d; 1 more after it',
    ],
    ['CRLF and a BOM', '\uFEFFversion: 1\r\nfoo: 1\r\n', 'agentops.yaml:2:1: unknown key "foo" (known here: '],
  ])('%s', (_name, text, expected) => {
    expect(messageOf(text)).toContain(expected);
  });

  it('broken YAML does not quote the line, which may hold a secret', () => {
    const message = messageOf(`prometheus:\n  password: "${canary}\n  url: [`);
    expect(message).toMatch(/^agentops\.yaml:\d+:\d+: not valid YAML/);
    expect(message).not.toContain(canary);
  });

  it.each([
    ['in a reference', `prometheus:\n  password: "pa\${${canary}}"\n`],
    ['in a wrong place', `redis:\n  - url: ${canary}\n`],
    ['as a wrong enum value', `vault:\n  address: http://v\n  auth:\n    method: ${canary}\n`],
    ['as a wrong type', `timeout: [${canary}]\n`],
  ])('a value %s is not echoed', (_name, text) => {
    const message = messageOf(text);
    expect(message).toMatch(/^agentops\.yaml:\d+/);
    expect(message).not.toContain(canary);
  });
});

describe('references', () => {
  const parse = (text: string, env: Record<string, string>, file = '/nonexistent/agentops.yaml') =>
    parseConfig(text, 'agentops.yaml', file, { env, home: '/nonexistent' });

  it('takes a variable, within a text too', () => {
    const config = parse('prometheus:\n  url: https://${env:HOST}:9090/${env:PATH_PART}\n', { HOST: 'prom', PATH_PART: 'p' });
    expect(config.prometheus?.url).toBe('https://prom:9090/p');
  });

  it('leaves $${ as a literal', () => {
    const config = parse('prometheus:\n  url: http://p\n  password: a$${env:X}b\n', {});
    expect(config.prometheus?.password).toBe('a${env:X}b');
  });

  it('takes a file relative to the configuration, without its last line end', () => {
    const folder = mkdtempSync(join(tmpdir(), 'agentops-config-'));
    try {
      writeFileSync(join(folder, 'token'), 'first\nsecond\r\n');
      const config = parse('prometheus:\n  url: http://p\n  bearerToken: ${file:token}\n', {}, join(folder, 'agentops.yaml'));
      expect(config.prometheus?.bearerToken).toBe('first\nsecond');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('where the configuration is found', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'agentops-config-'));
    mkdirSync(join(root, 'project', 'deep'), { recursive: true });
    mkdirSync(join(root, 'home', '.config', 'agentops'), { recursive: true });
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const write = (path: string, timeout: string): void => writeFileSync(join(root, path), `timeout: ${timeout}\n`);
  const load = (explicit?: string, env: Record<string, string> = {}) =>
    loadConfig({ cwd: join(root, 'project', 'deep'), home: join(root, 'home'), env }, explicit);

  it('--config wins over AGENTOPS_CONFIG, that over the folders upwards, these over the home folder', () => {
    write('home/.config/agentops/agentops.yaml', '1s');
    expect(load().config.timeout).toBe(1000);
    write('project/agentops.yaml', '2s');
    expect(load().config.timeout).toBe(2000);
    write('named.yaml', '3s');
    expect(load(undefined, { AGENTOPS_CONFIG: join(root, 'named.yaml') }).config.timeout).toBe(3000);
    write('project/deep/other.yaml', '4s');
    expect(load('other.yaml', { AGENTOPS_CONFIG: join(root, 'named.yaml') }).config.timeout).toBe(4000);
  });

  it('defaults hold without a file', () => {
    expect(load()).toMatchObject({
      file: undefined,
      config: { timeout: 20_000, redis: [], kubernetes: { enabled: true, namespaces: [] } },
    });
  });

  it('a named file that is not there is an error, not a default', () => {
    expect(() => load('gone.yaml')).toThrow('no such configuration file: gone.yaml');
  });
});

describe('entries of secrets', () => {
  const problemIn = (entries: string): string => {
    try {
      parseConfig(`secrets:\n${entries}`, 'agentops.yaml', '/x/agentops.yaml', { env: {}, home: '/' });
    } catch (error) {
      return (error as { oneLine?: () => string }).oneLine?.() ?? String(error);
    }
    return 'no problem';
  };

  it.each([
    [
      'two of one name',
      '  - { name: a, vault: { mount: kv, path: a } }\n  - { name: a, vault: { mount: kv, path: b } }',
      'agentops.yaml:3:13: secrets[1].name: "a" is there twice',
    ],
    [
      'two of one secret',
      '  - { name: a, vault: { mount: kv, path: x/a } }\n  - { name: b, vault: { mount: kv/x, path: a, field: other } }',
      '"a" rotates kv/x/a already: one secret in Vault has one entry',
    ],
    ['a * in the middle', '  - { name: a, vault: { mount: kv, path: "x/*/y" } }', '* stands for each secret of a folder'],
    ['none in Vault', '  - { name: a }', 'vault is missing: where the value is kept'],
    ['a window that is none', '  - { name: a, vault: { mount: kv, path: a }, window: "sometimes" }', 'expected days and hours such as'],
    [
      'a root password with consumers',
      '  - { name: a, issuer: { type: vault-database-root, connection: c }, consumers: [{ type: file, path: /x }] }',
      'a root password never leaves Vault',
    ],
    [
      'two roles without a field for the account',
      '  - { name: a, vault: { mount: kv, path: a }, issuer: { type: vault-database, roles: [x, y] } }',
      'accountField is missing',
    ],
  ])('%s', (_what, entries, expected) => {
    expect(problemIn(entries)).toContain(expected);
  });
});
