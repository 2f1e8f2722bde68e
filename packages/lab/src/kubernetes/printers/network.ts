import { at, count, dicts, stringMap, strings, text } from '../access.ts';
import type { Dict } from '../types.ts';
import { age, nameOf, orNone, type Printer, printLabels, printSelector } from './table.ts';

function ports(service: Dict): string {
  return dicts(service, 'spec', 'ports')
    .map((port) => {
      const node = count(port, 'nodePort');
      return `${count(port, 'port')}${node > 0 ? `:${node}` : ''}/${text(port, 'protocol') || 'TCP'}`;
    })
    .join(',');
}

function externalAddress(service: Dict): string {
  const external = strings(service, 'spec', 'externalIPs');
  switch (text(service, 'spec', 'type')) {
    case 'ExternalName':
      return text(service, 'spec', 'externalName');
    case 'LoadBalancer': {
      const ingress = dicts(service, 'status', 'loadBalancer', 'ingress').map((entry) => text(entry, 'ip') || text(entry, 'hostname'));
      return [...ingress, ...external].join(',') || '<pending>';
    }
    default:
      return external.join(',') || '<none>';
  }
}

export const services: Printer = {
  columns: 'Name, Type, Cluster-IP, External-IP, Port(s), Age, Selector+',
  row: (service, now) => [
    nameOf(service),
    text(service, 'spec', 'type') || 'ClusterIP',
    orNone(text(service, 'spec', 'clusterIP')),
    externalAddress(service),
    orNone(ports(service)),
    age(service, now),
    printLabels(stringMap(service, 'spec', 'selector')),
  ],
};

/** At most three, then how many more. */
function shortened(all: readonly string[], empty: string): string {
  if (all.length === 0) return empty;
  return all.length > 3 ? `${all.slice(0, 3).join(',')} + ${all.length - 3} more...` : all.join(',');
}

export const endpointSlices: Printer = {
  columns: 'Name, AddressType, Ports, Endpoints, Age',
  row: (slice, now) => [
    nameOf(slice),
    text(slice, 'addressType'),
    shortened(
      dicts(slice, 'ports').map((port) => (typeof port.port === 'number' ? String(port.port) : text(port, 'name'))),
      '<unset>',
    ),
    shortened(
      dicts(slice, 'endpoints').flatMap((endpoint) => strings(endpoint, 'addresses')),
      '<unset>',
    ),
    age(slice, now),
  ],
};

export const endpoints: Printer = {
  columns: 'Name, Endpoints, Age',
  row: (object, now) => {
    const all = dicts(object, 'subsets').flatMap((subset) =>
      dicts(subset, 'addresses').flatMap((address) =>
        dicts(subset, 'ports').map((port) => `${text(address, 'ip')}:${count(port, 'port')}`),
      ),
    );
    return [nameOf(object), shortened(all, '<none>'), age(object, now)];
  },
};

export const networkPolicies: Printer = {
  columns: 'Name, Pod-Selector, Age',
  row: (policy, now) => [nameOf(policy), printSelector(at(policy, 'spec', 'podSelector')), age(policy, now)],
};

export const ingresses: Printer = {
  columns: 'Name, Class, Hosts, Address, Ports, Age',
  row: (ingress, now) => {
    const hosts = dicts(ingress, 'spec', 'rules').flatMap((rule) => text(rule, 'host') || []);
    const addresses = dicts(ingress, 'status', 'loadBalancer', 'ingress').map((entry) => text(entry, 'ip') || text(entry, 'hostname'));
    return [
      nameOf(ingress),
      orNone(text(ingress, 'spec', 'ingressClassName')),
      shortened(hosts, '*'),
      addresses.join(','),
      dicts(ingress, 'spec', 'tls').length > 0 ? '80, 443' : '80',
      age(ingress, now),
    ];
  },
};
