import type { Series } from '../../../packages/lab/src/prometheus/store.ts';
import { stale } from '../../../packages/lab/src/prometheus/store.ts';
import { pairsOf } from './dataset.ts';

function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

function field(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
}

/** The bits of Prometheus's stale marker, which JavaScript numbers do not carry. */
const staleBits = 0x7ff0000000000002n;

function sample(time: number, value: number | typeof stale): Buffer {
  const double = Buffer.alloc(8);
  if (value === stale) double.writeBigUInt64LE(staleBits);
  else double.writeDoubleLE(value);
  return Buffer.concat([varint((1 << 3) | 1), double, varint(2 << 3), varint(time)]);
}

function timeSeries(series: Series): Buffer {
  const labels = Object.entries(series.labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.concat([
    ...labels.map(([name, value]) => field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(value))]))),
    ...pairsOf(series.samples).map(([time, value]) => field(2, sample(time, value))),
  ]);
}

/** A snappy block of literals only: what remote write demands, without compressing. */
function snappy(raw: Buffer): Buffer {
  const parts: Buffer[] = [varint(raw.length)];
  for (let offset = 0; offset < raw.length; offset += 65_536) {
    const chunk = raw.subarray(offset, offset + 65_536);
    const tag = Buffer.from([61 << 2, (chunk.length - 1) & 0xff, (chunk.length - 1) >> 8]);
    parts.push(tag, chunk);
  }
  return Buffer.concat(parts);
}

/** Sends series, exact to the bit and with stale markers, to a Prometheus started with --web.enable-remote-write-receiver. */
export async function remoteWrite(url: string, series: readonly Series[]): Promise<void> {
  const body = snappy(Buffer.concat(series.map((one) => field(1, timeSeries(one)))));
  const response = await fetch(`${url}/api/v1/write`, {
    method: 'POST',
    headers: { 'Content-Encoding': 'snappy', 'Content-Type': 'application/x-protobuf', 'X-Prometheus-Remote-Write-Version': '0.1.0' },
    body: new Uint8Array(body),
  });
  if (!response.ok) throw new Error(`remote write: ${response.status} ${await response.text()}`);
}
