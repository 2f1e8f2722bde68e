import { describe, expect, test } from 'vitest';
import type { Dict, KubeObject } from '../../../packages/lab/src/kubernetes/types.ts';
import { as, configMap, type Lab, startLab } from './support.ts';

const maps = '/api/v1/namespaces/agents/configmaps';

interface WatchEvent {
  readonly type: string;
  readonly object: KubeObject & Dict;
}

/** Opens a watch and reads a number of events from it. */
async function open(lab: Lab, path: string, accept = 'application/json') {
  const response = await fetch(lab.server.url + path, { headers: { authorization: 'Bearer admin', accept } });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let rest = '';
  const next = async (): Promise<WatchEvent | undefined> => {
    for (;;) {
      const end = rest.indexOf('\n');
      if (end >= 0) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 1);
        return JSON.parse(line) as WatchEvent;
      }
      const { done, value } = await reader.read();
      if (done) return undefined;
      rest += decoder.decode(value, { stream: true });
    }
  };
  return {
    response,
    next,
    take: async (count: number) => {
      const taken: string[] = [];
      for (let index = 0; index < count; index += 1) {
        const event = await next();
        taken.push(event === undefined ? 'END' : `${event.type} ${event.object.metadata?.name ?? ''}`.trim());
      }
      return taken;
    },
    [Symbol.asyncDispose]: () => reader.cancel(),
  };
}

const label = (lab: Lab, name: string, value: string | null) =>
  lab.send(`${maps}/${name}`, { method: 'PATCH', type: 'application/merge-patch+json', body: { metadata: { labels: { app: value } } } });

describe('watch', () => {
  test('what is there, then what changes', async () => {
    await using lab = await startLab({ objects: [configMap('a'), configMap('elsewhere', undefined, 'other')] });
    await using watch = await open(lab, `${maps}?watch=1`);
    expect(await watch.take(1)).toEqual(['ADDED a']);
    await lab.send('/api/v1/namespaces/other/configmaps/elsewhere', { method: 'DELETE' });
    await lab.send(maps, { method: 'POST', body: { metadata: { name: 'b' } } });
    await label(lab, 'b', 'x');
    await lab.send(`${maps}/a`, { method: 'DELETE' });
    expect(await watch.take(3)).toEqual(['ADDED b', 'MODIFIED b', 'DELETED a']);
  });

  test('objects come under and leave a selector', async () => {
    await using lab = await startLab({ objects: [configMap('a')] });
    await using watch = await open(lab, `${maps}?watch=true&labelSelector=app%3Dx`);
    await label(lab, 'a', 'x');
    await lab.send(`${maps}/a`, { method: 'PATCH', type: 'application/merge-patch+json', body: { data: { more: '1' } } });
    const left = await label(lab, 'a', 'y');
    await label(lab, 'a', 'x');
    expect(await watch.take(2)).toEqual(['ADDED a', 'MODIFIED a']);
    const gone = await watch.next();
    // As it was, at the version of the change.
    expect([gone?.type, gone?.object.metadata.labels, gone?.object.metadata.resourceVersion]).toEqual([
      'DELETED',
      { app: 'x' },
      (left.json as unknown as KubeObject).metadata.resourceVersion,
    ]);
    expect(await watch.take(1)).toEqual(['ADDED a']);
  });

  test('from a version on, without what is there', async () => {
    await using lab = await startLab({ objects: [configMap('a')] });
    const { resourceVersion } = (await lab.send(maps)).json.metadata as { resourceVersion: string };
    await lab.send(maps, { method: 'POST', body: { metadata: { name: 'b' } } });
    await using watch = await open(lab, `${maps}?watch=1&resourceVersion=${resourceVersion}`);
    await lab.send(maps, { method: 'POST', body: { metadata: { name: 'c' } } });
    expect(await watch.take(2)).toEqual(['ADDED b', 'ADDED c']);
  });

  test('a version that is forgotten is an ERROR event with 410, then the end', async () => {
    await using lab = await startLab({ objects: [configMap('a')] });
    lab.server.store.compact();
    await using watch = await open(lab, `${maps}?watch=1&resourceVersion=1`);
    expect(watch.response.status).toBe(200);
    expect(await watch.next()).toEqual({
      type: 'ERROR',
      object: {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: `too old resource version: 1 (${lab.server.store.version})`,
        reason: 'Expired',
        code: 410,
      },
    });
    expect(await watch.next()).toBeUndefined();
  });

  test('bookmarks, and the one that ends the initial events', async () => {
    await using lab = await startLab({ objects: [configMap('a')], bookmarkEvery: 5 });
    await using watch = await open(
      lab,
      `${maps}?watch=1&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan`,
      as('PartialObjectMetadata'),
    );
    expect(await watch.take(1)).toEqual(['ADDED a']);
    const resourceVersion = String(lab.server.store.version);
    expect(await watch.next()).toEqual({
      type: 'BOOKMARK',
      object: {
        kind: 'PartialObjectMetadata',
        apiVersion: 'meta.k8s.io/v1',
        metadata: { resourceVersion, annotations: { 'k8s.io/initial-events-end': 'true' } },
      },
    });
    expect(await watch.next()).toEqual({
      type: 'BOOKMARK',
      object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { resourceVersion } },
    });
  });

  test('no bookmarks for a client that does not ask', async () => {
    await using lab = await startLab({ bookmarkEvery: 1 });
    await using watch = await open(lab, `${maps}?watch=1&timeoutSeconds=1`);
    expect(await watch.next()).toBeUndefined();
  });

  test('only the first table names its columns', async () => {
    await using lab = await startLab({ objects: [configMap('a'), configMap('b')] });
    await using watch = await open(lab, `${maps}?watch=1`, as('Table'));
    const [first, second] = [await watch.next(), await watch.next()];
    expect(first?.object.columnDefinitions).toMatchObject([{ name: 'Name' }, { name: 'Data' }, { name: 'Age' }]);
    expect(second?.object.columnDefinitions).toBeNull();
    expect(second?.object.rows).toMatchObject([{ cells: ['b', 1, '0s'] }]);
  });

  test('a wrong selector is an answer and no watch', async () => {
    await using lab = await startLab();
    expect((await lab.send(`${maps}?watch=1&fieldSelector=foo%3Dbar`)).code).toBe(400);
  });
});
