import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { secretEntry } from '../../../packages/core/src/config/secrets.ts';
import type { Verdict } from '../../../packages/core/src/secrets/ports.ts';
import { SecretValue } from '../../../packages/core/src/secrets/value.ts';
import { createVerifier } from '../../../packages/core/src/secrets/verifiers/create.ts';
import { startFault } from '../../support/fault-server.ts';
import { testGatherContext } from '../../support/host.ts';
import { startScripted } from '../../support/scripted-redis.ts';

const canary = 'CANARY-value-0123456789';

async function verify(url: string, more: object = {}, key: object = {}): Promise<Verdict | undefined> {
  const entry = secretEntry.parse({ name: 'db', vault: { mount: 'kv', path: 'db' }, verify: { type: 'redis', url, ...more } });
  const verdict = await createVerifier(entry)?.verify({ value: SecretValue.fromText(canary), key }, testGatherContext(2000));
  expect(inspect(verdict)).not.toContain(canary);
  return verdict;
}

describe('the redis verifier', () => {
  it.each([
    ['OK', true, 'accepts it for user worker'],
    [{ error: 'WRONGPASS invalid username-password pair or user is disabled.' }, false, 'answers WRONGPASS: user or password refused'],
    [{ error: 'ERR invalid password' }, false, 'password refused'],
    [
      {
        error:
          'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
      },
      'unknown',
      'asks for no password',
    ],
    [{ error: `ERR wrong number of arguments for ${canary}` }, 'unknown', 'answers an error to AUTH (ERR)'],
    [{ error: 'LOADING Redis is loading the dataset in memory' }, 'unknown', 'answers LOADING: it is reading its data set'],
    [{ error: 'ERR max number of clients reached' }, 'unknown', 'refuses clients: maxclients is reached'],
  ] as const)('%j: %s', async (reply, accepted, detail) => {
    const redis = await startScripted({ AUTH: reply });
    onTestFinished(() => redis.close());
    const verdict = await verify(`redis://127.0.0.1:${redis.port}`, { user: 'worker' });
    expect(verdict).toEqual({ accepted, detail: `redis 127.0.0.1:${redis.port} ${detail}` });
    expect(redis.requests).toEqual([`AUTH worker ${canary}`]);
    await expect.poll(() => redis.connections()).toBe(0);
  });

  it.each([
    ['the configured user', { user: 'worker' }, { account: 'other' }, `AUTH worker ${canary}`],
    ['the account of the value', {}, { account: 'worker' }, `AUTH worker ${canary}`],
    ['the default user', {}, {}, `AUTH ${canary}`],
  ])('logs in as %s', async (_title, more, key, expected) => {
    const redis = await startScripted({ AUTH: 'OK' });
    onTestFinished(() => redis.close());
    expect(await verify(`redis://127.0.0.1:${redis.port}`, more, key)).toMatchObject({ accepted: true });
    expect(redis.requests).toEqual([expected]);
  });

  it.each(['refused', 'black-hole', 'truncated', 'wrong-type'] as const)('%s tells nothing', async (fault) => {
    const server = await startFault(fault, 'redis');
    onTestFinished(() => server.close());
    expect(await verify(server.redisUrl)).toMatchObject({ accepted: 'unknown' });
  });

  it('several servers are none', async () => {
    expect(await verify(`redis://:${canary}@a,b`)).toEqual({
      accepted: 'unknown',
      detail: 'redis: the URL does not name one Redis server',
    });
  });
});
