import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { secretEntry } from '../../../../packages/core/src/config/secrets.ts';
import { createIssuer } from '../../../../packages/core/src/secrets/issuers/create.ts';
import type { Issuer } from '../../../../packages/core/src/secrets/ports.ts';
import { SecretValue } from '../../../../packages/core/src/secrets/value.ts';
import { startFault } from '../../../support/fault-server.ts';
import { testGatherContext, testHost } from '../../../support/host.ts';
import { startReceiver } from '../../../support/http-receiver.ts';

const canary = 'CANARY-value-0123456789';
const header = 'CANARY-header-0123456789';
const value = SecretValue.fromText(canary);
const request = { name: 'agentops-db-1234-1', namePrefix: 'agentops-db-1234-', current: { account: 'app' }, value };
const old = { key: { name: 'agentops-db-0000-1', account: 'app' }, value: SecretValue.fromText('OLD-CANARY') };

function issuer(set: object): Issuer {
  const entry = secretEntry.parse({
    name: 'db',
    vault: { mount: 'kv', path: 'db' },
    issuer: { type: 'random', set: { type: 'http', headers: { Authorization: header }, ...set } },
  });
  const made = createIssuer(entry, { host: testHost() });
  if (!made) throw new Error('no issuer');
  return made;
}

describe('the http setter', () => {
  it('tells the new value, and the old one to the other URL', async () => {
    const { url, received } = await startReceiver(204);
    const made = issuer({ url: `${url}/set?token=${header}`, revokeUrl: `${url}/forget`, method: 'POST' });
    expect(made).toMatchObject({ type: 'random', origin: 'ours', live: 'both' });
    const issued = await made.issue(request, testGatherContext());
    expect(issued.value).toBe(value);
    expect(issued.key).toEqual({ name: 'agentops-db-1234-1', account: 'app' });
    expect(await made.revoke(old, testGatherContext())).toEqual({ result: 'revoked', detail: `${url}/forget was told` });
    expect(received).toMatchObject([
      {
        method: 'POST',
        path: `/set?token=${header}`,
        headers: { authorization: header, 'content-type': 'application/json' },
        body: { secret: 'db', name: 'agentops-db-1234-1', value: canary, account: 'app' },
      },
      { method: 'POST', path: '/forget', body: { secret: 'db', name: 'agentops-db-0000-1', value: 'OLD-CANARY', account: 'app' } },
    ]);
    expect(value.text()).toBe(canary);
  });

  it('without a revokeUrl it knows one value', async () => {
    const { url, received } = await startReceiver(204);
    const made = issuer({ url });
    expect(made.live).toBe('one');
    expect(await made.revoke(old, testGatherContext())).toEqual({ result: 'gone', detail: 'the new value replaced it' });
    expect(received).toEqual([]);
  });

  it.each([
    [400, 'refused'],
    [422, 'refused'],
    [409, 'conflict'],
    [401, 'transient'],
    [403, 'transient'],
    [404, 'transient'],
    [302, 'transient'],
    [500, 'transient'],
  ])('%i is %s', async (status, kind) => {
    const { url } = await startReceiver(status);
    const error = await issuer({ url: `${url}/set?token=${header}` })
      .issue(request, testGatherContext())
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind, message: `${url}/set answers ${status}` });
    expect(inspect(error, { depth: 9 })).not.toContain('CANARY');
  });

  it.each([
    [404, { result: 'gone' }],
    [410, { result: 'gone' }],
    [200, { result: 'revoked' }],
  ])('revoke: %i', async (status, expected) => {
    const { url } = await startReceiver(status);
    expect(await issuer({ url, revokeUrl: url }).revoke(old, testGatherContext())).toMatchObject(expected);
  });

  it.each([400, 500])('revoke: %i says nothing about a value in use', async (status) => {
    const { url } = await startReceiver(status);
    await expect(issuer({ url, revokeUrl: url }).revoke(old, testGatherContext())).rejects.toMatchObject({ kind: 'transient' });
  });

  it('cannot tell which value to forget where nobody knows it', async () => {
    const { url, received } = await startReceiver(200);
    expect(await issuer({ url, revokeUrl: url }).revoke({ key: old.key, value: undefined }, testGatherContext())).toMatchObject({
      result: 'manual',
    });
    expect(received).toEqual([]);
  });

  it.each(['refused', 'black-hole', 'tls', 'truncated'] as const)('%s', async (fault) => {
    const server = await startFault(fault);
    onTestFinished(() => server.close());
    const error = await issuer({ url: server.url })
      .issue(request, testGatherContext(600))
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: 'transient', message: expect.stringContaining(`${server.url}: `) });
    expect(inspect(error, { depth: 9 })).not.toContain('CANARY');
  });

  it('is described without credentials', () => {
    const url = `https://user:${canary}@host.example/set?token=${canary}`;
    expect(issuer({ url, revokeUrl: `https://host.example/forget?token=${canary}` }).describe(null)).toEqual({
      issue: 'PUT https://host.example/set with the new value',
      revoke: 'PUT https://host.example/forget with the old value',
      objects: ['https://host.example/set'],
    });
  });
});
