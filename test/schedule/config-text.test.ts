import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { publicConfig, variablesOf } from '../../packages/core/src/schedule/config-text.ts';
import { leaksIn } from '../support/canary.ts';

function refusal(text: string): string {
  try {
    publicConfig(text, 'agentops.yaml');
  } catch (error) {
    const line = (error as { oneLine(): string }).oneLine();
    expect(leaksIn(line)).toEqual([]);
    return line;
  }
  return 'accepted';
}

const advice = '(write ${env:NAME} instead, and keep the value in the Secret that --env-secret names)';

describe('a configuration that may be read by others', () => {
  it('keeps its references and tells what they need', () => {
    const text =
      'vault:\n  address: ${env:VAULT_ADDR}\n  auth: { method: token, token: "${env:TOKEN}" }\n  tls: { caFile: /etc/ca.pem }\nprometheus:\n  url: http://p:9090\n  password: ${file:prometheus/password}\n  headers: { X: "Basic ${env:TOKEN}" }\n';
    expect(publicConfig(text, 'a.yaml')).toEqual({
      text,
      variables: { all: ['TOKEN', 'VAULT_ADDR'], rotation: [] },
      files: [
        { setting: 'vault.tls.caFile', path: '/etc/ca.pem', position: { file: 'a.yaml', line: 4, column: 18 } },
        { setting: '${file:prometheus/password}', path: 'prometheus/password', position: { file: 'a.yaml', line: 7, column: 13 } },
      ],
    });
  });

  it('what a rotation alone needs is told apart', () => {
    const entry = (key: string) =>
      `secrets:\n  - name: a\n    vault: { mount: kv, path: a }\n    issuer: { type: openai, adminKey: "${key}", project: p }\n`;
    const text = `ledger: postgres://u:\${env:PGPASSWORD}@db/x\n${entry('${env:ADMIN}${env:PGPASSWORD}$${env:NO}')}`;
    expect(variablesOf(text)).toEqual({ all: ['PGPASSWORD'], rotation: ['ADMIN'] });
    expect(variablesOf('\uFEFF')).toEqual({ all: [], rotation: [] });
    expect(variablesOf('a: *x\nb: &x ${env:X}\n')).toEqual({ all: ['X'], rotation: [] });
  });

  it('a ledger may be a file, or a URL whose password is a reference', () => {
    expect(refusal('ledger: /var/lib/agentops/ledger.db\n')).toBe('accepted');
    expect(refusal('ledger: postgres://agentops:${env:PGPASSWORD}@db/usage\n')).toBe('accepted');
  });

  it('the example of a literal ${ is no reference', () => {
    expect(refusal('prometheus:\n  url: http://p\n  password: "$${env:X}"\n')).toBe(
      `agentops.yaml:3:13: prometheus.password is written out: a ConfigMap is no place for a secret ${advice}`,
    );
  });

  it.each([
    ['vault:\n  address: http://v\n  auth:\n    method: token\n    token: cnry-token\n', '5:12: vault.auth.token is written out'],
    [
      'vault:\n  address: http://v\n  auth: { method: approle, roleId: "${env:R}", secretId: cnry-id }\n',
      '3:58: vault.auth.secretId is written out',
    ],
    ['redis:\n  - url: redis://r\n  - url: redis://r\n    password: 12345\n', '4:15: redis[1].password is written out'],
    ['prometheus:\n  url: http://p\n  headers:\n    X-Scope-OrgID: cnry-tenant\n', '4:20: prometheus.headers.X-Scope-OrgID is written out'],
    ['prometheus:\n  url: http://user:cnry-password@p\n', '2:8: prometheus.url carries a password or a token'],
    ['prometheus:\n  url: http://p/?api_token=cnry-token\n', '2:8: prometheus.url carries a password or a token'],
    ['ledger: postgres://user:cnry-password@db/${env:DATABASE}\n', '1:9: ledger is written out'],
    ['cost:\n  litellm: postgres://db/x\n', '2:12: cost.litellm is written out'],
    ['redis:\n  - { name: &x cnry-password, url: "redis://r", password: *x }\n', '2:16: redis[0].password is written out'],
    ['rotation:\n  notify:\n    - { url: "http://n", headers: { A: cnry-header } }\n', '3:40: rotation.notify[0].headers.A is written out'],
    [
      'secrets:\n  - name: a\n    vault: { mount: kv, path: a }\n    issuer: { type: openai, adminKey: cnry-key, project: p }\n',
      '4:39: secrets[0].issuer.adminKey is written out',
    ],
    [
      'secrets:\n  - name: a\n    vault: { mount: kv, path: a }\n    issuer: { type: random, set: { type: redis, url: "redis://r", user: u, adminPassword: cnry-key } }\n',
      '4:91: secrets[0].issuer.set.adminPassword is written out',
    ],
  ])('%j is refused where it stands', (text, line) => {
    expect(refusal(text)).toBe(`agentops.yaml:${line}: a ConfigMap is no place for a secret ${advice}`);
  });
});

describe('comments', () => {
  it.each([
    ['# cnry-comment\nversion: 1\n', 'version: 1\n'],
    ['version: 1 # cnry-comment\n\n  # cnry-comment\ntimeout: 5s\n', 'version: 1\n\ntimeout: 5s\n'],
    ['version: 1\n# cnry-comment', 'version: 1\n'],
    ['# only this: cnry-comment\n', '{}\n'],
    ['', '{}\n'],
    ['\uFEFFversion: 1\r\ntimeout: 5s # cnry-comment\r\n', 'version: 1\ntimeout: 5s\n'],
    ['suppressions:\n  - id: a/b\n    reason: "say # what"\n', 'suppressions:\n  - id: a/b\n    reason: "say # what"\n'],
    ['prometheus: { url: "http://p", # cnry-comment\n  selector: "" }\n', 'prometheus: { url: "http://p",\n  selector: "" }\n'],
  ])('of %j are left out', (text, expected) => {
    expect(publicConfig(text, 'a.yaml').text).toBe(expected);
  });

  it('what looks like one in a block of text stays, and the text means the same', () => {
    const text =
      'suppressions:\n  - id: a/b # cnry-comment\n    reason: |\n      # no comment\n      yes # neither\n\n      end\n# cnry-comment\n';
    const bare = publicConfig(text, 'a.yaml').text;
    expect(parse(bare)).toEqual(parse(text));
    expect(parse(bare)).toEqual({ suppressions: [{ id: 'a/b', reason: '# no comment\nyes # neither\n\nend\n' }] });
    expect(leaksIn(bare)).toEqual([]);
  });
});
