import { available, type Evidence, type Unavailable } from '../../model/evidence.ts';
import type { ServerCertificate } from '../../model/servers.ts';
import type { GatherContext } from '../context.ts';
import { unavailableFrom } from '../failure.ts';
import { bareHost } from '../http/proxy.ts';
import { handshake, type TlsTarget } from './handshake.ts';
import type { TlsSighting } from './watch.ts';

export type CertificateEvidence = Evidence<readonly ServerCertificate[]>;

/** A server that is talked to over TLS. */
export interface TlsServer extends TlsTarget {
  /** See {@link ServerCertificate}. */
  readonly name: string;
  readonly server: string;
  /** As gaps name it: `vault https://vault:8200`. */
  readonly source: string;
}

/**
 * A server's certificate: the one that was seen on the connection that was made
 * anyway. Where TLS let none through, or the server answered and none was seen,
 * one handshake of our own looks. A server that was not reached is a gap, told
 * as for everything else that it keeps from us; it is not tried again.
 */
export async function certificateOf(
  server: TlsServer,
  seen: TlsSighting,
  reached: { readonly ok: true } | Unavailable,
  context: GatherContext,
): Promise<CertificateEvidence> {
  const { name, source } = server;
  const found = (certificate: NonNullable<TlsSighting['certificate']>): CertificateEvidence =>
    available(source, [{ name, server: server.server, ...certificate }]);
  if (seen.certificate) return found(seen.certificate);
  if (!reached.ok && !seen.refused) return reached;
  const looked = await handshake(server, context);
  if ('certificate' in looked) return found(looked.certificate);
  return unavailableFrom({ ...looked.failure, detail: `its certificate was not seen: ${looked.failure.detail}` }, source);
}

/** Where an https URL's TLS is. */
export function tlsTargetOf(url: URL): Pick<TlsServer, 'host' | 'port' | 'server'> {
  return { host: bareHost(url.hostname), port: Number(url.port) || 443, server: url.host };
}

/** A server that speaks without TLS has no certificate to judge. */
export function noTls(source: string): CertificateEvidence {
  return available(source, []);
}

/** The parts of all sources as one piece: what one of them could not see is a gap of the whole. */
export async function joinCertificates(parts: readonly Promise<CertificateEvidence>[]): Promise<CertificateEvidence> {
  const source = 'server certificates';
  const all = (await Promise.all(parts)).filter((part) => part.ok || part.reason !== 'not-configured');
  if (all.length === 0) return { ok: false, reason: 'not-configured', source, detail: 'no server configured' };
  return available(
    source,
    all.flatMap((part) => (part.ok ? part.data : [])),
    all.flatMap((part) => (part.ok ? (part.gaps ?? []) : [part])),
  );
}
