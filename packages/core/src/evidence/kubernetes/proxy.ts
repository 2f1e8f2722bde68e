import { BlockList, isIP } from 'node:net';

/**
 * The proxy that the environment names for a server, by the rules of Go's
 * golang.org/x/net/http/httpproxy, which kubectl follows: loopback never goes
 * through a proxy; NO_PROXY holds hosts, domains, addresses and CIDR blocks.
 */
export function proxyFromEnvironment(server: string, env: Readonly<Record<string, string | undefined>>): string | undefined {
  const url = new URL(server);
  const secure = url.protocol === 'https:';
  const proxy = secure ? (env.HTTPS_PROXY ?? env.https_proxy) : (env.HTTP_PROXY ?? env.http_proxy);
  if (!proxy || isExcluded(url, env.NO_PROXY ?? env.no_proxy ?? '')) return undefined;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

function isExcluded(url: URL, noProxy: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  if (host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))) return true;
  return noProxy
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry !== '' && (entry === '*' || matches(host, port, entry)));
}

function matches(host: string, port: string, entry: string): boolean {
  const [network = '', prefix] = entry.split('/');
  if (prefix !== undefined) return inBlock(host, network, Number(prefix));
  const [, name = entry, wantedPort] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(isIP(entry) === 6 ? `[${entry}]` : entry) ?? [];
  if (wantedPort !== undefined && wantedPort !== port) return false;
  if (isIP(name)) return name === host;
  const domain = name.replace(/^\*?\./, '');
  // `.example.com` is its subdomains only, `example.com` is itself too.
  return host.endsWith(`.${domain}`) || (domain === name && host === name);
}

function inBlock(host: string, network: string, prefix: number): boolean {
  const family = isIP(host);
  if (family === 0 || family !== isIP(network) || !Number.isInteger(prefix) || prefix < 0 || prefix > (family === 4 ? 32 : 128))
    return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(network, prefix, type);
  return list.check(host, type);
}
