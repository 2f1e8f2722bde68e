import { at, count, dicts, flag, isDict, stringMap, strings, text } from '../access.ts';
import type { Dict } from '../types.ts';
import { since } from './duration.ts';
import { age, nameOf, orNone, type Printer } from './table.ts';

function nodeStatus(node: Dict): string {
  const ready = dicts(node, 'status', 'conditions').find(({ type }) => type === 'Ready');
  const words = [ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady'];
  if (flag(node, 'spec', 'unschedulable')) words.push('SchedulingDisabled');
  return words.join(',');
}

function nodeRoles(node: Dict): string {
  const prefix = 'node-role.kubernetes.io/';
  const roles = Object.entries(stringMap(node, 'metadata', 'labels')).flatMap(([key, value]) => {
    if (key.startsWith(prefix) && key.length > prefix.length) return [key.slice(prefix.length)];
    return key === 'kubernetes.io/role' && value !== '' ? [value] : [];
  });
  return orNone([...new Set(roles)].sort().join(','));
}

const address = (node: Dict, type: string) =>
  orNone(
    text(
      dicts(node, 'status', 'addresses').find((entry) => entry.type === type),
      'address',
    ),
  );

export const nodes: Printer = {
  columns: 'Name, Status, Roles, Age, Version, Internal-IP+, External-IP+, OS-Image+, Kernel-Version+, Container-Runtime+',
  row: (node, now) => {
    const info = (field: string) => text(node, 'status', 'nodeInfo', field) || '<unknown>';
    return [
      nameOf(node),
      nodeStatus(node),
      nodeRoles(node),
      age(node, now),
      text(node, 'status', 'nodeInfo', 'kubeletVersion'),
      address(node, 'InternalIP'),
      address(node, 'ExternalIP'),
      info('osImage'),
      info('kernelVersion'),
      info('containerRuntimeVersion'),
    ];
  },
};

export const namespaces: Printer = {
  columns: 'Name, Status, Age',
  row: (object, now) => [nameOf(object), text(object, 'status', 'phase'), age(object, now)],
};

const keysOf = (value: unknown) => (isDict(value) ? Object.keys(value).length : 0);

export const secrets: Printer = {
  columns: 'Name, Type, Data, Age',
  row: (object, now) => [nameOf(object), text(object, 'type'), keysOf(object.data), age(object, now)],
};

export const configMaps: Printer = {
  columns: 'Name, Data, Age',
  row: (object, now) => [nameOf(object), keysOf(object.data) + keysOf(object.binaryData), age(object, now)],
};

export const quotas: Printer = {
  columns: 'Name, Request, Limit, Age',
  row: (quota, now) => {
    const hard = stringMap(quota, 'status', 'hard');
    const used = stringMap(quota, 'status', 'used');
    const names = Object.keys(hard).sort();
    const print = (some: readonly string[]) => some.map((name) => `${name}: ${used[name] ?? '0'}/${hard[name] ?? '0'}`).join(', ');
    const limits = names.filter((name) => name.startsWith('limits'));
    return [nameOf(quota), print(names.filter((name) => !limits.includes(name))), print(limits), age(quota, now)];
  },
};

function eventSource(event: Dict): string {
  const component = text(event, 'source', 'component') || text(event, 'reportingComponent');
  const host = text(event, 'source', 'host') || text(event, 'reportingInstance');
  return host === '' ? component : `${component}, ${host}`;
}

export const events: Printer = {
  columns: 'Last Seen, Type, Reason, Object, Subobject+, Source+, Message, First Seen+, Count+, Name+',
  row: (event, now) => {
    const first = text(event, 'firstTimestamp') || text(event, 'eventTime');
    const last = text(event, 'series', 'lastObservedTime') || text(event, 'lastTimestamp') || first;
    const kind = text(event, 'involvedObject', 'kind').toLowerCase();
    const name = text(event, 'involvedObject', 'name');
    return [
      since(last, now),
      text(event, 'type'),
      text(event, 'reason'),
      name === '' ? kind : `${kind}/${name}`,
      text(event, 'involvedObject', 'fieldPath'),
      eventSource(event),
      text(event, 'message').trim(),
      since(first, now),
      count(event, 'series', 'count') || count(event, 'count') || 1,
      nameOf(event),
    ];
  },
};

export const leases: Printer = {
  columns: 'Name, Holder, Age',
  row: (lease, now) => [nameOf(lease), text(lease, 'spec', 'holderIdentity'), age(lease, now)],
};

export const claims: Printer = {
  columns: 'Name, Status, Volume, Capacity, Access Modes, StorageClass, VolumeAttributesClass, Age, VolumeMode+',
  row: (claim, now) => {
    const bound = text(claim, 'spec', 'volumeName') !== '';
    const modes = strings(claim, 'status', 'accessModes').map(
      (mode) => ({ ReadWriteOnce: 'RWO', ReadOnlyMany: 'ROX', ReadWriteMany: 'RWX' })[mode] ?? 'RWOP',
    );
    return [
      nameOf(claim),
      text(claim, 'metadata', 'deletionTimestamp') === '' ? text(claim, 'status', 'phase') : 'Terminating',
      text(claim, 'spec', 'volumeName'),
      bound ? text(claim, 'status', 'capacity', 'storage') : '',
      bound ? modes.join(',') : '',
      text(claim, 'spec', 'storageClassName'),
      text(claim, 'spec', 'volumeAttributesClassName') || '<unset>',
      age(claim, now),
      text(claim, 'spec', 'volumeMode') || 'Filesystem',
    ];
  },
};

/** Resources of which the server prints the instant of creation and not the age. */
export const created: Printer = {
  columns: 'Name, Created At:date',
  row: (object) => [nameOf(object), text(object, 'metadata', 'creationTimestamp')],
};

const subjects = (binding: Dict, kind: string) =>
  dicts(binding, 'subjects')
    .filter((subject) => subject.kind === kind)
    .map((subject) => (kind === 'ServiceAccount' ? `${text(subject, 'namespace')}/${text(subject, 'name')}` : text(subject, 'name')))
    .join(', ');

export const roleBindings: Printer = {
  columns: 'Name, Role, Age, Users+, Groups+, ServiceAccounts+',
  row: (binding, now) => [
    nameOf(binding),
    `${text(binding, 'roleRef', 'kind')}/${text(binding, 'roleRef', 'name')}`,
    age(binding, now),
    subjects(binding, 'User'),
    subjects(binding, 'Group'),
    subjects(binding, 'ServiceAccount'),
  ],
};

export const apiServices: Printer = {
  columns: 'Name, Service, Available, Age',
  row: (object, now) => {
    const service = at(object, 'spec', 'service');
    const available = dicts(object, 'status', 'conditions').find(({ type }) => type === 'Available');
    const word = text(available, 'status') || 'Unknown';
    return [
      nameOf(object),
      isDict(service) ? `${text(service, 'namespace')}/${text(service, 'name')}` : 'Local',
      word === 'True' ? word : `${word} (${text(available, 'reason')})`,
      age(object, now),
    ];
  },
};

/** What a custom resource without columns of its own gets. */
export const customAnything: Printer = {
  columns: 'Name, Age:date',
  row: (object, now) => [nameOf(object), age(object, now)],
};

/** What every other resource gets. */
export const anything: Printer = {
  columns: 'Name, Age',
  row: (object, now) => [nameOf(object), age(object, now)],
};
