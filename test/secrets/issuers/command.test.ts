import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { secretEntry } from '../../../packages/core/src/config/secrets.ts';
import { createIssuer } from '../../../packages/core/src/secrets/issuers/create.ts';
import type { IssueRequest, Issuer } from '../../../packages/core/src/secrets/ports.ts';
import { SecretValue } from '../../../packages/core/src/secrets/value.ts';
import { testHost } from '../../support/host.ts';
import { program, programContext } from '../../support/program.ts';

const canary = 'CANARY-value-0123456789';
const value = SecretValue.fromText(canary);
const request: IssueRequest = { name: 'agentops-db-1234-1', namePrefix: 'agentops-db-1234-', current: { id: 'key-1' } };
const old = { key: { id: 'key-1' }, value };

function issuer(body: string, more: object = {}): Issuer {
  const entry = secretEntry.parse({
    name: 'db',
    vault: { mount: 'kv', path: 'db' },
    issuer: { type: 'command', command: program(body), ...more },
  });
  const made = createIssuer(entry, { host: testHost() });
  if (!made) throw new Error('no issuer');
  return made;
}

/** An issuer that answers this whatever it is asked. */
const answering = (answer: object, more: object = {}): Issuer => issuer(`answer(${JSON.stringify(answer)})`, more);

async function failureOf(running: Promise<unknown> | undefined): Promise<unknown> {
  const error = await running?.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  expect(inspect(error, { depth: 9 })).not.toContain(canary);
  return error;
}

describe('the command issuer', () => {
  it('has the program make a value', async () => {
    const made = issuer('answer({ ok: true, value: "made for " + JSON.stringify(input), key: { id: "key-2" } })');
    expect(made).toMatchObject({ type: 'command', origin: 'theirs', live: 'both' });
    expect(made.generate).toBeUndefined();
    const { key, value: got } = await made.issue(request, programContext());
    expect(key).toEqual({ name: 'agentops-db-1234-1', id: 'key-2' });
    expect(JSON.parse(got.text().slice('made for '.length))).toEqual({ operation: 'issue', secret: 'db', ...request });
  });

  it('hands it ours', async () => {
    const made = issuer('answer(input.value === "CANARY-value-0123456789" ? { ok: true } : { ok: false })', {
      origin: 'ours',
      live: 'one',
      length: 20,
    });
    expect(made).toMatchObject({ origin: 'ours', live: 'one' });
    expect(made.generate?.().text()).toMatch(/^[A-Za-z0-9]{20}$/);
    expect(made.find).toBeUndefined();
    const issued = await made.issue({ ...request, value }, programContext());
    expect(issued.value).toBe(value);
    expect(issued.key).toEqual({ name: 'agentops-db-1234-1' });
  });

  it.each([
    ['no value', { ok: true }, 'theirs', 'transient', 'answers no value'],
    ['an empty value', { ok: true, value: '' }, 'theirs', 'transient', 'answers something else'],
    ['another value than ours', { ok: true, value: 'another' }, 'ours', 'operator', 'answers another value'],
    ['a key named after the value', { ok: true, key: { id: `db-${canary}` } }, 'ours', 'operator', 'names a key after the value'],
    ['that it cannot', { ok: false, unsupported: true }, 'ours', 'operator', 'issues nothing'],
    ['a refusal', { ok: false, refused: 'too short' }, 'ours', 'refused', 'command "node" refuses: too short'],
    ['a refusal with the value', { ok: false, refused: `no ${canary}` }, 'ours', 'refused', 'refuses: (withheld: it holds the value)'],
    ['a refusal without a word', { ok: false, refused: true }, 'ours', 'refused', 'command "node" refuses'],
    ['that it should be tried again', { ok: false, retry: 'busy' }, 'ours', 'transient', 'could not do it: busy'],
    ['no ok', { value: canary }, 'ours', 'transient', 'answers something else'],
    ['no object', [], 'ours', 'transient', 'answers something else'],
  ])('%s', async (_title, answer, origin, kind, message) => {
    const error = await failureOf(answering(answer, { origin }).issue({ ...request, value }, programContext()));
    expect(error).toMatchObject({ name: 'AgentOpsError', kind, message: expect.stringContaining(message) });
  });

  it.each([
    ['no JSON', 'console.log("done: " + input.value)', 'transient', 'answers something else than the JSON that was asked for'],
    ['nothing', '', 'transient', 'answers something else'],
    [
      'a failure with a value on stderr',
      'console.error(input.value); process.exit(9)',
      'transient',
      'command "node" failed: exit 9, wrote 24 bytes to stderr',
    ],
    ['success and then a failure', 'answer({ ok: true }); process.exit(1)', 'transient', 'failed: exit 1'],
    ['a refusal and a failure', 'answer({ ok: false, refused: "policy" }); process.exit(1)', 'refused', 'refuses: policy'],
    ['its own end', 'process.kill(process.pid, "SIGKILL")', 'transient', 'command "node" failed: SIGKILL'],
  ])('%s is a failure', async (_title, body, kind, message) => {
    const error = await failureOf(issuer(body, { origin: 'ours' }).issue({ ...request, value }, programContext()));
    expect(error).toMatchObject({ kind, message: expect.stringContaining(message) });
  });

  it('lists what an earlier try left', async () => {
    const made = issuer('answer({ ok: true, keys: [{ id: input.operation, name: input.namePrefix + "7" }] })');
    expect(await made.find?.('agentops-db-1234-', programContext())).toEqual([{ id: 'find', name: 'agentops-db-1234-7' }]);
  });

  it('does not take "cannot list" for "there is none"', async () => {
    for (const answer of [{ ok: true }, { ok: false, unsupported: true }]) {
      expect(await failureOf(answering(answer).find?.('agentops-db-1234-', programContext()))).toMatchObject({ kind: 'operator' });
    }
    expect(await answering({ ok: true, keys: [] }).find?.('agentops-db-1234-', programContext())).toEqual([]);
  });

  it.each([
    [{ ok: true }, { result: 'revoked', detail: 'command "node" says so' }],
    [
      { ok: true, result: 'gone', detail: 'no such key' },
      { result: 'gone', detail: 'no such key' },
    ],
    [
      { ok: true, detail: `ended ${canary}` },
      { result: 'revoked', detail: '(withheld: it holds the value)' },
    ],
    [
      { ok: false, unsupported: true },
      { result: 'manual', detail: 'command "node" revokes nothing' },
    ],
  ])('revoke: %j', async (answer, expected) => {
    expect(await answering(answer).revoke(old, programContext())).toEqual(expected);
  });

  it('tells which credential it is about', async () => {
    const made = issuer('answer({ ok: true, detail: [input.operation, input.key.id, input.value.length, input.secret].join() })');
    expect(await made.revoke(old, programContext())).toEqual({ result: 'revoked', detail: 'revoke,key-1,23,db' });
    expect(
      await issuer('answer({ ok: true, detail: String("value" in input) })').revoke({ key: {}, value: undefined }, programContext()),
    ).toMatchObject({
      detail: 'false',
    });
  });

  it('need not be able to disable', async () => {
    await answering({ ok: false, unsupported: true }).disable?.(old, programContext());
    await answering({ ok: false, unsupported: true }).enable?.(old, programContext());
    expect(await failureOf(answering({ ok: false }).disable?.(old, programContext()))).toMatchObject({ kind: 'transient' });
  });

  it.each([
    [{ ok: true, accepted: true }, true, 'command "node" accepts it'],
    [{ ok: true, accepted: false, detail: 'HTTP 401' }, false, 'command "node": HTTP 401'],
    [{ ok: true, accepted: 'unknown' }, 'unknown', 'command "node" cannot tell'],
    [{ ok: true }, 'unknown', 'command "node" does not tell'],
    [{ ok: false, refused: 'revoked' }, false, 'command "node" refuses: revoked'],
    [{ ok: false, retry: 'busy' }, 'unknown', 'command "node" could not do it: busy'],
    [{ ok: false, unsupported: true }, 'unknown', 'command "node" does not tell'],
    [{ accepted: true }, 'unknown', 'command "node" answers something else than the JSON that was asked for'],
  ])('check: %j', async (answer, accepted, detail) => {
    expect(await answering(answer).check?.(old, programContext())).toEqual({ accepted, detail });
  });

  it('is not asked where a verifier is configured', () => {
    const entry = secretEntry.parse({
      name: 'db',
      vault: { mount: 'kv', path: 'db' },
      issuer: { type: 'command', command: ['rotate'] },
      verify: { type: 'http', url: 'https://api.example' },
    });
    expect(createIssuer(entry, { host: testHost() })).not.toHaveProperty('check');
  });
});
