import type { NetworkPolicy, PolicyPort, PolicyRule } from '../../model/kubernetes.ts';
import { coversWorld, holdsAddress } from './cidr.ts';
import { anyPeer, anyPort, type Direction, rulesOf } from './coverage.ts';
import { protocolOf } from './reach.ts';
import { selectsEverything } from './selector.ts';

/**
 * Whom a rule lets through that names nobody in particular. `anyone`: no peers
 * at all; `world`: ipBlocks that hold most of the Internet; `cluster`: every
 * pod of every namespace; `nobody`: an entry without any field, which the API
 * server refuses and people read as everyone.
 */
export type Reach = 'anyone' | 'world' | 'cluster' | 'nobody';

export interface OpenRule {
  readonly reach: Reach;
  /** `any destination`, `0.0.0.0/0 except 3 ranges`. */
  readonly peers: string;
  /** `any port`, `TCP 443`. */
  readonly ports: string;
  readonly anyPort: boolean;
  /** Only single ports of the given list. */
  readonly onlyExpectedPorts: boolean;
  /** The address at which clouds hand out credentials is among the peers. */
  readonly metadataService: boolean;
}

const metadataAddress = '169.254.169.254';

/** The open rules of a policy in one direction, as it is in force. */
export function openRules(policy: NetworkPolicy, direction: Direction, expectedPorts: readonly number[]): readonly OpenRule[] {
  return rulesOf(policy, direction).flatMap((rule) => {
    const open = openPeers(rule, direction);
    if (!open) return [];
    return [{ ...open, ports: portsText(rule), anyPort: anyPort(rule), onlyExpectedPorts: onlyPorts(rule, expectedPorts) }];
  });
}

function openPeers(rule: PolicyRule, direction: Direction): Pick<OpenRule, 'reach' | 'peers' | 'metadataService'> | undefined {
  const other = direction === 'egress' ? 'destination' : 'source';
  if (anyPeer(rule)) return { reach: 'anyone', peers: `any ${other}`, metadataService: true };
  const peers = rule.peers ?? [];
  const blocks = peers.flatMap((peer) => peer.ipBlock ?? []);
  const metadataService = holdsAddress(blocks, metadataAddress);
  if (coversWorld(blocks)) {
    const texts = blocks.map(({ cidr, except }) => (except.length > 0 ? `${cidr} except ${except.join(', ')}` : cidr));
    return { reach: 'world', peers: texts.join(', '), metadataService };
  }
  if (peers.some((peer) => !peer.ipBlock && !peer.podSelector && !peer.namespaceSelector)) {
    return { reach: 'nobody', peers: `an empty ${other} {}`, metadataService };
  }
  const everyPod = peers.some(
    (peer) =>
      peer.namespaceSelector && selectsEverything(peer.namespaceSelector) && (!peer.podSelector || selectsEverything(peer.podSelector)),
  );
  return everyPod ? { reach: 'cluster', peers: 'every pod of every namespace', metadataService } : undefined;
}

function onlyPorts(rule: PolicyRule, expected: readonly number[]): boolean {
  return (
    !anyPort(rule) &&
    (rule.ports ?? []).every((entry) => isSingle(entry) && typeof entry.port === 'number' && expected.includes(entry.port))
  );
}

function isSingle(entry: PolicyPort): boolean {
  return entry.endPort === undefined || entry.endPort === entry.port;
}

/** `any port`, `TCP 443, UDP 53`, `TCP 1024–65535`, `any UDP port`. */
export function portsText(rule: PolicyRule): string {
  if (anyPort(rule)) return 'any port';
  return (rule.ports ?? [])
    .map((entry) => {
      if (entry.port === undefined) return `any ${protocolOf(entry)} port`;
      return `${protocolOf(entry)} ${entry.port}${isSingle(entry) ? '' : `–${entry.endPort}`}`;
    })
    .join(', ');
}

/** `any destination, any port`; `0.0.0.0/0 on TCP 443`. */
export function openText(rule: OpenRule): string {
  return rule.anyPort ? `${rule.peers}, any port` : `${rule.peers} on ${rule.ports}`;
}
