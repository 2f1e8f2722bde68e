import { describe, expect, test } from 'vitest';
import { gatherOne, type Handler, json, listOf, status, stubApi } from './stub-api.ts';

const namespace = (name: string) => ({ metadata: { name } });
const names = (evidence: Awaited<ReturnType<typeof namespaces>>) =>
  evidence.ok ? evidence.data.map((entry) => entry.name) : `${evidence.reason}: ${evidence.detail}`;
const namespaces = (url: string, ms?: number) => gatherOne(url, 'kubernetes.namespaces', ms === undefined ? {} : { ms });

/** Answers by continue token; '' is the first page. */
function pages(table: Readonly<Record<string, (response: Parameters<Handler>[1], visit: number) => void>>): Handler {
  const visits = new Map<string, number>();
  return (seen, response) => {
    const token = seen.url.searchParams.get('continue') ?? '';
    const visit = (visits.get(token) ?? 0) + 1;
    visits.set(token, visit);
    const answer = table[token];
    if (answer) answer(response, visit);
    else status(response, 400);
  };
}

test('pages are joined in order, 500 objects at a time', async () => {
  const stub = await stubApi(
    pages({
      '': (response) => json(response, listOf([namespace('a')], 'p2', 'NamespaceList')),
      p2: (response) => json(response, listOf([namespace('b')], 'p3', 'NamespaceList')),
      p3: (response) => json(response, listOf([namespace('c')], undefined, 'NamespaceList')),
    }),
  );
  expect(names(await namespaces(stub.url))).toEqual(['a', 'b', 'c']);
  expect(stub.requests.map(({ url }) => url.pathname + url.search)).toEqual([
    '/api/v1/namespaces?limit=500',
    '/api/v1/namespaces?limit=500&continue=p2',
    '/api/v1/namespaces?limit=500&continue=p3',
  ]);
});

test('a server that writes items before metadata is read as well, each page once', async () => {
  const stub = await stubApi(
    pages({
      '': (response) => json(response, { items: [namespace('a')], metadata: { continue: 'p2' }, kind: 'NamespaceList' }),
      p2: (response) => json(response, { items: [namespace('b')], metadata: {}, kind: 'NamespaceList' }),
    }),
  );
  expect(names(await namespaces(stub.url))).toEqual(['a', 'b']);
  expect(stub.requests).toHaveLength(2);
});

test('a token inside an object is not taken for the token of the list', async () => {
  const tricky = { metadata: { name: 'a', annotations: { x: '"continue":"nope"' }, continue: 'nope' } };
  const stub = await stubApi(pages({ '': (response) => json(response, listOf([tricky], undefined, 'NamespaceList')) }));
  expect(names(await namespaces(stub.url))).toEqual(['a']);
  expect(stub.requests).toHaveLength(1);
});

describe('410 Expired', () => {
  test('goes on with the inconsistent token and keeps what it has', async () => {
    const stub = await stubApi(
      pages({
        '': (response) => json(response, listOf([namespace('a')], 'old', 'NamespaceList')),
        old: (response) => status(response, 410, { continue: 'fresh' }),
        fresh: (response) => json(response, listOf([namespace('b')], undefined, 'NamespaceList')),
      }),
    );
    expect(names(await namespaces(stub.url))).toEqual(['a', 'b']);
  });

  test('without a token it starts again and counts nothing twice', async () => {
    const stub = await stubApi(
      pages({
        '': (response, visit) => json(response, listOf([namespace('a')], `p2-${visit}`, 'NamespaceList')),
        'p2-1': (response) => status(response, 410),
        'p2-2': (response) => json(response, listOf([namespace('b')], undefined, 'NamespaceList')),
      }),
    );
    expect(names(await namespaces(stub.url))).toEqual(['a', 'b']);
  });

  test('gives up after three, and half a list is no list', async () => {
    const stub = await stubApi(
      pages({
        '': (response) => json(response, listOf([namespace('a')], 'old', 'NamespaceList')),
        old: (response) => status(response, 410),
      }),
    );
    expect(names(await namespaces(stub.url))).toBe('server-error: answers 410: the list expired while it was read');
    expect(stub.requests).toHaveLength(8);
  });
});

test('a list that breaks off in the middle is unavailable', async () => {
  const stub = await stubApi(
    pages({
      '': (response) => json(response, listOf([namespace('a')], 'p2', 'NamespaceList')),
      p2: (response) => status(response, 500),
    }),
  );
  expect(names(await namespaces(stub.url))).toBe('server-error: answers 500');
});

test('a token that leads to itself does not hold us for ever', async () => {
  const stub = await stubApi((_seen, response) => json(response, listOf([namespace('a')], 'same', 'NamespaceList')));
  expect(names(await namespaces(stub.url))).toBe('invalid: the answer is not a Kubernetes list');
});

test('429 is tried again after Retry-After', async () => {
  let visits = 0;
  const stub = await stubApi((_seen, response) => {
    if (++visits === 1) status(response, 429, {}, { 'retry-after': '0' });
    else json(response, listOf([namespace('a')], undefined, 'NamespaceList'));
  });
  expect(names(await namespaces(stub.url))).toEqual(['a']);
});

test('items: null is an empty list', async () => {
  const stub = await stubApi((_seen, response) => json(response, { kind: 'NamespaceList', metadata: {}, items: null }));
  expect(names(await namespaces(stub.url))).toEqual([]);
});

test.each<[string, Handler, string]>([
  ['401', (_seen, response) => status(response, 401), 'unauthorized: answers 401: credentials missing or refused'],
  ['500', (_seen, response) => status(response, 500), 'server-error: answers 500'],
  ['no list', (_seen, response) => json(response, { kind: 'Namespace', metadata: {} }), 'invalid: the answer is not a Kubernetes list'],
  [
    'items of the wrong type',
    (_s, response) => json(response, { kind: 'NamespaceList', items: [1] }),
    'invalid: the answer is not a Kubernetes list',
  ],
  [
    'an object that is not JSON, though the page around it is',
    (_seen, response) =>
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end('{"kind":"NamespaceList","items":[{"metadata":{"name":"a"}},{"metadata":}]}'),
    'invalid: the answer is not valid JSON (cut short?)',
  ],
  ['an array', (_seen, response) => json(response, []), 'invalid: the answer is not a Kubernetes list'],
  [
    'HTML',
    (_seen, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
    'invalid: answers text/html instead of JSON',
  ],
  ['a redirect', (_seen, response) => response.writeHead(302, { location: 'http://elsewhere/' }).end(), 'invalid: answers 302'],
  ['429 without Retry-After', (_seen, response) => status(response, 429), 'rate-limited: answers 429: too many requests'],
  [
    'a body cut short',
    (_seen, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' }).write('{"kind":"NamespaceList"');
      setTimeout(() => response.destroy(), 20);
    },
    'invalid: the answer was cut short',
  ],
  ['a closed connection', (_seen, response) => response.destroy(), 'unreachable: connection reset'],
])('%s', async (_name, handle, expected) => {
  const stub = await stubApi(handle);
  expect(names(await namespaces(stub.url))).toBe(expected);
});

test.each<[string, Handler]>([
  ['a black hole', () => undefined],
  [
    'a slow drip',
    (_seen, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => response.write(' '), 30);
      response.on('close', () => clearInterval(timer));
    },
  ],
])('%s ends at the deadline', async (_name, handle) => {
  const stub = await stubApi(handle);
  expect(names(await namespaces(stub.url, 300))).toBe('timeout: no answer in time');
});

test('nobody listens', async () => {
  expect(names(await namespaces('http://127.0.0.1:1'))).toBe('unreachable: connection refused');
});
