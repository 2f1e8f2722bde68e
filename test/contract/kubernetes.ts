import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configSchema } from '../../packages/core/src/config/schema.ts';
import { kubernetesKeys, listPath, resources } from '../../packages/core/src/evidence/kubernetes/resources.ts';
import { gatherKubernetes } from '../../packages/core/src/evidence/kubernetes/source.ts';
import type { Evidence } from '../../packages/core/src/model/evidence.ts';
import { testGatherContext } from '../support/host.ts';
import { exchange, type HttpAnswer } from './http.ts';

/** A Kubernetes API server with objects in it: two namespaces or more, pods, Secrets, events, metrics. */
export interface KubernetesTarget {
  readonly url: string;
  /** PEM of the authority behind its certificate. */
  readonly ca: string;
  /** May do everything. */
  readonly adminToken: string;
  /** Is somebody, and may read nothing but /version and discovery. */
  readonly nobodyToken: string;
  /** Its current context is the administrator's. */
  readonly kubeconfig: string;
}

interface Listed {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: { readonly continue?: string; readonly resourceVersion?: string; readonly remainingItemCount?: number };
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly namespace?: string };
    readonly [field: string]: unknown;
  }[];
}

const metadataOnly = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
/** Left out by default, see `kubernetes.excludeNamespaces`. */
const excluded = configSchema.parse({}).kubernetes.excludeNamespaces;

/** Types of Secrets that nobody rotates by hand, and agentops leaves out. */
const machineMade = /^(helm\.sh\/release|kubernetes\.io\/service-account-token|bootstrap\.kubernetes\.io\/token)/;

/** What agentops relies on in the Kubernetes API, whatever the cluster holds; and that it sees exactly what is there. */
export function describeKubernetesContract(getTarget: () => KubernetesTarget): void {
  const get = (path: string, options: { token?: string; accept?: string } = {}): Promise<HttpAnswer> => {
    const target = getTarget();
    return exchange(target.url + path, {
      headers: { authorization: `Bearer ${options.token ?? target.adminToken}`, accept: options.accept ?? 'application/json' },
      ca: target.ca,
    });
  };
  const list = async (path: string, accept?: string): Promise<Listed> => {
    const answer = await get(path, accept === undefined ? {} : { accept });
    expect(answer.status, path).toBe(200);
    return answer.json() as Listed;
  };
  const names = (listed: Listed): string[] => listed.items.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`).sort();

  it('names its version', async () => {
    expect((await get('/version')).json()).toMatchObject({ gitVersion: expect.stringMatching(/^v?1\.\d+\./) });
  });

  it('lists its API groups with their versions', async () => {
    const groups = (await get('/apis')).json() as { kind: string; groups: { name: string; versions: { version: string }[] }[] };
    expect(groups.kind).toBe('APIGroupList');
    const versions = new Map(groups.groups.map(({ name, versions }) => [name, versions.map(({ version }) => version)]));
    expect(versions.get('apps')).toContain('v1');
    expect(versions.get('autoscaling')).toContain('v2');
    expect(versions.get('metrics.k8s.io')).toContain('v1beta1');
    expect(versions.get('cilium.io')).toBeUndefined();
  });

  describe('lists', () => {
    it('page by page are the whole list, each object once', async () => {
      const whole = await list('/api/v1/pods');
      expect(whole.items.length).toBeGreaterThan(2);
      const paged: string[] = [];
      let next = '';
      for (let pages = 0; pages < whole.items.length + 1; pages++) {
        const page = await list(`/api/v1/pods?limit=1${next === '' ? '' : `&continue=${encodeURIComponent(next)}`}`);
        expect(page.items.length).toBe(1);
        paged.push(...names(page));
        next = page.metadata.continue ?? '';
        if (next === '') break;
        expect(page.metadata.remainingItemCount).toBe(whole.items.length - paged.length);
      }
      expect(next).toBe('');
      expect(paged.sort()).toEqual(names(whole));
    });

    it('of one namespace are that part of the whole', async () => {
      const whole = await list('/api/v1/pods');
      const [namespace] = names(whole).map((name) => name.split('/')[0] ?? '');
      const part = await list(`/api/v1/namespaces/${namespace}/pods`);
      expect(names(part)).toEqual(names(whole).filter((name) => name.startsWith(`${namespace}/`)));
    });

    it('of a namespace that is not there are empty, not 404', async () => {
      expect((await list('/api/v1/namespaces/no-such-namespace/pods')).items).toEqual([]);
    });

    it('follow a field selector', async () => {
      const all = await list('/api/v1/events');
      const warnings = await list('/api/v1/events?fieldSelector=type!%3DNormal');
      expect(warnings.items.length).toBeGreaterThan(0);
      expect(warnings.items.length).toBeLessThan(all.items.length);
      expect(warnings.items.every((event) => event.type !== 'Normal')).toBe(true);
    });

    it('follow a label selector', async () => {
      const all = await list('/api/v1/pods');
      const [label] = all.items.flatMap((pod) => Object.entries((pod.metadata as { labels?: Record<string, string> }).labels ?? {}));
      expect(label).toBeDefined();
      const [name, value] = label ?? [];
      const some = await list(`/api/v1/pods?labelSelector=${encodeURIComponent(`${name}=${value}`)}`);
      const expected = all.items.filter((pod) => (pod.metadata as { labels?: Record<string, string> }).labels?.[name ?? ''] === value);
      expect(names(some)).toEqual(names({ ...all, items: expected }));
    });

    it('of Secrets as metadata carry no value', async () => {
      const answer = await get('/api/v1/secrets', { accept: metadataOnly });
      expect(answer.status).toBe(200);
      const secrets = answer.json() as Listed;
      expect(secrets).toMatchObject({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' });
      expect(secrets.items.length).toBeGreaterThan(0);
      for (const secret of secrets.items) expect(Object.keys(secret).filter((key) => /data$/i.test(key))).toEqual(['metadata']);
      expect(names(secrets)).toEqual(names(await list('/api/v1/secrets')));
    });

    it('refuse a continue token that is none', async () => {
      const answer = await get('/api/v1/pods?limit=1&continue=nonsense');
      expect(answer.status).toBe(400);
      expect(answer.json()).toMatchObject({ kind: 'Status', status: 'Failure', code: 400 });
    });
  });

  it('measures pods and nodes as quantities', async () => {
    const pods = (await get('/apis/metrics.k8s.io/v1beta1/pods')).json() as {
      kind: string;
      items: { metadata: { namespace: string }; containers: { name: string; usage: { cpu: string; memory: string } }[] }[];
    };
    expect(pods.kind).toBe('PodMetricsList');
    expect(pods.items.length).toBeGreaterThan(0);
    for (const { containers } of pods.items) {
      expect(containers[0]?.usage.cpu).toMatch(/^\d+(n|u|m)?$/);
      expect(containers[0]?.usage.memory).toMatch(/^\d+(Ki|Mi|Gi)?$/);
    }
    expect((await get('/apis/metrics.k8s.io/v1beta1/nodes')).json()).toMatchObject({ kind: 'NodeMetricsList' });
  });

  describe('refusals', () => {
    it('a wrong token is 401 with a Status', async () => {
      const answer = await get('/api/v1/pods', { token: 'no-such-token' });
      expect(answer.status).toBe(401);
      expect(answer.json()).toMatchObject({ kind: 'Status', status: 'Failure', reason: 'Unauthorized', code: 401 });
    });

    it('a missing permission is 403 with a Status that names the resource', async () => {
      const answer = await get('/apis/apps/v1/deployments', { token: getTarget().nobodyToken });
      expect(answer.status).toBe(403);
      expect(answer.json()).toMatchObject({
        kind: 'Status',
        reason: 'Forbidden',
        code: 403,
        details: { group: 'apps', kind: 'deployments' },
        message: expect.stringContaining('cannot list resource "deployments" in API group "apps" at the cluster scope'),
      });
    });

    it('somebody without permissions reads the version and the groups all the same', async () => {
      const { nobodyToken } = getTarget();
      expect((await get('/version', { token: nobodyToken })).status).toBe(200);
      expect((await get('/apis', { token: nobodyToken })).status).toBe(200);
    });

    it('an object that is not there is 404 with a Status', async () => {
      const answer = await get('/api/v1/namespaces/no-such-namespace');
      expect(answer.status).toBe(404);
      expect(answer.json()).toMatchObject({
        kind: 'Status',
        reason: 'NotFound',
        details: { kind: 'namespaces', name: 'no-such-namespace' },
      });
    });

    it('a resource that is not served is 404', async () => {
      expect((await get('/apis/cilium.io/v2/ciliumnetworkpolicies')).status).toBe(404);
    });
  });

  describe('evidence', () => {
    const gatherAll = async (settings: object = {}): Promise<ReadonlyMap<string, Evidence<unknown>>> => {
      const config = configSchema.parse({ kubernetes: { kubeconfig: getTarget().kubeconfig, ...settings } });
      const contexts = await gatherKubernetes(config, new Set(kubernetesKeys), testGatherContext(20_000));
      expect(contexts).toHaveLength(1);
      const entries = Object.entries(contexts[0]?.evidence ?? {}).map(async ([key, promise]) => [key, await promise] as const);
      return new Map(await Promise.all(entries));
    };

    it('is there for every key, but for CRDs that nobody installed', async () => {
      const evidence = await gatherAll();
      const missing = new Map([...evidence].flatMap(([key, piece]) => (piece.ok ? [] : [[key, piece.reason]])));
      expect(missing.get('kubernetes.istio')).toBe('absent');
      missing.delete('kubernetes.istio');
      if (missing.get('kubernetes.certificates') === 'absent') missing.delete('kubernetes.certificates');
      expect([...missing]).toEqual([]);
      expect([...evidence.keys()].sort()).toEqual([...kubernetesKeys].sort());
    });

    const simple = kubernetesKeys.filter(
      (key) => resources[key].length === 1 && !['kubernetes.certificates', 'kubernetes.endpointslices', 'kubernetes.events'].includes(key),
    );
    it.each(simple)('%s holds exactly what the API lists', async (key) => {
      const piece = (await gatherAll()).get(key);
      expect(piece?.ok).toBe(true);
      const [resource] = resources[key];
      if (!piece?.ok || !resource) return;
      const seen = (piece.data as { namespace?: string; name: string }[]).map(({ namespace, name }) => `${namespace ?? ''}/${name}`).sort();
      const all = await list(listPath(resource, resource.versions[0] ?? 'v1'));
      const listed = names({ ...all, items: all.items.filter(({ type }) => !machineMade.test(String(type))) });
      expect(seen).toEqual(listed.filter((name) => !excluded.some((namespace) => name.startsWith(`${namespace}/`))));
    });

    it('with a wrong token is unauthorized, every key', async () => {
      const { kubeconfig, adminToken } = getTarget();
      const folder = mkdtempSync(join(tmpdir(), 'agentops-contract-'));
      try {
        const wrong = join(folder, 'kubeconfig');
        writeFileSync(wrong, readFileSync(kubeconfig, 'utf8').replaceAll(adminToken, 'no-such-token'), { mode: 0o600 });
        const evidence = await gatherAll({ kubeconfig: wrong });
        // The version is for everybody on some servers, and for nobody unknown on others.
        const reasons = [...evidence].filter(([key]) => key !== 'kubernetes.cluster').map(([, piece]) => (piece.ok ? 'ok' : piece.reason));
        expect(new Set(reasons)).toEqual(new Set(['unauthorized']));
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  });
}
