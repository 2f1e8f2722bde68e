import { Agent } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { awaitFirstAnswer } from '../../../packages/core/src/evidence/kubernetes/first-answer.ts';
import { get, type Session } from '../../../packages/core/src/evidence/kubernetes/request.ts';
import { testGatherContext } from '../../support/host.ts';
import { type Handler, json, stubApi } from './stub-api.ts';

async function session(handle: Handler, limitMs: number): Promise<Session> {
  const { url } = await stubApi(handle);
  const firstAnswer = awaitFirstAnswer(limitMs);
  return { context: 'stub', source: 'kubernetes stub', url, server: '', loopback: true, headers: {}, agent: new Agent(), firstAnswer };
}

const gaveUp = { ok: false, failure: { reason: 'timeout', detail: 'no answer in 0.1 s', phase: 'http' } };

test('a silent server is given up as a whole: what is under way, and what is asked later', async () => {
  const silent = await session(() => undefined, 100);
  const context = testGatherContext();
  expect(await Promise.all([get(silent, '/version', {}, context), get(silent, '/api/v1/pods', {}, context)])).toEqual([gaveUp, gaveUp]);
  expect(await get(silent, '/api/v1/nodes', {}, context)).toEqual(gaveUp);
});

test('one answer of any kind is a sign of life: the others may take their time', async () => {
  const slow = await session((seen, response) => {
    if (seen.url.pathname === '/version') json(response, {}, 403);
    else setTimeout(() => json(response, { late: true }), 1200);
  }, 1000);
  const context = testGatherContext();
  const [version, pods] = await Promise.all([get(slow, '/version', {}, context), get(slow, '/api/v1/pods', {}, context)]);
  expect(version).toMatchObject({ ok: false, failure: { reason: 'forbidden' } });
  expect(pods).toMatchObject({ ok: true, data: { late: true } });
});

test('the head of an answer is enough', async () => {
  const dripping = await session((_seen, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).write('{"slow":');
    setTimeout(() => response.end('true}'), 1200);
  }, 1000);
  expect(await get(dripping, '/api/v1/pods', {}, testGatherContext())).toMatchObject({ ok: true, data: { slow: true } });
});

test('the clock runs from the first request, not before', async () => {
  const quick = await session((_seen, response) => json(response, {}), 1000);
  await pause(1100);
  expect(await get(quick, '/version', {}, testGatherContext())).toMatchObject({ ok: true });
});

test('the end of the run says so, not that the server was given up', async () => {
  const silent = await session(() => undefined, 1000);
  expect(await get(silent, '/version', {}, testGatherContext(100))).toEqual({
    ok: false,
    failure: { reason: 'timeout', detail: 'no answer in time', phase: 'http' },
  });
});
