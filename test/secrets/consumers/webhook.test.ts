import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { webhookConsumer } from '../../../packages/core/src/secrets/consumers/webhook.ts';
import type { Consumer } from '../../../packages/core/src/secrets/ports.ts';
import { SecretValue } from '../../../packages/core/src/secrets/value.ts';
import { startFault } from '../../support/fault-server.ts';
import { testGatherContext, testHost } from '../../support/host.ts';
import { startReceiver } from '../../support/http-receiver.ts';

const canary = 'CANARY-value-0123456789';
const change = { rotation: 'db/1', version: 5, fields: new Map([['value', SecretValue.fromText(canary)]]), source: 'kv/db' };
const soon = (ms = 10_000) => testGatherContext(ms, testHost({ random: () => 0 }));

const consumer = (url: string): Consumer =>
  webhookConsumer({ type: 'webhook', url, headers: { Authorization: 'Bearer CANARY-header' } }, { name: 'db' });

async function sync(url: string, context = soon()): Promise<unknown> {
  const webhook = consumer(url);
  const error = await webhook.sync(await webhook.record(5, context), change, context).catch((reason: unknown) => reason);
  expect(inspect(error, { depth: 9 })).not.toContain('CANARY');
  return error;
}

describe('the webhook consumer', () => {
  it('is told the version, never the value', async () => {
    const { url, received } = await startReceiver(202);
    expect(await sync(`${url}/hooks/CANARY-path?token=CANARY-query`)).toBeUndefined();
    expect(received).toMatchObject([
      { method: 'POST', path: '/hooks/CANARY-path?token=CANARY-query', headers: { authorization: 'Bearer CANARY-header' } },
    ]);
    expect(received[0]?.body).toEqual({ secret: 'db', version: 5, rotation: 'db/1' });
  });

  it('is told of the version to go back to', async () => {
    const { url, received } = await startReceiver(200);
    const webhook = consumer(url);
    await webhook.unsync(await webhook.record(5, soon()), { ...change, version: 4 }, soon());
    expect(received[0]?.body).toEqual({ secret: 'db', version: 4, rotation: 'db/1' });
  });

  it.each<[readonly [number, ...number[]]]>([[[503, 200]], [[500, 429, 204]], [[408, 200]]])('tries again after %j', async (statuses) => {
    const { url, received } = await startReceiver(...statuses);
    expect(await sync(url)).toBeUndefined();
    expect(received).toHaveLength(statuses.length);
  });

  it.each([
    [400, 'refused'],
    [422, 'refused'],
    [401, 'transient'],
    [403, 'transient'],
    [404, 'transient'],
    [302, 'transient'],
  ])('%i is %s at once', async (status, kind) => {
    const { url, received } = await startReceiver(status);
    expect(await sync(url)).toMatchObject({
      kind,
      message: expect.stringMatching(new RegExp(`^webhook ${url}#[0-9a-f]{8} answers ${status}$`)),
    });
    expect(received).toHaveLength(1);
  });

  it('gives up before the deadline', async () => {
    const { url, received } = await startReceiver(500);
    expect(await sync(url, soon(200))).toMatchObject({ kind: 'transient', message: expect.stringContaining('answers 500') });
    expect(received).toHaveLength(1);
  });

  it.each(['refused', 'black-hole', 'truncated'] as const)('%s', async (fault) => {
    const server = await startFault(fault);
    onTestFinished(() => server.close());
    expect(await sync(server.url, soon(200))).toMatchObject({ kind: 'transient' });
  });

  it('is named by its host; what may be a credential is not shown', async () => {
    const [one, other] = ['https://hooks.example/T/CANARY-1', 'https://hooks.example/T/CANARY-2'].map(consumer);
    expect(one?.id).toMatch(/^webhook https:\/\/hooks\.example#[0-9a-f]{8}$/);
    expect(one?.id).not.toBe(other?.id);
    expect(await one?.view(5, soon())).toEqual({
      sync: `POST to ${one?.id}, without the value`,
      objects: [one?.id],
      workloads: [],
      warnings: [],
      blocked: undefined,
      notSeen: [],
    });
    expect(await one?.record(5, soon())).toEqual({ id: one?.id, from: null, to: one?.id, workloads: [] });
  });

  it('does not tell what it holds', async () => {
    const webhook = consumer('https://hooks.example');
    const record = await webhook.record(5, soon());
    expect(await webhook.holds(change.fields, soon())).toMatchObject({ holds: 'unknown' });
    expect(webhook.workloads(record, change, soon())).toEqual([]);
    expect(await webhook.stillOn(record, 'from', soon())).toEqual([]);
    await webhook.cleanUp(record, 'from', soon());
  });
});
