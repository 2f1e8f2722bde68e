/** A range of addresses, the end exclusive. */
export interface AddressRange {
  readonly family: 4 | 6;
  readonly start: bigint;
  readonly end: bigint;
}

/** `10.0.0.0/8`, `::/0`; host bits are ignored as the network plug-ins do. Undefined where it is no CIDR. */
export function parseCidr(text: string): AddressRange | undefined {
  const [address = '', length, ...rest] = text.trim().split('/');
  const parsed = parseAddress(address);
  if (!parsed || length === undefined || rest.length > 0 || !/^\d{1,3}$/.test(length)) return undefined;
  const bits = parsed.family === 4 ? 32 : 128;
  if (Number(length) > bits) return undefined;
  const size = 1n << BigInt(bits - Number(length));
  const start = (parsed.value / size) * size;
  return { family: parsed.family, start, end: start + size };
}

function parseAddress(text: string): { family: 4 | 6; value: bigint } | undefined {
  if (!text.includes(':')) {
    const value = parseV4(text);
    return value === undefined ? undefined : { family: 4, value };
  }
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(parseGroups);
  if (!head || (halves.length === 2 && !tail)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0), ...(tail ?? [])];
  return { family: 6, value: groups.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n) };
}

function parseV4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || parts.some((part) => !/^\d{1,3}$/.test(part) || Number(part) > 255)) return undefined;
  return parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
}

/** Groups of 16 bits; the last may be an embedded IPv4 address. */
function parseGroups(text: string): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    const v4 = index === parts.length - 1 && part.includes('.') ? parseV4(part) : undefined;
    if (v4 !== undefined) groups.push(Number(v4 >> 16n), Number(v4 & 0xffffn));
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

/** What is left of the ranges of one family after the exceptions, sorted and without overlap. */
function subtract(range: AddressRange, exceptions: readonly AddressRange[]): AddressRange[] {
  let left: AddressRange[] = [range];
  for (const hole of exceptions) {
    if (hole.family !== range.family) continue;
    left = left.flatMap((part) => {
      if (hole.end <= part.start || hole.start >= part.end) return [part];
      const before = { ...part, end: hole.start };
      const after = { ...part, start: hole.end };
      return [before, after].filter((each) => each.start < each.end);
    });
  }
  return left;
}

export interface IpBlock {
  readonly cidr: string;
  readonly except: readonly string[];
}

/** The addresses of an ipBlock, its exceptions taken out; what cannot be parsed takes no part. */
export function rangesOf(block: IpBlock): readonly AddressRange[] {
  const range = parseCidr(block.cidr);
  if (!range) return [];
  return subtract(
    range,
    block.except.flatMap((text) => parseCidr(text) ?? []),
  );
}

/** All IPv4 addresses; of IPv6 the global unicast block, the only one that the Internet uses. */
const universes: readonly AddressRange[] = [{ family: 4, start: 0n, end: 1n << 32n }, parseCidr('2000::/3') as AddressRange];

/**
 * True when the blocks, exceptions taken out, hold at least half of the
 * Internet's IPv4 or IPv6 addresses: `0.0.0.0/0`, also without the private
 * ranges, also in pieces (`0.0.0.0/1` and `128.0.0.0/1`).
 */
export function coversWorld(blocks: readonly IpBlock[]): boolean {
  return universes.some((universe) => 2n * covered(blocks.flatMap(rangesOf), universe) >= universe.end - universe.start);
}

function covered(ranges: readonly AddressRange[], universe: AddressRange): bigint {
  const clipped = ranges
    .filter((range) => range.family === universe.family && range.start < universe.end && range.end > universe.start)
    .sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  let total = 0n;
  let reached = universe.start;
  for (const { start, end } of clipped) {
    let from = start;
    if (reached > from) from = reached;
    let to = end;
    if (universe.end < to) to = universe.end;
    if (to > from) {
      total += to - from;
      reached = to;
    }
  }
  return total;
}

/** True when an address, e.g. `169.254.169.254`, is in one of the blocks. */
export function holdsAddress(blocks: readonly IpBlock[], address: string): boolean {
  const wanted = parseCidr(`${address}/${address.includes(':') ? 128 : 32}`);
  if (!wanted) return false;
  return blocks.flatMap(rangesOf).some((range) => range.family === wanted.family && range.start <= wanted.start && wanted.end <= range.end);
}
