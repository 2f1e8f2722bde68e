import { readFile } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import type { Cluster, User } from '@kubernetes/client-node';
import { parseDocument } from 'yaml';
import type { Host } from '../../host.ts';
import { isRaw, optionalText, type Raw, raw, raws, stringMap, strings } from './raw.ts';

/** What a context stands for, in the shape that client-node's KubeConfig takes. */
export interface Target {
  readonly context: string;
  readonly cluster: Cluster;
  readonly user: User & { readonly impersonateGroups?: readonly string[] };
}

/** Why there is no target: one sentence without anything of the file but the names that we were given. */
export interface Broken {
  readonly context: string;
  readonly problem: string;
  readonly hint?: string;
}

export type Selection = readonly (Target | Broken)[];

export function isBroken(entry: Target | Broken): entry is Broken {
  return 'problem' in entry;
}

/** Kubeconfig files merged as kubectl does: the first file to set a name wins. */
interface Merged {
  current: string | undefined;
  readonly contexts: Map<string, Raw>;
  readonly clusters: Map<string, Located>;
  readonly users: Map<string, Located>;
}

interface Located {
  readonly entry: Raw;
  /** Folder of its file: relative paths start there. */
  readonly folder: string;
}

const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The clusters to examine: the named contexts, else the current one, else (no
 * kubeconfig anywhere) the service account of the pod we run in, else nothing.
 */
export async function selectTargets(
  settings: { readonly kubeconfig?: string | undefined; readonly contexts: readonly string[] },
  host: Host,
  serviceAccountFolder: string = serviceAccount,
): Promise<Selection> {
  const explicit = settings.kubeconfig;
  const names = [...new Set(settings.contexts)];
  const broken = (problem: string, hint?: string): Selection =>
    (names.length > 0 ? names : ['current-context']).map((context) => ({ context, problem, ...(hint === undefined ? {} : { hint }) }));

  const merged: Merged = { current: undefined, contexts: new Map(), clusters: new Map(), users: new Map() };
  for (const file of kubeconfigFiles(explicit, host)) {
    const problem = await mergeFile(merged, file, explicit !== undefined);
    if (problem) return broken(problem, 'kubectl config view shows whether kubectl can read it');
  }
  if (merged.contexts.size === 0 && merged.clusters.size === 0 && explicit === undefined) {
    const target = await inCluster(host, serviceAccountFolder);
    if (target && (names.length === 0 || (names.length === 1 && names[0] === target.context))) return [target];
    return names.length === 0 ? [] : broken('there is no kubeconfig', 'set KUBECONFIG, or kubernetes.kubeconfig in agentops.yaml');
  }
  if (names.length === 0 && merged.current === undefined) {
    return broken('the kubeconfig has no current-context', 'name one in kubernetes.contexts, or: kubectl config use-context NAME');
  }
  return (names.length > 0 ? names : [merged.current ?? '']).map((name) => resolveContext(name, merged));
}

function kubeconfigFiles(explicit: string | undefined, host: Host): readonly string[] {
  if (explicit !== undefined) {
    return [explicit === '~' || explicit.startsWith('~/') ? join(host.home, explicit.slice(2)) : resolve(host.cwd, explicit)];
  }
  const listed = host.env.KUBECONFIG?.split(delimiter).filter((file) => file !== '') ?? [];
  return listed.length > 0 ? [...new Set(listed.map((file) => resolve(host.cwd, file)))] : [join(host.home, '.kube', 'config')];
}

/** Answers what is wrong with the file, never quoting it; a missing file is wrong only where it was asked for by name. */
async function mergeFile(merged: Merged, file: string, required: boolean): Promise<string | undefined> {
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT' && !required) return undefined;
    return `kubeconfig ${file} ${code === 'ENOENT' ? 'does not exist' : `cannot be read (${code || 'unknown error'})`}`;
  }
  const document = parseDocument(content, { prettyErrors: true, logLevel: 'silent' });
  const [error] = document.errors;
  if (error) return `kubeconfig ${file} is not valid YAML${error.linePos ? ` (line ${error.linePos[0].line})` : ''}`;
  const root: unknown = document.toJS();
  if (root === null || root === undefined) return undefined;
  if (!isRaw(root)) return `kubeconfig ${file} is not a kubeconfig`;
  const folder = dirname(file);
  merged.current ??= optionalText(root['current-context']);
  for (const [map, list, key] of [
    [merged.clusters, root.clusters, 'cluster'],
    [merged.users, root.users, 'user'],
  ] as const) {
    for (const item of raws(list)) {
      const name = optionalText(item.name);
      if (name !== undefined && !map.has(name)) map.set(name, { entry: raw(item[key]), folder });
    }
  }
  for (const item of raws(root.contexts)) {
    const name = optionalText(item.name);
    if (name !== undefined && !merged.contexts.has(name)) merged.contexts.set(name, raw(item.context));
  }
  return undefined;
}

function resolveContext(name: string, merged: Merged): Target | Broken {
  const context = merged.contexts.get(name);
  if (!context)
    return { context: name, problem: `the kubeconfig has no context "${name}"`, hint: 'kubectl config get-contexts lists them' };
  const hint = `kubectl config view --minify --context=${name}`;
  const located = merged.clusters.get(optionalText(context.cluster) ?? '');
  if (!located) return { context: name, problem: `context "${name}" names a cluster that the kubeconfig does not have`, hint };
  const userName = optionalText(context.user);
  const user = userName === undefined ? undefined : merged.users.get(userName);
  if (userName !== undefined && !user)
    return { context: name, problem: `context "${name}" names a user that the kubeconfig does not have`, hint };
  const cluster = toCluster(located);
  if (!cluster) return { context: name, problem: `the cluster of context "${name}" has no valid server URL`, hint };
  return { context: name, cluster, user: toUser(user) };
}

function toCluster({ entry, folder }: Located): Cluster | undefined {
  const server = optionalText(entry.server);
  if (server === undefined || !/^https?:\/\//i.test(server) || !URL.canParse(server)) return undefined;
  return {
    name: 'cluster',
    server: server.replace(/\/+$/, ''),
    // Plain HTTP has nothing to verify, and KubeConfig refuses it otherwise; kubectl does not.
    skipTLSVerify: entry['insecure-skip-tls-verify'] === true || /^http:/i.test(server),
    ...defined({
      caData: optionalText(entry['certificate-authority-data']),
      caFile: located(optionalText(entry['certificate-authority']), folder),
      tlsServerName: optionalText(entry['tls-server-name']),
      proxyUrl: optionalText(entry['proxy-url']),
    }),
  };
}

function toUser(source: Located | undefined): Target['user'] {
  if (!source) return { name: 'user' };
  const { entry, folder } = source;
  const tokenFile = located(optionalText(entry.tokenFile), folder);
  const exec = isRaw(entry.exec) ? entry.exec : undefined;
  const authProvider = isRaw(entry['auth-provider']) ? entry['auth-provider'] : undefined;
  const groups = strings(entry['as-groups']);
  return {
    name: 'user',
    ...(groups.length > 0 ? { impersonateGroups: groups } : {}),
    ...defined({
      certData: optionalText(entry['client-certificate-data']),
      certFile: located(optionalText(entry['client-certificate']), folder),
      keyData: optionalText(entry['client-key-data']),
      keyFile: located(optionalText(entry['client-key']), folder),
      // As in client-go, the file wins over a token beside it.
      token: tokenFile === undefined ? optionalText(entry.token) : undefined,
      username: optionalText(entry.username),
      password: optionalText(entry.password),
      impersonateUser: optionalText(entry.as),
      exec: exec && { ...exec, command: command(optionalText(exec.command), folder) },
      authProvider: tokenFile === undefined ? authProvider && legacyProvider(authProvider) : { name: 'tokenFile', config: { tokenFile } },
    }),
  };
}

/** KubeConfig would run the command of a gcp provider without any limit, blocking us: a token that is still good will do. */
function legacyProvider(provider: Raw): { name: string; config: Record<string, string> } {
  const { 'cmd-path': _path, ...config } = stringMap(provider.config);
  return { name: optionalText(provider.name) ?? '', config };
}

/** A command with a slash is relative to the kubeconfig, as in client-go; any other is looked up in PATH. */
function command(name: string | undefined, folder: string): string | undefined {
  return name !== undefined && /[\\/]/.test(name) ? located(name, folder) : name;
}

function located(file: string | undefined, folder: string): string | undefined {
  return file === undefined || isAbsolute(file) ? file : join(folder, file);
}

function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

async function inCluster(host: Host, folder: string): Promise<Target | undefined> {
  const { KUBERNETES_SERVICE_HOST: name, KUBERNETES_SERVICE_PORT: port } = host.env;
  const tokenFile = join(folder, 'token');
  if (!name || !port) return undefined;
  try {
    await readFile(tokenFile);
  } catch {
    return undefined;
  }
  const server = `https://${name.includes(':') ? `[${name}]` : name}:${port}`;
  return {
    context: 'in-cluster',
    cluster: { name: 'cluster', server, caFile: join(folder, 'ca.crt'), skipTLSVerify: false },
    user: { name: 'user', authProvider: { name: 'tokenFile', config: { tokenFile } } },
  };
}
