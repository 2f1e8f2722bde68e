import { at, dicts, text } from './access.ts';
import type { ApiResource } from './resources.ts';
import { badRequest } from './status.ts';
import type { KubeObject } from './types.ts';

type Field = (object: KubeObject) => string;

/** Go's zero value of the field, printed: what the real server compares with where the field is unset. */
function field(path: string, zero = ''): [string, Field] {
  const steps = path.split('.');
  return [
    path,
    (object) => {
      const value = at(object, ...steps);
      return value === undefined || value === null ? zero : String(value);
    },
  ];
}

const events: [string, Field][] = [
  ...['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map((name) => field(`involvedObject.${name}`)),
  field('reason'),
  field('reportingComponent'),
  ['source', (object) => text(object, 'source', 'component') || text(object, 'reportingComponent')],
  field('type'),
];

/** Field labels beyond metadata.name and metadata.namespace, per stored resource (kube-apiserver 1.36). */
const selectable: Readonly<Record<string, readonly [string, Field][]>> = {
  pods: [
    field('spec.nodeName'),
    field('spec.restartPolicy', 'Always'),
    field('spec.schedulerName', 'default-scheduler'),
    field('spec.serviceAccountName'),
    field('spec.hostNetwork', 'false'),
    field('status.phase'),
    field('status.podIP'),
    [
      'status.podIPs',
      (object) =>
        dicts(object, 'status', 'podIPs')
          .map((entry) => text(entry, 'ip'))
          .join(','),
    ],
    field('status.nominatedNodeName'),
  ],
  nodes: [field('spec.unschedulable', 'false')],
  namespaces: [field('status.phase')],
  secrets: [field('type')],
  services: [field('spec.clusterIP'), field('spec.type', 'ClusterIP')],
  events,
  replicationcontrollers: [field('status.replicas', '0')],
  'jobs.batch': [field('status.successful', '0')],
};

const metadata: [string, Field][] = [field('metadata.name'), field('metadata.namespace')];
const tables = new Map(Object.entries(selectable).map(([storage, fields]) => [storage, new Map([...metadata, ...fields])]));
const plain = new Map(metadata);
/** events.k8s.io names the same fields otherwise. */
const newEvents = new Map([
  ...metadata,
  ...events.map(([name, read]): [string, Field] => [
    name === 'reportingComponent' ? 'reportingController' : name.replace('involvedObject.', 'regarding.'),
    read,
  ]),
]);

export interface FieldSelector {
  readonly matches: (object: KubeObject) => boolean;
  /** The name that an equality on metadata.name asks for; authorisation looks at it. */
  readonly name: string;
}

/** Each group of API types refuses an unknown field in its own words. */
function unsupported(resource: ApiResource, label: string): string {
  if (resource.storage === 'jobs.batch') return `field label ${JSON.stringify(label)} not supported for Job`;
  if (resource.custom || tables.has(resource.storage)) return `field label not supported: ${label}`;
  return `${JSON.stringify(label)} is not a known field selector: only "metadata.name", "metadata.namespace"`;
}

/** Splits at commas that no backslash escapes, and unescapes. */
function terms(selector: string): string[] {
  return selector.split(/(?<!\\),/).filter((term) => term !== '');
}

/** Parses `fieldSelector` (`=`, `==`, `!=`, joined by commas). An unknown field is a 400 Status. */
export function parseFieldSelector(resource: ApiResource, selector: string): FieldSelector {
  const known = resource.group === 'events.k8s.io' ? newEvents : (tables.get(resource.storage) ?? plain);
  let name = '';
  const all = terms(selector).map((term) => {
    const parts = /^(?<label>[^=!]*)(?<operator>!=|==|=)(?<value>.*)$/s.exec(term)?.groups;
    if (!parts) throw badRequest(`invalid selector: '${selector}'; can't understand '${term}'`);
    const { label = '', operator, value: raw = '' } = parts;
    if (/(?<!\\)(?:\\\\)*\\(?![\\,=])/.test(raw)) throw badRequest('invalid field selector: invalid escape sequence: \\');
    const read = known.get(label);
    if (!read) throw badRequest(unsupported(resource, label));
    const value = raw.replaceAll(/\\([\\,=])/g, '$1');
    if (operator !== '!=' && label === 'metadata.name') name = value;
    return (object: KubeObject) => (read(object) === value) !== (operator === '!=');
  });
  return { matches: (object) => all.every((matches) => matches(object)), name };
}
