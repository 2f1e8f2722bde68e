import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../../packages/core/src/config/schema.ts';
import { type Cluster, openCluster } from '../../../packages/core/src/secrets/kubernetes/client.ts';
import { kinds } from '../../../packages/core/src/secrets/kubernetes/kinds.ts';
import type { RunContext } from '../../../packages/core/src/secrets/ports.ts';
import { testHost, testNow } from '../../support/host.ts';

interface Request {
  readonly method: string;
  readonly url: string;
  readonly accept: string;
  readonly contentType: string;
  readonly authorization: string;
  readonly body: string;
}

type Answer = { readonly status?: number; readonly json?: unknown; readonly headers?: Record<string, string> } | 'reset' | 'silence';

const at = { kind: kinds.Deployment, namespace: 'agents', name: 'web' } as const;
const secret = { kind: kinds.Secret, namespace: 'agents', name: 'key' } as const;
const deployment = { kind: 'Deployment', metadata: { name: 'web' } };
const metadata = { kind: 'PartialObjectMetadata', metadata: { name: 'key' } };

let server: Server | undefined;
let folder: string | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** A server that gives these answers, one a request, the last one again and again. */
async function scripted(
  answers: readonly Answer[],
  deadlineMs = 20_000,
): Promise<{ cluster: Cluster; requests: Request[]; context: RunContext; tokenFile: string }> {
  const requests: Request[] = [];
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { accept = '', authorization = '', 'content-type': contentType = '' } = request.headers;
    const { method = '', url = '' } = request;
    requests.push({ method, url, accept, contentType, authorization, body: Buffer.concat(chunks).toString() });
    const answer = answers[Math.min(requests.length, answers.length) - 1] ?? 'reset';
    if (answer === 'silence') return;
    if (answer === 'reset') {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
    response.end(JSON.stringify(answer.json ?? {}));
  };
  server = createServer((request, response) => void handle(request, response));
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  folder = mkdtempSync(join(tmpdir(), 'agentops-client-'));
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, 'cnry-token-1');
  const kubeconfig = join(folder, 'config');
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      contexts: [{ name: 'test', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` } }],
      users: [{ name: 'u', user: { tokenFile } }],
      'current-context': 'test',
    }),
  );
  const host = testHost({ random: () => 0 });
  const context = { host, signal: new AbortController().signal, deadline: host.clock.monotonic() + deadlineMs };
  const cluster = await openCluster(configSchema.parse({ kubernetes: { kubeconfig } }), undefined, context);
  return { cluster, requests, context, tokenFile };
}

const status = (code: number, reason: string, message = 'cnry-message'): Answer => ({
  status: code,
  json: { kind: 'Status', status: 'Failure', reason, message, code },
});

describe('reading', () => {
  it('a missing object is undefined; a missing path is a failure', async () => {
    const { cluster, context } = await scripted([status(404, 'NotFound'), { status: 404, json: 'no such page' }]);
    expect(await cluster.get(at, context)).toBeUndefined();
    await expect(cluster.get(at, context)).rejects.toMatchObject({ kind: 'conflict', message: 'Deployment agents/web is not there' });
  });

  it('is repeated after 429, 5xx and broken connections', async () => {
    const { cluster, context, requests } = await scripted([
      status(429, 'TooManyRequests'),
      status(503, 'ServiceUnavailable'),
      'reset',
      { json: deployment },
    ]);
    expect(await cluster.get(at, context)).toEqual(deployment);
    expect(requests.length).toBe(4);
  });

  it('gives up in the end, without a word of the body', async () => {
    const { cluster, context, requests } = await scripted([status(500, 'InternalError')]);
    const error = await cluster.get(at, context).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: 'transient', message: 'get Deployment agents/web: the API server answers 500 InternalError' });
    expect(inspect(error)).not.toContain('cnry');
    expect(requests.length).toBe(4);
  });

  it('ends by its own limit and by the run’s end', async () => {
    const { cluster, context } = await scripted(['silence'], 60_000);
    const left = { ...context, deadline: context.host.clock.monotonic() + 600 };
    await expect(cluster.get(at, left)).rejects.toMatchObject({
      kind: 'transient',
      message: 'get Deployment agents/web: no answer in time',
    });
    await expect(cluster.get(at, { ...context, deadline: context.host.clock.monotonic() - 1 })).rejects.toMatchObject({
      kind: 'transient',
    });
    await expect(cluster.get(at, { ...context, signal: AbortSignal.abort() })).rejects.toMatchObject({ kind: 'transient' });
  });

  it('asks for metadata and takes nothing else', async () => {
    const full = { kind: 'Secret', metadata: {}, data: { key: 'Y25yeQ==' } };
    const { cluster, context, requests } = await scripted([
      { json: metadata },
      { json: full },
      { json: { kind: 'SecretList', items: [full] } },
    ]);
    expect(await cluster.get(secret, context, { metadataOnly: true })).toEqual(metadata);
    await expect(cluster.get(secret, context, { metadataOnly: true })).rejects.toMatchObject({
      kind: 'transient',
      message: 'get Secret agents/key: the answer is no PartialObjectMetadata',
    });
    await expect(cluster.list(kinds.Secret, 'agents', context, { metadataOnly: true })).rejects.toMatchObject({ kind: 'transient' });
    expect(requests.map(({ accept }) => accept)).toEqual([
      'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
      'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
      'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
    ]);
  });

  it('follows pages, and begins again where they expired', async () => {
    const page = (names: readonly string[], token?: string): Answer => ({
      json: {
        kind: 'PodList',
        metadata: token === undefined ? {} : { continue: token },
        items: names.map((name) => ({ metadata: { name } })),
      },
    });
    const { cluster, context, requests } = await scripted([page(['a'], 't1'), status(410, 'Expired'), page(['a'], 't2'), page(['b'])]);
    const pods = await cluster.list(kinds.Pod, 'agents', context, { labelSelector: 'app in (a,b)', fieldSelector: 'x=y' });
    expect(pods).toEqual([{ metadata: { name: 'a' } }, { metadata: { name: 'b' } }]);
    expect(requests.map(({ url }) => new URL(url, 'http://x').searchParams.get('continue'))).toEqual([null, 't1', null, 't2']);
    expect(requests[0]?.url).toBe('/api/v1/namespaces/agents/pods?limit=500&labelSelector=app+in+%28a%2Cb%29&fieldSelector=x%3Dy');
  });

  it('a list that does not end is none', async () => {
    const { cluster, context } = await scripted([{ json: { kind: 'PodList', metadata: { continue: 't' }, items: [] } }]);
    await expect(cluster.list(kinds.Pod, 'agents', context)).rejects.toMatchObject({ kind: 'transient' });
  });

  it('knows by discovery what is served', async () => {
    const { cluster, context, requests } = await scripted([
      { json: { kind: 'APIResourceList', resources: [{ name: 'rollouts' }] } },
      { json: { kind: 'APIResourceList', resources: [{ name: 'applications' }] } },
      { status: 404, json: '404 page not found' },
    ]);
    expect([
      await cluster.serves(kinds.Rollout, context),
      await cluster.serves(kinds.Rollout, context),
      await cluster.serves(kinds.Rollout, context),
    ]).toEqual([true, false, false]);
    expect(requests[0]?.url).toBe('/apis/argoproj.io/v1alpha1');
  });
});

describe('writing', () => {
  it('goes out as the API wants it, and asks for no value back', async () => {
    const { cluster, context, requests } = await scripted([
      { json: metadata },
      { json: metadata },
      { json: deployment },
      { json: deployment },
      { json: metadata },
    ]);
    await cluster.create(secret, { a: 1 }, context);
    await cluster.apply(secret, { a: 2 }, context, { force: true });
    await cluster.jsonPatch(at, [{ op: 'test', path: '/a', value: 1 }], context);
    await cluster.mergePatch(at, { a: 3 }, context);
    await cluster.delete(secret, context, { uid: 'u-1' });
    const only = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io';
    expect(requests.map(({ method, url, accept, contentType, body }) => [method, url, accept, contentType, body])).toEqual([
      ['POST', '/api/v1/namespaces/agents/secrets?fieldManager=agentops', only, 'application/json', '{"a":1}'],
      ['PATCH', '/api/v1/namespaces/agents/secrets/key?fieldManager=agentops&force=true', only, 'application/apply-patch+yaml', '{"a":2}'],
      [
        'PATCH',
        '/apis/apps/v1/namespaces/agents/deployments/web?fieldManager=agentops',
        'application/json',
        'application/json-patch+json',
        '[{"op":"test","path":"/a","value":1}]',
      ],
      [
        'PATCH',
        '/apis/apps/v1/namespaces/agents/deployments/web?fieldManager=agentops',
        'application/json',
        'application/merge-patch+json',
        '{"a":3}',
      ],
      [
        'DELETE',
        '/api/v1/namespaces/agents/secrets/key',
        only,
        'application/json',
        '{"kind":"DeleteOptions","apiVersion":"v1","preconditions":{"uid":"u-1"}}',
      ],
    ]);
  });

  it('is repeated after 429 alone, never where the server may have acted', async () => {
    const { cluster, context, requests } = await scripted([
      status(429, 'TooManyRequests'),
      { json: deployment },
      status(503, 'ServiceUnavailable'),
    ]);
    await cluster.jsonPatch(at, [], context);
    expect(requests.length).toBe(2);
    await expect(cluster.jsonPatch(at, [], context)).rejects.toMatchObject({ kind: 'transient' });
    expect(requests.length).toBe(3);
  });

  it('is repeated on a new connection where an idle one was closed', async () => {
    const { cluster, context, requests } = await scripted([{ json: deployment }, 'reset', { json: deployment }]);
    await cluster.get(at, context);
    await cluster.jsonPatch(at, [], context);
    expect(requests.map(({ method }) => method)).toEqual(['GET', 'PATCH', 'PATCH']);
  });

  it('is not repeated where a fresh connection breaks', async () => {
    const { cluster, context, requests } = await scripted(['reset']);
    await expect(cluster.create(secret, {}, context)).rejects.toMatchObject({
      kind: 'transient',
      message: 'create Secret agents/key: connection reset',
    });
    expect(requests.length).toBe(1);
  });

  it('of what is gone: a deletion is fine, a patch is not', async () => {
    const { cluster, context } = await scripted([status(404, 'NotFound')]);
    expect(await cluster.delete(at, context)).toBe(false);
    await expect(cluster.mergePatch(at, {}, context)).rejects.toMatchObject({ kind: 'conflict', reason: 'NotFound' });
  });

  it('never shows what it sent or was told', async () => {
    for (const [code, reason] of [
      [409, 'AlreadyExists'],
      [422, 'Invalid'],
      [403, 'Forbidden'],
      [500, 'InternalError'],
    ] as const) {
      const { cluster, context } = await scripted([status(code, reason, 'the data is cnry-value')]);
      const error = await cluster.create(secret, { data: { key: 'cnry-value' } }, context).catch((failure: unknown) => failure);
      expect(error).toBeInstanceOf(Error);
      expect(`${inspect(error, { depth: 9 })} ${JSON.stringify(error)} ${inspect(cluster, { depth: 9 })}`).not.toContain('cnry-value');
    }
  });
});

describe('a login', () => {
  it('that expired is renewed, once a call', async () => {
    const { cluster, context, requests, tokenFile } = await scripted([
      { json: deployment },
      status(401, 'Unauthorized'),
      { json: deployment },
      status(401, 'Unauthorized'),
    ]);
    await cluster.get(at, context);
    writeFileSync(tokenFile, 'cnry-token-2');
    await cluster.jsonPatch(at, [], context);
    expect(requests.map(({ authorization }) => authorization)).toEqual([
      'Bearer cnry-token-1',
      'Bearer cnry-token-1',
      'Bearer cnry-token-2',
    ]);
    await expect(cluster.get(at, context)).rejects.toMatchObject({
      kind: 'transient',
      message: 'get Deployment agents/web: the login was refused',
    });
    expect(requests.length).toBe(5);
  });

  it('to a context that is not there says so', async () => {
    const { context } = await scripted([]);
    const config = configSchema.parse({ kubernetes: { kubeconfig: join(folder ?? '', 'config') } });
    await expect(openCluster(config, 'prod', context)).rejects.toMatchObject({
      kind: 'transient',
      message: 'the kubeconfig has no context "prod"',
    });
    const nowhere = configSchema.parse({});
    await expect(openCluster(nowhere, undefined, context)).rejects.toMatchObject({
      kind: 'transient',
      message: 'no kubeconfig, and not in a cluster',
    });
  });
});

describe('the time', () => {
  it('is the server’s where the clocks differ', async () => {
    const date = (ms: number): Answer => ({ json: deployment, headers: { date: new Date(ms).toUTCString() } });
    const { cluster, context } = await scripted([date(testNow + 1000), date(testNow + 3_600_000)]);
    expect(cluster.now(context)).toBe(testNow);
    await cluster.get(at, context);
    expect(cluster.now(context)).toBe(testNow);
    await cluster.get(at, context);
    expect(cluster.now(context)).toBe(testNow + 3_600_500);
  });
});
