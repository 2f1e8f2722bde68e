import { kubectl, shellQuote } from '../kubectl.ts';

/** Last labels that are no Kubernetes namespace, in names of two parts such as `example.com`; two letters are a country. */
const domains = new Set([
  'com',
  'org',
  'net',
  'io',
  'ai',
  'dev',
  'cloud',
  'app',
  'local',
  'localdomain',
  'internal',
  'invalid',
  'test',
  'example',
]);

/** Service and namespace that a host name stands for inside of a cluster: `cache.agents`, `cache.agents.svc.cluster.local`. */
export function serviceOf(host: string): { service: string; namespace: string } | undefined {
  const match =
    /^(?:[a-z0-9-]+\.)?([a-z][a-z0-9-]*)\.([a-z][a-z0-9-]*)\.svc(?:\..+)?$/.exec(host) ??
    /^([a-z][a-z0-9-]*)\.([a-z][a-z0-9-]*)$/.exec(host);
  const [, service, namespace] = match ?? [];
  return service === undefined || namespace === undefined || domains.has(namespace) || namespace.length === 2
    ? undefined
    : { service, namespace };
}

/** First look at a host that does not answer: the endpoints of its Service where it is one. */
export function lookAtHost(host: string): string[] {
  const found = serviceOf(host);
  return found ? [kubectl(undefined, found.namespace, 'get', 'endpointslices', '-l', `kubernetes.io/service-name=${found.service}`)] : [];
}

/** `cache.agents:6379` → host and port. */
export function splitAddress(address: string): { host: string; port: string } {
  const at = address.lastIndexOf(':');
  return at < 0 ? { host: address, port: '' } : { host: address.slice(0, at).replace(/^\[|\]$/g, ''), port: address.slice(at + 1) };
}

/** Asks a Redis server by hand; the password is asked for, not given. */
export function redisCli(address: string, ...command: string[]): string {
  const { host, port } = splitAddress(address);
  return ['redis-cli', '-h', host, ...(port === '' ? [] : ['-p', port]), ...command].map(shellQuote).join(' ');
}

/** Shows status and time of an HTTP request by hand. */
export function curl(url: string): string {
  return `curl -sS -o /dev/null -w '%{http_code} in %{time_total} s\\n' ${shellQuote(url)}`;
}

/** Host of a URL; empty where it is none. */
export function hostOf(url: string): string {
  return /^[a-z+]+:\/\/(?:\[([^\]]+)\]|([^/:]+))/.exec(url)?.slice(1).find(Boolean) ?? '';
}
