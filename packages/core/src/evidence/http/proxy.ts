import type { Host } from '../../host.ts';
import { decodePart } from '../display.ts';

/** An HTTP proxy to go through; `authorization` is ready for the Proxy-Authorization header. */
export interface HttpProxy {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly authorization?: string;
}

/**
 * The proxy for a URL, by the usual variables: HTTPS_PROXY, HTTP_PROXY,
 * ALL_PROXY and NO_PROXY, lower case first. As curl does, HTTP_PROXY in upper
 * case is not read (a CGI server would let a request set it). Undefined: direct.
 * `invalid` where a variable is set and is no http(s) proxy (SOCKS is not spoken).
 */
export function proxyFor(url: URL, env: Host['env']): HttpProxy | 'invalid' | undefined {
  const scheme = url.protocol.slice(0, -1);
  const value = env[`${scheme}_proxy`] || (scheme === 'https' ? env.HTTPS_PROXY : undefined) || env.all_proxy || env.ALL_PROXY;
  if (!value || bypasses(url, env.no_proxy || env.NO_PROXY || '')) return undefined;
  return parseProxy(value);
}

/** A proxy's URL, with or without a scheme. */
export function parseProxy(value: string): HttpProxy | 'invalid' {
  let parsed: URL;
  try {
    parsed = new URL(value.includes('://') ? value : `http://${value}`);
  } catch {
    return 'invalid';
  }
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') return 'invalid';
  const tls = parsed.protocol === 'https:';
  const proxy = { host: bareHost(parsed.hostname), port: Number(parsed.port) || (tls ? 443 : 80), tls };
  if (!parsed.username) return proxy;
  const credentials = `${decodePart(parsed.username)}:${decodePart(parsed.password)}`;
  return { ...proxy, authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
}

/** Loopback never goes through a proxy; else NO_PROXY: `*`, a host, a domain (with all below it), either with a port. */
function bypasses(url: URL, list: string): boolean {
  const host = bareHost(url.hostname).toLowerCase();
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  if (host === 'localhost' || host === '::1' || /^127\./.test(host)) return true;
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((raw) => {
      if (raw === '*') return true;
      const match = /^(.*?)(?::(\d+))?$/.exec(raw.toLowerCase());
      if (match?.[2] !== undefined && match[2] !== port) return false;
      const name = (match?.[1] ?? '').replace(/^\*?\./, '');
      return host === name || host.endsWith(`.${name}`);
    });
}

/** `[::1]` → `::1`. */
export function bareHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}
