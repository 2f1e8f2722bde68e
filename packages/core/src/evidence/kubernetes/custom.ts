import { available, type Evidence, type Unavailable } from '../../model/evidence.ts';
import type { Certificate, ForeignPolicies, IstioConfig } from '../../model/kubernetes.ts';
import { unavailableFrom } from '../failure.ts';
import { pageSize } from './list.ts';
import { optionalText, type Raw, raw, raws, strings, text } from './raw.ts';
import { type Reader, read } from './reader.ts';
import { reduceAuthorizationPolicy, reduceCertificate, reduceDestinationRule, reducePeerAuthentication } from './reduce/custom.ts';
import { get } from './request.ts';
import { type Resource, resources } from './resources.ts';

/** Served versions by API group. */
export type Groups = ReadonlyMap<string, readonly string[]>;

/** Every API group in one request. */
export async function readGroups(reader: Reader): Promise<Evidence<Groups>> {
  const { session, context } = reader;
  const result = await get(session, '/apis', {}, context);
  if (!result.ok) {
    const { failure } = result;
    const detail = failure.reason === 'forbidden' ? 'not allowed to read /apis (ClusterRole system:discovery)' : failure.detail;
    return unavailableFrom({ ...failure, detail }, session.source);
  }
  const list = raw(result.data);
  if (list.kind !== 'APIGroupList' || !Array.isArray(list.groups)) {
    return unavailableFrom({ reason: 'invalid', detail: '/apis answers no list of API groups', phase: 'http' }, session.source);
  }
  return available(
    session.source,
    new Map(raws(list.groups).map((group) => [text(group.name), strings(raws(group.versions).map((version) => version.version))])),
  );
}

/** The version to read a resource in; undefined where the server has none that we know. */
function versionOf(resource: Resource, groups: Groups): string | undefined {
  const served = groups.get(resource.group);
  return resource.versions.find((version) => served?.includes(version));
}

export async function readCertificates(reader: Reader, groups: Evidence<Groups>): Promise<Evidence<readonly Certificate[]>> {
  if (!groups.ok) return groups;
  const [resource] = resources['kubernetes.certificates'];
  const version = versionOf(resource, groups.data);
  if (version === undefined) return absent(reader, 'no cert-manager CRDs');
  return readCustom(reader, resource, groups.data, reduceCertificate);
}

export async function readIstio(reader: Reader, groups: Evidence<Groups>): Promise<Evidence<IstioConfig>> {
  if (!groups.ok) return groups;
  const [peers, authorizations, destinations] = resources['kubernetes.istio'];
  if (![peers, authorizations, destinations].some((resource) => versionOf(resource, groups.data))) return absent(reader, 'no Istio CRDs');
  const [peerAuthentications, authorizationPolicies, destinationRules] = await Promise.all([
    readCustom(reader, peers, groups.data, reducePeerAuthentication),
    readCustom(reader, authorizations, groups.data, reduceAuthorizationPolicy),
    readCustom(reader, destinations, groups.data, reduceDestinationRule),
  ]);
  const parts = [peerAuthentications, authorizationPolicies, destinationRules];
  const gaps = gapsOf(parts);
  if (parts.every((part) => !part.ok)) return unite(gaps) ?? absent(reader, 'no Istio CRDs');
  return available(
    reader.session.source,
    {
      peerAuthentications: dataOf(peerAuthentications),
      authorizationPolicies: dataOf(authorizationPolicies),
      destinationRules: dataOf(destinationRules),
    },
    gaps,
  );
}

const metadataOnly = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io, application/json';

/** Which other policy engines hold objects; the namespaces alone are read. */
export async function readForeignPolicies(reader: Reader, groups: Evidence<Groups>): Promise<Evidence<readonly ForeignPolicies[]>> {
  if (!groups.ok) return groups;
  // Calico's own API server shows the objects of its CRDs a second time.
  const calicoTwice = groups.data.has('crd.projectcalico.org') && groups.data.has('projectcalico.org');
  const wanted = resources['kubernetes.foreignpolicies'].filter(
    (resource) => !(calicoTwice && resource.group === 'projectcalico.org') && versionOf(resource, groups.data) !== undefined,
  );
  const parts = await Promise.all(
    wanted.map(async (resource) => {
      const options = { accept: metadataOnly, firstPageOnly: true };
      const objects = await readCustom(
        reader,
        resource,
        groups.data,
        (item) => ({ namespace: optionalText(raw(item.metadata).namespace) }),
        options,
      );
      return { resource, objects };
    }),
  );
  const gaps = gapsOf(parts.map((part) => part.objects));
  if (wanted.length > 0 && parts.every((part) => !part.objects.ok)) {
    const all = unite(gaps);
    if (all) return all;
  }
  const found = parts.flatMap(({ resource, objects }) => {
    const items = dataOf(objects);
    if (items.length === 0) return [];
    const namespaces = [...new Set(items.flatMap((item) => item.namespace ?? []))];
    return [
      {
        kind: resource.name,
        group: resource.group,
        count: items.length,
        namespaces,
        ...(items.length >= pageSize ? { partial: true } : {}),
      },
    ];
  });
  return available(reader.session.source, found, gaps);
}

/**
 * A CRD of a group may be missing though the group is there: nothing of it
 * exists then. Where listing is forbidden the server says so before it looks,
 * so discovery decides whether there is anything to ask a permission for.
 */
async function readCustom<T>(
  reader: Reader,
  resource: Resource,
  groups: Groups,
  reduce: (item: Raw) => T,
  options: { readonly accept?: string; readonly firstPageOnly?: boolean } = {},
): Promise<Evidence<readonly T[]>> {
  const nothing = available(reader.session.source, []);
  const version = versionOf(resource, groups);
  if (version === undefined) return nothing;
  const evidence = await read(reader, resource, { ...options, reduce }, version);
  const failures = evidence.ok ? (evidence.gaps ?? []) : [evidence];
  if (failures.some((failure) => failure.reason === 'absent' && failure.hint === undefined)) return nothing;
  const forbidden = failures.some((failure) => failure.reason === 'forbidden');
  return forbidden && (await isServed(reader, resource, version)) === false ? nothing : evidence;
}

/** Whether the server has the resource; undefined where discovery does not tell. */
async function isServed(reader: Reader, resource: Resource, version: string): Promise<boolean | undefined> {
  const result = await get(reader.session, `/apis/${resource.group}/${version}`, {}, reader.context);
  if (!result.ok) return undefined;
  const list = raw(result.data);
  return list.kind === 'APIResourceList' ? raws(list.resources).some((entry) => entry.name === resource.name) : undefined;
}

function absent(reader: Reader, detail: string): Unavailable {
  return { ok: false, reason: 'absent', source: reader.session.source, detail };
}

function dataOf<T>(evidence: Evidence<readonly T[]>): readonly T[] {
  return evidence.ok ? evidence.data : [];
}

function gapsOf(parts: readonly Evidence<unknown>[]): readonly Unavailable[] {
  const gaps = parts.flatMap((part) => (part.ok ? (part.gaps ?? []) : [part]));
  // A namespace that does not exist is missing from every list alike.
  return [...new Map(gaps.map((gap) => [`${gap.detail}/${gap.namespace ?? ''}`, gap])).values()];
}

/** Several failed lists as one: the first reason and every missing permission. */
function unite(failures: readonly Unavailable[]): Unavailable | undefined {
  const [first] = failures;
  const missing = failures.flatMap((failure) => failure.missing ?? []);
  return first && { ...first, ...(missing.length > 0 ? { missing } : {}) };
}
