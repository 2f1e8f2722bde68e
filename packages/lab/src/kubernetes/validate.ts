import { isDict, sameJson } from './access.ts';
import type { ApiResource } from './resources.ts';
import { invalid } from './status.ts';
import type { KubeObject } from './types.ts';

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** Throws 422 for a name that this resource cannot have. */
export function checkName(resource: ApiResource, name: string): void {
  // Names of RBAC objects may hold anything that fits into a path.
  if (resource.group === 'rbac.authorization.k8s.io') return;
  if (resource.storage === 'namespaces' || resource.storage === 'services') {
    if (label.test(name) && name.length <= 63) return;
    const message = `Invalid value: ${JSON.stringify(name)}: a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`;
    throw invalid(resource.kind, resource.group, name, { reason: 'FieldValueInvalid', field: 'metadata.name', message });
  }
  if (subdomain.test(name) && name.length <= 253) return;
  const message = `Invalid value: ${JSON.stringify(name)}: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`;
  throw invalid(resource.kind, resource.group, name, { reason: 'FieldValueInvalid', field: 'metadata.name', message });
}

/** Throws 422 for a key of a ConfigMap or Secret that could be no file name. */
export function checkDataKeys(resource: ApiResource, name: string, object: KubeObject): void {
  if (resource.storage !== 'configmaps' && resource.storage !== 'secrets') return;
  const bad = Object.keys(isDict(object.data) ? object.data : {}).find((key) => !/^[-._a-zA-Z0-9]{1,253}$/.test(key));
  if (bad === undefined) return;
  const message = `Invalid value: ${JSON.stringify(bad)}: a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`;
  throw invalid(resource.kind, resource.group, name, { reason: 'FieldValueInvalid', field: `data[${bad}]`, message });
}

/** Throws 422 where a write would change what `immutable` holds, or a Secret's type. */
export function checkImmutable(resource: ApiResource, live: KubeObject, next: KubeObject): void {
  if (resource.storage !== 'configmaps' && resource.storage !== 'secrets') return;
  const { name } = live.metadata;
  if (resource.storage === 'secrets' && next.type !== live.type) {
    const message = `Invalid value: ${JSON.stringify(next.type)}: field is immutable`;
    throw invalid(resource.kind, resource.group, name, { reason: 'FieldValueInvalid', field: 'type', message });
  }
  if (live.immutable !== true) return;
  const changed = next.immutable !== true ? 'immutable' : ['data', 'binaryData'].find((field) => !sameJson(next[field], live[field]));
  if (changed === undefined) return;
  const message = 'Forbidden: field is immutable when `immutable` is set';
  throw invalid(resource.kind, resource.group, name, { reason: 'FieldValueForbidden', field: changed, message });
}
