import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { isIP } from 'node:net';

/** DER (X.690): tag, length, content. */
function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length = Buffer.from(body.length.toString(16).padStart(body.length > 0xff ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, body]);
}

const sequence = (...content: readonly Uint8Array[]) => der(0x30, ...content);
const integer = (bytes: Uint8Array) => der(0x02, bytes);
const octets = (content: Uint8Array) => der(0x04, content);
const bits = (content: Uint8Array) => der(0x03, Buffer.from([0]), content);
const yes = der(0x01, Buffer.from([0xff]));
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));

const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'));
const commonName = oid('550403');
const basicConstraints = oid('551d13');
const keyUsage = oid('551d0f');
const extendedKeyUsage = oid('551d25');
const serverAuth = oid('2b06010505070301');
const subjectAltName = oid('551d11');

/** GeneralizedTime, seconds. */
const time = (ms: number) => der(0x18, Buffer.from(`${new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, '')}`));

const name = (common: string) => sequence(der(0x31, sequence(commonName, der(0x0c, Buffer.from(common)))));

const extension = (id: Uint8Array, critical: boolean, value: Uint8Array) => sequence(id, ...(critical ? [yes] : []), octets(value));

function alternative(host: string): Buffer {
  return isIP(host) === 4 ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host));
}

export interface CertificateInput {
  /** IPv4 addresses and DNS names; 127.0.0.1 and localhost unless given. */
  readonly hosts?: readonly string[];
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly commonName?: string;
}

/**
 * A self-signed server certificate (P-256, RFC 5280) that is its own authority,
 * and its key, both PEM. A new key every time: none is kept in the project.
 */
export function selfSignedCertificate(input: CertificateInput): { key: string; cert: string } {
  const { hosts = ['127.0.0.1', 'localhost'], commonName: common = 'agentops-lab' } = input;
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicInfo = publicKey.export({ type: 'spki', format: 'der' });
  // The first byte stays below 0x80: a serial number is positive.
  const serial = Buffer.concat([Buffer.from([0x4c]), createHash('sha256').update(publicInfo).digest().subarray(0, 15)]);
  const extensions = sequence(
    extension(basicConstraints, true, sequence(yes)),
    // digitalSignature and keyCertSign.
    extension(keyUsage, true, der(0x03, Buffer.from([2, 0x84]))),
    extension(extendedKeyUsage, false, sequence(serverAuth)),
    extension(subjectAltName, false, sequence(...hosts.map(alternative))),
  );
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(serial),
    ecdsaWithSha256,
    name(common),
    sequence(time(input.notBefore), time(input.notAfter)),
    name(common),
    publicInfo,
    der(0xa3, extensions),
  );
  const certificate = sequence(body, ecdsaWithSha256, bits(sign('sha256', body, privateKey)));
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
  };
}
