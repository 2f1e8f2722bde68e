import { duration } from '../../model/format.ts';
import type { EndpointProbe } from '../../model/servers.ts';

/** `DNS 2 ms, TCP 1 ms, TLS 20 ms, first byte 31 ms`; phases that were not reached are left out. */
export function describeTimings(probe: EndpointProbe): string {
  const { dnsMs, tcpMs, tlsMs, firstByteMs } = probe.timings;
  const phases = [
    ['DNS', dnsMs],
    ['TCP', tcpMs],
    ['TLS', tlsMs],
    ['first byte', firstByteMs],
  ] as const;
  const text = phases.flatMap(([name, ms]) => (ms === undefined ? [] : [`${name} ${duration(ms)}`])).join(', ');
  return probe.via === undefined ? text : `${text}${text === '' ? '' : ', '}through proxy ${probe.via}`;
}

/** Connection and first byte together, ms: what a caller waits for. Undefined without an answer. */
export function timeToFirstByte(probe: EndpointProbe): number | undefined {
  const { dnsMs = 0, tcpMs = 0, tlsMs = 0, firstByteMs } = probe.timings;
  return firstByteMs === undefined ? undefined : dnsMs + tcpMs + tlsMs + firstByteMs;
}
