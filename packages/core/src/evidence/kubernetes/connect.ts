import type { Agent as HttpsAgent, RequestOptions } from 'node:https';
import { createSecureContext } from 'node:tls';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { available, type Evidence, type Unavailable } from '../../model/evidence.ts';
import type { GatherContext } from '../context.ts';
import { parseProxy } from '../http/proxy.ts';
import { tlsTargetOf } from '../tls/servers.ts';
import { watchTls } from '../tls/watch.ts';
import { execAuthenticator, LoginError, withExecProvider } from './exec-plugin.ts';
import { awaitFirstAnswer } from './first-answer.ts';
import type { Target } from './kubeconfig.ts';
import { proxyFromEnvironment } from './proxy.ts';
import type { Session } from './request.ts';

/** Connections at once to one API server: enough to keep it busy, few enough to share their handshakes. */
const connections = 8;

/**
 * Logs in as the kubeconfig says, by client-node's KubeConfig (certificates,
 * tokens, OIDC, proxies) and our own runner for exec plug-ins. Bounded by the
 * run's deadline. Never throws.
 */
export async function connect(target: Target, context: GatherContext): Promise<Evidence<Session>> {
  const source = `kubernetes ${target.context}`;
  const failed = (error: LoginError): Unavailable => ({
    ok: false,
    reason: error.reason,
    source,
    detail: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  });
  try {
    const proxyUrl = target.cluster.proxyUrl ?? proxyFromEnvironment(target.cluster.server, context.host.env);
    const cluster = proxyUrl === undefined ? target.cluster : { ...target.cluster, proxyUrl };
    const config = new KubeConfig();
    config.addAuthenticator(execAuthenticator(cluster, context));
    config.loadFromOptions({
      clusters: [cluster],
      users: [withExecProvider(target.user)],
      contexts: [{ name: target.context, cluster: cluster.name, user: target.user.name }],
      currentContext: target.context,
    });
    const options: RequestOptions = {};
    await withinDeadline(config.applyToHTTPSOptions(options), context);
    const secureContext = createSecureContext({ ca: options.ca, cert: options.cert, key: options.key });
    const agent = options.agent as HttpsAgent;
    Object.assign(agent, { keepAlive: true, maxSockets: connections });
    // One parse of the certificates for all connections.
    Object.assign(agent.options, { secureContext });
    const url = new URL(cluster.server);
    const firstAnswer = awaitFirstAnswer();
    const watch = watchTls(agent, () => firstAnswer.heard());
    const tlsTarget = {
      ...tlsTargetOf(url),
      servername: cluster.tlsServerName,
      proxy: proxyUrl === undefined ? undefined : parseProxy(proxyUrl),
    };
    return available(source, {
      context: target.context,
      source,
      url: `${url.origin}${url.pathname.replace(/\/+$/, '')}`,
      server: `${url.hostname}:${url.port || (url.protocol === 'http:' ? '80' : '443')}`,
      loopback: /^(localhost|127\.[\d.]+|\[::1\])$/.test(url.hostname),
      headers: headersOf(options, target),
      agent,
      firstAnswer,
      ...(url.protocol === 'https:' ? { tls: { target: tlsTarget, watch } } : {}),
    });
  } catch (error) {
    return failed(error instanceof LoginError ? error : loginError(error, target));
  }
}

function headersOf(options: RequestOptions, target: Target): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name] = String(value).trim();
  if (options.auth) headers.Authorization ??= `Basic ${Buffer.from(options.auth).toString('base64')}`;
  const [group, ...more] = target.user.impersonateGroups ?? [];
  // One header a group is what the API wants; dropping some would answer as somebody else.
  if (more.length > 0) throw new LoginError('invalid', 'the kubeconfig impersonates several groups, which is not supported');
  if (group !== undefined) headers['Impersonate-Group'] = group;
  return headers;
}

async function withinDeadline(work: Promise<void>, context: GatherContext): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(new LoginError('timeout', 'the login did not answer in time'));
  // A plug-in is stopped at the deadline with words of its own: let it speak first.
  const timer = setTimeout(stop, Math.max(0, context.deadline - context.host.clock.monotonic()) + 50);
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What client-node and Node threw, classified: their messages may quote the kubeconfig, a token or an answer. */
function loginError(error: unknown, target: Target): LoginError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const hint = target.context === 'in-cluster' ? undefined : `kubectl config view --minify --context=${target.context}`;
  if (/^E[A-Z]+$/.test(code) && error instanceof Error && 'path' in error) {
    return new LoginError('invalid', `a certificate or token file of the kubeconfig cannot be read (${code})`, hint);
  }
  if (code.startsWith('ERR_OSSL') || code.startsWith('ERR_CRYPTO')) {
    return new LoginError('invalid', 'a certificate or key of the kubeconfig is not valid', hint);
  }
  const provider: unknown = target.user.authProvider?.name;
  if (provider === 'oidc') return new LoginError('unauthorized', 'the OIDC token could not be refreshed', 'log in with kubectl first');
  if (provider === 'gcp' || provider === 'azure') {
    return new LoginError(
      'unauthorized',
      `the token of auth-provider "${provider}" has expired`,
      'kubectl dropped it in 1.26: use an exec plug-in',
    );
  }
  return new LoginError('invalid', 'the kubeconfig holds a setting that cannot be used', hint);
}
