import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import type { Cluster, User } from '@kubernetes/client-node';
import type { Authenticator } from '@kubernetes/client-node/dist/auth.js';
import type { UnavailableReason } from '../../model/evidence.ts';
import type { GatherContext } from '../context.ts';
import { isRaw, optionalText, type Raw, raw, raws, strings, text } from './raw.ts';

/** Why a login failed, in words of our own: a plug-in's stderr may hold anything. */
export class LoginError extends Error {
  readonly reason: UnavailableReason;
  readonly hint: string | undefined;

  constructor(reason: UnavailableReason, message: string, hint?: string) {
    super(message);
    this.name = 'LoginError';
    this.reason = reason;
    this.hint = hint;
  }
}

/** Name under which a user's `exec` is handed to KubeConfig, so that its own runner, which has no limit, leaves it alone. */
const providerName = 'agentops-exec';
const outputLimit = 1024 * 1024;
const apiVersions = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];

export function withExecProvider(user: User): User {
  if (!isRaw(user.exec)) return user;
  const { exec, ...rest } = user;
  return { ...rest, authProvider: { name: providerName, config: { plugin: exec } } };
}

/**
 * Runs `exec` credential plug-ins (client-go credential plug-ins, client.authentication.k8s.io)
 * with the host's environment and the run's deadline. Never interactive: stdin is closed.
 */
export function execAuthenticator(cluster: Cluster, context: GatherContext): Authenticator {
  return {
    isAuthProvider: (user) => isRaw(user.authProvider) && user.authProvider.name === providerName,
    async applyAuthentication(user, options) {
      const status = await credential(raw(raw(raw(user.authProvider).config).plugin), cluster, context);
      const token = optionalText(status.token);
      const certificate = optionalText(status.clientCertificateData);
      const key = optionalText(status.clientKeyData);
      if (certificate !== undefined) options.cert = certificate;
      if (key !== undefined) options.key = key;
      if (token !== undefined) options.headers = { ...(isRaw(options.headers) ? options.headers : {}), Authorization: `Bearer ${token}` };
    },
  };
}

async function credential(plugin: Raw, cluster: Cluster, context: GatherContext): Promise<Raw> {
  const command = optionalText(plugin.command);
  if (command === undefined) throw new LoginError('invalid', 'the exec plug-in of the kubeconfig names no command');
  const name = `exec plug-in "${basename(command)}"`;
  const apiVersion = text(plugin.apiVersion);
  if (!apiVersions.includes(apiVersion))
    throw new LoginError('invalid', `${name} has an apiVersion that is not supported`, `use ${apiVersions[0]}`);
  if (plugin.interactiveMode === 'Always') throw new LoginError('unauthorized', `${name} wants a terminal`, 'log in with kubectl first');
  const info = {
    apiVersion,
    kind: 'ExecCredential',
    spec: { interactive: false, ...(plugin.provideClusterInfo === true ? { cluster: clusterInfo(cluster) } : {}) },
  };
  const added = raws(plugin.env).map((entry) => [text(entry.name), text(entry.value)]);
  const env = { ...context.host.env, KUBERNETES_EXEC_INFO: JSON.stringify(info), ...Object.fromEntries(added) };
  const output = await run(command, strings(plugin.args), env, name, context);
  let answer: unknown;
  try {
    answer = JSON.parse(output);
  } catch {
    throw new LoginError('invalid', `${name} printed no JSON`);
  }
  const status = raw(raw(answer).status);
  if (raw(answer).kind !== 'ExecCredential' || (!status.token && !status.clientCertificateData)) {
    throw new LoginError('invalid', `${name} printed no credential`);
  }
  return status;
}

function clusterInfo(cluster: Cluster): Raw {
  return {
    server: cluster.server,
    'insecure-skip-tls-verify': cluster.skipTLSVerify,
    ...(cluster.caData === undefined ? {} : { 'certificate-authority-data': cluster.caData }),
    ...(cluster.tlsServerName === undefined ? {} : { 'tls-server-name': cluster.tlsServerName }),
    ...(cluster.proxyUrl === undefined ? {} : { 'proxy-url': cluster.proxyUrl }),
  };
}

function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  context: GatherContext,
): Promise<string> {
  return new Promise((resolve, reject) => {
    // A group of its own, so that what the plug-in starts (a shell's children) is stopped with it.
    const grouped = process.platform !== 'win32';
    const child = spawn(command, args, {
      env,
      cwd: context.host.cwd,
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: grouped,
      windowsHide: true,
    });
    const chunks: Buffer[] = [];
    let size = 0;
    const stop = (): void => {
      try {
        if (grouped && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
        else child.kill('SIGKILL');
      } catch {
        // It ended by itself in the meantime.
      }
    };
    const fail = (error: LoginError): void => {
      settle();
      stop();
      reject(error);
    };
    const late = (): void =>
      fail(new LoginError('timeout', `${name} did not answer in time`, 'log in with kubectl first, or raise the timeout'));
    const timer = setTimeout(late, Math.max(0, context.deadline - context.host.clock.monotonic()));
    const settle = (): void => {
      clearTimeout(timer);
      context.signal.removeEventListener('abort', late);
    };
    context.signal.addEventListener('abort', late, { once: true });
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > outputLimit) fail(new LoginError('invalid', `${name} printed too much`));
      else chunks.push(chunk);
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      const missing = error.code === 'ENOENT';
      fail(
        new LoginError('invalid', missing ? `${name} is not installed` : `${name} cannot be started (${error.code ?? 'unknown error'})`),
      );
    });
    child.on('close', (code, signal) => {
      settle();
      if (code === 0) resolve(Buffer.concat(chunks).toString('utf8'));
      else reject(new LoginError('unauthorized', `${name} failed (${signal ?? `exit ${code}`})`, 'log in with kubectl first'));
    });
    if (context.signal.aborted) late();
  });
}
