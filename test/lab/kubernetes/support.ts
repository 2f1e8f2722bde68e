import { type KubernetesOptions, type KubernetesServer, startKubernetes } from '../../../packages/lab/src/kubernetes/server.ts';
import type { Dict, KubeObject } from '../../../packages/lab/src/kubernetes/types.ts';

/** 21 Nov 2026, 13:07:31 UTC. */
export const now = Date.parse('2026-11-21T13:07:31Z');

export const as = (kind: string) => `application/json;as=${kind};g=meta.k8s.io;v=v1`;

export interface Reply {
  readonly code: number;
  readonly type: string;
  readonly text: string;
  readonly json: Dict;
}

export interface Send {
  readonly method?: string;
  readonly accept?: string;
  readonly body?: unknown;
  readonly type?: string;
  /** Null: no Authorization header. */
  readonly token?: string | null;
}

export interface Lab extends AsyncDisposable {
  readonly server: KubernetesServer;
  send(path: string, options?: Send): Promise<Reply>;
}

export const namespaceOf = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name },
  status: { phase: 'Active' },
});

export const configMap = (name: string, labels?: Record<string, string>, namespace = 'agents'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace, ...(labels ? { labels } : {}) },
  data: { key: name },
});

/** A lab with the namespaces `agents` and `other`, and an administrator whose token is `admin`. */
export async function startLab(options: KubernetesOptions = {}): Promise<Lab> {
  const server = await startKubernetes({
    now: () => now,
    users: [{ token: 'admin', name: 'admin', rules: 'admin' }],
    ...options,
    objects: [namespaceOf('agents'), namespaceOf('other'), ...(options.objects ?? [])],
  });
  return {
    server,
    send: async (path, { method = 'GET', accept = 'application/json', body, type = 'application/json', token = 'admin' } = {}) => {
      const response = await fetch(server.url + path, {
        method,
        headers: {
          accept,
          'user-agent': 'test/1.0',
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': type }),
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const contentType = response.headers.get('content-type') ?? '';
      return {
        code: response.status,
        type: contentType,
        text,
        json: contentType.startsWith('application/json') ? (JSON.parse(text) as Dict) : {},
      };
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** Names of a list's items. */
export const names = (reply: Reply) => ((reply.json.items ?? []) as KubeObject[]).map((item) => item.metadata.name);
