import { describe, expect, it } from 'vitest';
import { loadConfig, parseConfig } from '../../packages/core/src/config/load.ts';
import type { Config } from '../../packages/core/src/config/schema.ts';
import { AgentOpsError } from '../../packages/core/src/errors.ts';

function parse(text: string, needs?: 'all' | 'no-secrets', env: Record<string, string> = {}): Config {
  return parseConfig(text, 'agentops.yaml', '/nonexistent/agentops.yaml', { env, home: '/nonexistent' }, needs ? { needs } : {});
}

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof AgentOpsError) return error.oneLine();
    throw error;
  }
  return 'no error';
}

const openai = `secrets:
  - name: openai-key
    vault: { mount: kv, path: agents/openai }
    maxAge: 30d
    issuer:
      type: openai
      adminKey: \${env:OPENAI_ADMIN_KEY}
      project: proj_1
`;
const message = 'agentops.yaml:7:17: environment variable OPENAI_ADMIN_KEY is not set';

describe('a reference below secrets that leads nowhere', () => {
  it('does not stop who only looks: everything else of the entry is there', () => {
    const [entry] = parse(openai).secrets;
    expect(entry?.name).toBe('openai-key');
    expect(entry?.maxAge).toBe(30 * 86_400_000);
    expect(entry?.issuer?.type).toBe('openai');
    expect(entry?.issuer).toHaveProperty('project', 'proj_1');
  });

  it('throws with file, line, column and the variable as soon as it is read, in whatever way', () => {
    const issuer = parse(openai).secrets[0]?.issuer;
    if (issuer?.type !== 'openai') throw new Error('an OpenAI issuer was configured');
    expect(messageOf(() => issuer.adminKey)).toBe(message);
    expect(messageOf(() => ({ ...issuer }))).toBe(message);
    expect(messageOf(() => JSON.stringify(issuer))).toBe(message);
    expect(messageOf(() => structuredClone(issuer))).toBe(message);
    expect(messageOf(() => Object.values(issuer))).toBe(message);
  });

  it('stops who asked for all', () => {
    expect(messageOf(() => parse(openai, 'all'))).toBe(message);
    expect(messageOf(() => parse(openai, 'no-secrets'))).toBe('no error');
  });

  it('is the value where it resolves, whatever was asked for', () => {
    for (const needs of ['all', 'no-secrets'] as const) {
      expect(parse(openai, needs, { OPENAI_ADMIN_KEY: 'sk-admin' }).secrets[0]?.issuer).toHaveProperty('adminKey', 'sk-admin');
    }
  });

  it('an empty variable is none', () => {
    expect(messageOf(() => parse(openai, 'all', { OPENAI_ADMIN_KEY: '' }))).toBe(message);
  });

  it.each([
    ['a part of an http URL', 'verify: { type: http, url: "https://${env:X}/v1" }', (config: Config) => config.secrets[0]?.verify, 'url'],
    ['a redis URL', 'verify: { type: redis, url: "${env:X}" }', (config: Config) => config.secrets[0]?.verify, 'url'],
    ['a text', 'verify: { type: postgres, host: "${env:X}" }', (config: Config) => config.secrets[0]?.verify, 'host'],
    [
      'an argument',
      'verify: { type: command, command: [a, "${env:X}"] }',
      (config: Config) => (config.secrets[0]?.verify as { command: unknown } | undefined)?.command,
      1,
    ],
    ['a duration', 'overlap: "${env:X}"', (config: Config) => config.secrets[0], 'overlap'],
    ['a window', 'window: "${env:X}"', (config: Config) => config.secrets[0], 'window'],
    ['a path', 'vault: { mount: kv, path: "${env:X}/openai" }', (config: Config) => config.secrets[0]?.vault, 'path'],
    ['a file', 'verify: { type: postgres, host: "${file:/nonexistent/x}" }', (config: Config) => config.secrets[0]?.verify, 'host'],
    [
      'an enumeration',
      'consumers: [{ type: kubernetes, namespace: a, secret: s, mode: "${env:X}" }]',
      (config: Config) => config.secrets[0]?.consumers[0],
      'mode',
    ],
    [
      'a header',
      'verify: { type: http, url: "https://v", headers: { X-Key: "${env:X}" } }',
      (config: Config) => (config.secrets[0]?.verify as { headers: unknown } | undefined)?.headers,
      'X-Key',
    ],
  ])('%s', (_name, line, parentOf, key) => {
    const vault = line.startsWith('vault') ? '' : '    vault: { mount: kv, path: a }\n';
    const text = `secrets:\n  - name: a\n${vault}    ${line}\n`;
    const parent = parentOf(parse(text)) as Record<string | number, unknown>;
    expect(messageOf(() => parent[key])).toMatch(
      /^agentops\.yaml:\d+:\d+: (environment variable X is not set|cannot read \/nonexistent\/x: ENOENT)$/,
    );
  });

  it('two names that are not known are not one name twice', () => {
    const text =
      'secrets:\n  - { name: "${env:A}", vault: { mount: kv, path: a } }\n  - { name: "${env:B}", vault: { mount: kv, path: b } }\n';
    const config = parse(text);
    expect(messageOf(() => config.secrets[0]?.name)).toBe('agentops.yaml:2:13: environment variable A is not set');
    expect(messageOf(() => config.secrets[1]?.name)).toBe('agentops.yaml:3:13: environment variable B is not set');
  });

  it('where nothing can stand for it, it is the error', () => {
    expect(messageOf(() => parse('secrets:\n  - { name: a, vault: { mount: kv, path: a }, issuer: { type: "${env:X}" } }\n'))).toBe(
      'agentops.yaml:2:63: environment variable X is not set',
    );
  });

  it('other mistakes are said all the same', () => {
    expect(messageOf(() => parse(`${openai}      projct: x\n`))).toContain('agentops.yaml:9:7: unknown key "projct" in secrets[0].issuer');
  });

  it('a reference of an unknown kind is a mistake for everybody', () => {
    expect(messageOf(() => parse('secrets:\n  - { name: "${vault:x}" }\n'))).toContain('unknown kind of ${…} reference');
  });
});

describe('other sections', () => {
  it('rotation is lenient too', () => {
    const text = 'rotation:\n  notify:\n    - url: https://hook\n      headers: { Authorization: "Bearer ${env:HOOK}" }\n';
    const headers = parse(text).rotation.notify[0]?.headers ?? {};
    expect(messageOf(() => headers.Authorization)).toBe('agentops.yaml:4:33: environment variable HOOK is not set');
    expect(messageOf(() => parse(text, 'all'))).toBe('agentops.yaml:4:33: environment variable HOOK is not set');
  });

  it('what diagnose itself uses is not', () => {
    expect(messageOf(() => parse('vault:\n  address: https://v\n  auth: { method: token, token: "${env:T}" }\n'))).toBe(
      'agentops.yaml:3:33: environment variable T is not set',
    );
  });

  it('an alias does not carry a stand-in out of secrets', () => {
    const text = `secrets:
  - name: a
    vault: { mount: kv, path: a }
    issuer: { type: openai, project: p, adminKey: &key "\${env:X}" }
prometheus: { url: https://p, bearerToken: *key }
`;
    expect(messageOf(() => parse(text))).toBe('agentops.yaml:4:56: environment variable X is not set');
  });

  it('an alias within secrets throws in each of its places', () => {
    const text = `secrets:
  - { name: a, vault: { mount: kv, path: a }, issuer: &issuer { type: openai, project: p, adminKey: "\${env:X}" } }
  - { name: b, vault: { mount: kv, path: b }, issuer: *issuer }
`;
    for (const entry of parse(text).secrets) {
      expect(messageOf(() => ({ ...entry.issuer }))).toBe('agentops.yaml:2:101: environment variable X is not set');
    }
  });

  it('the first of several in the file is named', () => {
    expect(messageOf(() => parse('prometheus:\n  url: "${env:A}"\nledger: "${env:B}"\n'))).toBe(
      'agentops.yaml:2:8: environment variable A is not set',
    );
  });
});

it('loadConfig says what it left alone', () => {
  const host = { env: {}, home: '/nonexistent', cwd: '/' };
  expect(loadConfig(host).unresolved).toEqual([]);
});
