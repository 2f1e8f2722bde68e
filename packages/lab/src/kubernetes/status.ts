import type { Dict } from './types.ts';

/** What a `Status` is about. */
export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: { reason: string; message: string; field?: string }[];
  retryAfterSeconds?: number;
}

/** Which resource an error names, as `plural.group`. */
export interface ResourceName {
  readonly group: string;
  readonly plural: string;
}

/**
 * An error that the API answers with a `Status` object. Messages, reasons and
 * the order of the fields are those of kube-apiserver 1.36.
 */
export class ApiError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails | undefined;
  /** Token of the inconsistent continuation, on an expired list. */
  readonly continueToken: string | undefined;

  constructor(code: number, reason: string, message: string, details?: StatusDetails, continueToken?: string) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.reason = reason;
    this.details = details;
    this.continueToken = continueToken;
  }

  toStatus(): Dict {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: this.continueToken === undefined ? {} : { continue: this.continueToken },
      status: 'Failure',
      message: this.message,
      reason: this.reason,
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.code,
    };
  }
}

const qualified = (resource: ResourceName) => (resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`);

const about = (resource: ResourceName, name?: string): StatusDetails => ({
  ...(name ? { name } : {}),
  ...(resource.group === '' ? {} : { group: resource.group }),
  kind: resource.plural,
});

export const unauthorized = () => new ApiError(401, 'Unauthorized', 'Unauthorized');

export const badRequest = (message: string) => new ApiError(400, 'BadRequest', message);

export const notFound = (resource: ResourceName, name: string) =>
  new ApiError(404, 'NotFound', `${qualified(resource)} "${name}" not found`, about(resource, name));

/** A path under a known group and version that names no resource. */
export const noSuchResource = () => new ApiError(404, 'NotFound', 'the server could not find the requested resource', {});

export const methodNotAllowed = () =>
  new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});

export const notAcceptable = (message: string, details?: StatusDetails) => new ApiError(406, 'NotAcceptable', message, details);

export const unsupportedMediaType = () => new ApiError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});

export const alreadyExists = (resource: ResourceName, name: string) =>
  new ApiError(409, 'AlreadyExists', `${qualified(resource)} "${name}" already exists`, about(resource, name));

export const conflict = (resource: ResourceName, name: string) =>
  new ApiError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(resource)} "${name}": the object has been modified; please apply your changes to the latest version and try again`,
    about(resource, name),
  );

/** A precondition of a delete (uid, resourceVersion) does not hold. */
export const preconditionFailed = (kind: string, name: string, what: string, given: string, actual: string) =>
  new ApiError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${kind} "${name}": the ${what} in the precondition (${given}) does not match the ${what} in record (${actual}). The object might have been ${what === 'UID' ? 'deleted and then recreated' : 'modified'}`,
    { name, kind },
  );

/** The manager is printed as the server does: `"kubectl"`, or `"kubectl" using v1` for one that did not apply. */
export const applyConflict = (conflicts: readonly { manager: string; field: string }[]) => {
  const causes = conflicts.map(({ manager, field }) => ({ reason: 'FieldManagerConflict', message: `conflict with ${manager}`, field }));
  const managers = new Set(conflicts.map(({ manager }) => manager));
  const [only] = managers;
  const detail =
    conflicts.length === 1 && conflicts[0]
      ? `1 conflict: conflict with ${conflicts[0].manager}: ${conflicts[0].field}`
      : managers.size === 1
        ? `${conflicts.length} conflicts: conflicts with ${only}:\n${conflicts.map(({ field }) => `- ${field}`).join('\n')}`
        : `${conflicts.length} conflicts: ${[...managers].map((manager) => `conflicts with ${manager}:\n${conflicts.flatMap((entry) => (entry.manager === manager ? [`- ${entry.field}`] : [])).join('\n')}`).join('\n')}`;
  return new ApiError(409, 'Conflict', `Apply failed with ${detail}`, { causes });
};

export const invalid = (kind: string, group: string, name: string, cause: { reason: string; field: string; message: string }) =>
  new ApiError(422, 'Invalid', `${group === '' ? kind : `${kind}.${group}`} "${name}" is invalid: ${cause.field}: ${cause.message}`, {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    kind,
    causes: [{ reason: cause.reason, message: cause.message, field: cause.field }],
  });

/** A JSON patch whose operations cannot be carried out; the real server says no more than this. */
export const unprocessablePatch = () => new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});

/** A list's `continue` token is older than what the store remembers. */
export const continueExpired = (token: string) =>
  new ApiError(
    410,
    'Expired',
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
    undefined,
    token,
  );

export const tooOldResourceVersion = (asked: number, oldest: number) =>
  new ApiError(410, 'Expired', `too old resource version: ${asked} (${oldest})`);

export const tooLargeResourceVersion = (asked: number, current: number) =>
  new ApiError(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });

export interface Denied {
  readonly user: string;
  readonly verb: string;
  readonly group: string;
  /** With the subresource: `pods/log`. */
  readonly resource: string;
  readonly plural: string;
  readonly namespace: string;
  readonly name: string;
}

export const forbidden = (denied: Denied) => {
  const resource = { group: denied.group, plural: denied.plural };
  const subject = denied.name === '' ? qualified(resource) : `${qualified(resource)} "${denied.name}"`;
  const scope = denied.namespace === '' ? 'at the cluster scope' : `in the namespace "${denied.namespace}"`;
  return new ApiError(
    403,
    'Forbidden',
    `${subject} is forbidden: User "${denied.user}" cannot ${denied.verb} resource "${denied.resource}" in API group "${denied.group}" ${scope}`,
    about(resource, denied.name),
  );
};

export const forbiddenPath = (user: string, verb: string, path: string) =>
  new ApiError(403, 'Forbidden', `forbidden: User "${user}" cannot ${verb} path "${path}"`, {});
