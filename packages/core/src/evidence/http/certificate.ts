import type { PeerCertificate, TLSSocket } from 'node:tls';
import type { CertificateFacts } from '../../model/servers.ts';

/** Subject, issuer, names and expiry of the certificate that the server showed; undefined where it showed none. */
export function readCertificate(socket: TLSSocket): CertificateFacts | undefined {
  return describeCertificate(socket.getPeerCertificate());
}

/** The same of a certificate that Node has parsed. Node's type has no word for none at all, which it tells by null or an empty object. */
export function describeCertificate(certificate: Partial<PeerCertificate> | null): CertificateFacts | undefined {
  const notAfter = Date.parse(certificate?.valid_to ?? '');
  if (Number.isNaN(notAfter)) return undefined;
  const names = (certificate?.subjectaltname ?? '')
    .split(/,\s*/)
    .map((entry) => entry.replace(/^(DNS|IP Address):/, ''))
    .filter((entry) => entry !== '');
  return { subject: commonName(certificate?.subject), issuer: commonName(certificate?.issuer), notAfter, names };
}

/** CN, else the organisation, else all there is. */
function commonName(name: object | undefined): string {
  const fields = (name ?? {}) as Record<string, string | string[] | undefined>;
  const best = fields.CN ?? fields.O ?? Object.values(fields)[0] ?? '';
  return Array.isArray(best) ? best.join(', ') : best;
}
