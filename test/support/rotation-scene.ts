import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { RotationJournal } from '../../packages/core/src/model/rotation.ts';
import type { RotationOutcome } from '../../packages/core/src/model/rotation-plan.ts';
import { kubeConfigAlone, requireForModules } from '../../scripts/build-cli.ts';
import type { KubernetesServer } from '../../scripts/servers/kubernetes.ts';
import { KubernetesApi } from '../../scripts/servers/kubernetes-api.ts';
import { collectionOf, deployment, namespace as namespaceObject } from '../../scripts/servers/kubernetes-objects.ts';
import type { VaultServer } from '../../scripts/servers/vault.ts';
import { checkout, type Ended, runChild } from './child.ts';
import { type HttpIssuer, type SceneIssuer, startHttpIssuer } from './http-issuer.ts';

export interface SceneOptions {
  /** Lower-case; namespace, Vault folder and journal folder are its own, and of this run. */
  readonly name: string;
  readonly deployments?: number;
  readonly replicas?: number;
  readonly batch?: number;
  readonly overlap?: string;
  readonly lockFor?: string;
  readonly timeout?: string;
}

let bundled: Promise<string> | undefined;

/** The child in one file, made once: from source a start of it costs four times as much. */
function childFile(): Promise<string> {
  bundled ??= (async () => {
    const folder = mkdtempSync(join(tmpdir(), 'agentops-rotate-child-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    await build({
      entryPoints: [join(checkout, 'test/support/rotate-child.ts')],
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      splitting: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'warning',
      plugins: [kubeConfigAlone],
      banner: requireForModules,
    });
    return join(folder, 'rotate-child.mjs');
  })();
  return bundled;
}

/** A secret in a real Vault, its copy in a real cluster, pods that use it, an issuer that knows it; all of its own. */
export interface Scene<I extends SceneIssuer = HttpIssuer> {
  readonly api: KubernetesApi;
  readonly namespace: string;
  readonly issuer: I;
  readonly configFile: string;
  /** Runs a rotation in a child process; undefined where it was killed. */
  child(command: 'rotate' | 'resume' | 'rollback', dieAt?: number): Promise<{ outcome: RotationOutcome | undefined; ended: Ended }>;
  journal(): Promise<RotationJournal | undefined>;
  /** The current version's fields. */
  vaultFields(): Promise<Readonly<Record<string, string>>>;
  /** Every document that rotations keep in Vault and that is no value itself: locks, journals, audit; as text. */
  documents(): Promise<string>;
  /** Names below the folder that rotations use in Vault. */
  vaultList(folder: string): Promise<readonly string[]>;
  secrets(): Promise<ReadonlyMap<string, string>>;
  /** The Secret that each deployment's template names. */
  references(): Promise<ReadonlyMap<string, string>>;
  close(): Promise<void>;
}

/** What kwok takes its time for, it does at once. */
const quick = Object.fromEntries(
  ['pod-create', 'pod-ready', 'pod-delete'].flatMap((stage) => [
    [`${stage}.stage.kwok.x-k8s.io/delay`, '50ms'],
    [`${stage}.stage.kwok.x-k8s.io/jitter-delay`, '50ms'],
  ]),
);

export const firstValue = 'cnry-scene-first-value';

/** A scene with an issuer of the house. */
export async function openScene(servers: SceneServers, options: SceneOptions): Promise<Scene> {
  return openSceneWith(servers, options, await startHttpIssuer([firstValue]));
}

interface SceneServers {
  readonly kubernetes: KubernetesServer;
  readonly vault: VaultServer;
}

/** A scene whose issuer accepts {@link firstValue}; it is closed with the scene. */
export async function openSceneWith<I extends SceneIssuer>(servers: SceneServers, options: SceneOptions, issuer: I): Promise<Scene<I>> {
  const { deployments = 1, replicas = 1, batch = 1, overlap = '0s', lockFor = '2s', timeout = '60s' } = options;
  const { kubernetes, vault } = servers;
  // Servers may have been used before, by a run that was cut off.
  const name = `${options.name}-${randomBytes(2).toString('hex')}`;
  const namespace = `rotation-${name}`;
  const folder = mkdtempSync(join(tmpdir(), 'agentops-scene-'));
  const api = new KubernetesApi({ url: kubernetes.url, caFile: kubernetes.caFile, token: kubernetes.tokens.admin });
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`${vault.url}/v1/${path}`, {
      method,
      headers: { 'x-vault-token': vault.rootToken },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return text === '' ? {} : JSON.parse(text);
  };
  await call('POST', `secret/data/${name}/key`, { data: { value: firstValue, other: 'kept' } });
  await api.create('/api/v1/namespaces', namespaceObject(namespace));
  await api.create(`/api/v1/namespaces/${namespace}/secrets`, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'key', namespace },
    stringData: { value: firstValue, extra: 'also kept' },
  });
  const names = Array.from({ length: deployments }, (_, index) => `w${index}`);
  const objects = names.map((each) =>
    deployment(namespace, each, replicas, {
      labels: { app: each },
      annotations: quick,
      container: { env: [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'key', key: 'value' } } }] },
    }),
  );
  await Promise.all(objects.map((object) => api.create(collectionOf(object), object)));
  const configFile = join(folder, 'agentops.yaml');
  writeFileSync(
    configFile,
    JSON.stringify({
      kubernetes: { kubeconfig: kubernetes.kubeconfig, contexts: ['admin'] },
      vault: { address: vault.url, auth: { method: 'token', token: vault.rootToken } },
      rotation: { folder: `${name}/agentops`, lockFor },
      secrets: [
        {
          name: 'key',
          vault: { mount: 'secret', path: `${name}/key` },
          issuer: issuer.config,
          verify: { type: 'http', url: issuer.checkUrl },
          verifyWithin: '1s',
          overlap,
          batch,
          consumers: [
            {
              type: 'kubernetes',
              namespace,
              secret: 'key',
              workloads: names.map((each) => ({ name: each })),
              settle: '300ms',
              timeout,
            },
          ],
        },
      ],
    }),
    { mode: 0o600 },
  );
  const list = async (
    path: string,
  ): Promise<{ items: readonly { metadata: { name: string }; data?: Record<string, string>; spec?: unknown }[] }> =>
    (await api.get(path)) as never;
  return {
    api,
    namespace,
    issuer,
    configFile,
    child: async (command, dieAt) => {
      const ended = await runChild(process.execPath, [await childFile()], {
        input: JSON.stringify({ config: configFile, command, secret: 'key', dieAt: dieAt ?? null }),
        limitMs: 110_000,
      });
      return { ended, outcome: ended.stdout === '' ? undefined : (JSON.parse(ended.stdout) as RotationOutcome) };
    },
    journal: async () => {
      const listed = (await call('GET', `secret/metadata/${name}/agentops/rotations/key?list=true`)) as { data?: { keys: string[] } };
      const newest = listed.data?.keys.toSorted().at(-1);
      if (newest === undefined) return undefined;
      const read = (await call('GET', `secret/data/${name}/agentops/rotations/key/${newest}`)) as { data: { data: RotationJournal } };
      return read.data.data;
    },
    vaultFields: async () => ((await call('GET', `secret/data/${name}/key`)) as { data: { data: Record<string, string> } }).data.data,
    vaultList: async (path) =>
      ((await call('GET', `secret/metadata/${name}/agentops/${path}?list=true`)) as { data?: { keys: string[] } }).data?.keys ?? [],
    documents: async () => {
      const texts: string[] = [];
      const walk = async (path: string): Promise<void> => {
        const { data } = (await call('GET', `secret/metadata/${path}?list=true`)) as { data?: { keys: string[] } };
        for (const key of data?.keys ?? []) {
          if (key === 'pending/' || key === 'fingerprint-key') continue;
          if (key.endsWith('/')) await walk(`${path}/${key.slice(0, -1)}`);
          else texts.push(JSON.stringify(await call('GET', `secret/data/${path}/${key}`)));
        }
      };
      await walk(`${name}/agentops`);
      texts.push(JSON.stringify(await call('GET', `secret/metadata/${name}/key`)));
      return texts.join('\n');
    },
    secrets: async () =>
      new Map(
        (await list(`/api/v1/namespaces/${namespace}/secrets`)).items.map(({ metadata, data }) => [
          metadata.name,
          Buffer.from(data?.value ?? '', 'base64').toString(),
        ]),
      ),
    references: async () =>
      new Map(
        (await list(`/apis/apps/v1/namespaces/${namespace}/deployments`)).items.map(({ metadata, spec }) => [
          metadata.name,
          /"secretKeyRef":\{"name":"([^"]+)"/.exec(JSON.stringify(spec))?.[1] ?? '',
        ]),
      ),
    close: async () => {
      // Other suites count what is in this Vault.
      const remove = async (path: string): Promise<void> => {
        const { data } = (await call('GET', `secret/metadata/${path}?list=true`)) as { data?: { keys: string[] } };
        for (const key of data?.keys ?? []) {
          if (key.endsWith('/')) await remove(`${path}/${key.slice(0, -1)}`);
          else await call('DELETE', `secret/metadata/${path}/${key}`);
        }
      };
      await remove(name);
      await api.delete(`/api/v1/namespaces/${namespace}`);
      api.close();
      await issuer.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
