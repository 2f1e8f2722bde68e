import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { configSchema } from '../../../packages/core/src/config/schema.ts';
import { gatherKubernetes } from '../../../packages/core/src/evidence/kubernetes/source.ts';
import type { Evidence } from '../../../packages/core/src/model/evidence.ts';
import type { EvidenceKey, EvidenceTypes } from '../../../packages/core/src/model/evidence-map.ts';
import { testGatherContext, testHost } from '../../support/host.ts';

export interface Seen {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
}

export type Handler = (seen: Seen, response: ServerResponse) => void;

export interface Stub {
  readonly url: string;
  readonly requests: readonly Seen[];
}

/** An API server that answers as `handle` says; stopped when the test ends. */
export async function stubApi(handle: Handler): Promise<Stub> {
  const requests: Seen[] = [];
  const server = createServer((request, response) => {
    const seen = { method: request.method ?? '', url: new URL(request.url ?? '', 'http://stub'), headers: request.headers };
    requests.push(seen);
    handle(seen, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

export function json(response: ServerResponse, body: unknown, status = 200, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

export function status(response: ServerResponse, code: number, metadata: object = {}, headers: Record<string, string> = {}): void {
  json(response, { kind: 'Status', apiVersion: 'v1', metadata, status: 'Failure', message: 'CANARY-message', code }, code, headers);
}

/** A list body in the order in which the API server writes it. */
export function listOf(items: readonly object[], token?: string, kind = 'PodList'): object {
  return { kind, apiVersion: 'v1', metadata: { resourceVersion: '1', ...(token === undefined ? {} : { continue: token }) }, items };
}

/** Answers by exact path; anything else is 404. */
export function routes(table: Readonly<Record<string, object>>): Handler {
  return (seen, response) => {
    const body = table[seen.url.pathname];
    if (body) json(response, body);
    else status(response, 404);
  };
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'agentops-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A kubeconfig with one context `stub`. */
export function kubeconfigFor(url: string, user: object = { token: 'CANARY-token' }): string {
  const file = join(temporaryFolder(), 'config');
  writeFileSync(
    file,
    JSON.stringify({
      'current-context': 'stub',
      clusters: [{ name: 'c', cluster: { server: url } }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'stub', context: { cluster: 'c', user: 'u' } }],
    }),
  );
  return file;
}

/** Gathers one key from a stub. */
export async function gatherOne<K extends EvidenceKey>(
  url: string,
  key: K,
  options: { kubernetes?: object; ms?: number; user?: object; env?: Record<string, string> } = {},
): Promise<Evidence<EvidenceTypes[K]>> {
  const config = configSchema.parse({ kubernetes: { kubeconfig: kubeconfigFor(url, options.user), ...options.kubernetes } });
  const context = testGatherContext(options.ms ?? 5000, testHost({ env: { PATH: process.env.PATH, ...options.env }, cwd: '/' }));
  const [entry] = await gatherKubernetes(config, new Set([key]), context);
  const evidence = await entry?.evidence[key];
  if (!evidence) throw new Error(`no evidence for ${key}`);
  return evidence as Evidence<EvidenceTypes[K]>;
}
