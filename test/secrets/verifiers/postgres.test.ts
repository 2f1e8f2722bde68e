import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { secretEntry } from '../../../packages/core/src/config/secrets.ts';
import type { Verdict } from '../../../packages/core/src/secrets/ports.ts';
import { SecretValue } from '../../../packages/core/src/secrets/value.ts';
import { createVerifier } from '../../../packages/core/src/secrets/verifiers/create.ts';
import { startFault } from '../../support/fault-server.ts';
import { testGatherContext } from '../../support/host.ts';
import { type LoginEnd, startScriptedPostgres } from '../../support/scripted-postgres.ts';

const canary = 'CANARY-value-0123456789';

async function verify(at: { host: string; port: number }, more: object = {}, account = 'app', ms = 5000): Promise<Verdict | undefined> {
  const entry = secretEntry.parse({
    name: 'db',
    vault: { mount: 'kv', path: 'db' },
    verify: { type: 'postgres', host: at.host, port: at.port, database: 'agents', ...more },
  });
  const key = account === '' ? {} : { account };
  const verdict = await createVerifier(entry)?.verify({ value: SecretValue.fromText(canary), key }, testGatherContext(ms));
  expect(inspect(verdict)).not.toContain(canary);
  return verdict;
}

async function scripted(asks: boolean, end: LoginEnd): Promise<Awaited<ReturnType<typeof startScriptedPostgres>>> {
  const server = await startScriptedPostgres(asks, end);
  onTestFinished(() => server.close());
  return server;
}

const error = (code: string, routine = 'x'): LoginEnd => ({ code, routine, message: `about ${canary}` });

describe('the postgres verifier', () => {
  it.each<[string, boolean, LoginEnd, Verdict['accepted'], string]>([
    ['lets it in', true, 'welcome', true, 'accepts it for app'],
    ['a wrong password', true, error('28P01', 'auth_failed'), false, 'refuses it for app'],
    ['a role that may not log in', true, error('28000', 'InitializeSessionUserId'), false, 'does not let app log in'],
    ['pg_hba.conf has no line for us', false, error('28000', 'ClientAuthentication'), 'unknown', 'lets nobody log in so from here'],
    ['trust', false, 'welcome', 'unknown', 'asks app for no password'],
    ['too many connections', true, error('53300'), 'unknown', 'out of connections'],
    ['starting', false, error('57P03'), 'unknown', 'shutting down'],
    ['no such database', true, error('3D000'), 'unknown', 'no such database'],
    ['no right to connect', true, error('42501'), 'unknown', 'permission denied'],
    ['something else', true, error('XX000'), 'unknown', 'SQL state XX000'],
    ['hangs up', true, 'hangup', 'unknown', 'the connection broke'],
  ])('%s', async (_title, asks, end, accepted, detail) => {
    const server = await scripted(asks, end);
    const verdict = await verify(server);
    expect(verdict?.accepted).toBe(accepted);
    expect(verdict?.detail).toContain(`postgres 127.0.0.1:${server.port}/agents`);
    expect(verdict?.detail).toContain(detail);
    expect(server.passwords).toEqual(asks ? [canary] : []);
    await expect.poll(() => server.connections()).toBe(0);
  });

  it('a server that does not answer, within the deadline', async () => {
    const server = await scripted(true, 'silence');
    expect(await verify(server, {}, 'app', 300)).toMatchObject({
      accepted: 'unknown',
      detail: expect.stringContaining('no answer in time'),
    });
    await expect.poll(() => server.connections()).toBe(0);
  });

  it('a server that is not there', async () => {
    const nobody = await startFault('refused');
    expect(await verify(nobody)).toMatchObject({ accepted: 'unknown', detail: expect.stringContaining('connection refused') });
  });

  it('the configured user goes before the account; without either nothing is tried', async () => {
    const server = await scripted(true, 'welcome');
    expect(await verify(server, { user: 'reader' })).toMatchObject({ accepted: true, detail: expect.stringContaining('for reader') });
    expect(await verify(server, {}, '')).toMatchObject({ accepted: 'unknown', detail: expect.stringContaining('set user') });
    expect(server.passwords).toHaveLength(1);
  });

  it('TLS where the server has none, and a CA file that is not there', async () => {
    const fault = await startFault('black-hole');
    onTestFinished(() => fault.close());
    const verdict = await verify(fault, { tls: { caFile: '/nonexistent/ca.pem' } });
    expect(verdict).toMatchObject({ accepted: 'unknown', detail: 'the CA file /nonexistent/ca.pem cannot be read' });
    expect(fault.received()).toBe('');
  });

  it('is described without a value', () => {
    const entry = secretEntry.parse({ name: 'db', vault: { mount: 'kv', path: 'db' }, verify: { type: 'postgres', host: '::1' } });
    expect(createVerifier(entry)?.describe()).toBe('login to postgres [::1]:5432/postgres as the account of the value');
  });
});
