import { randomUUID } from 'node:crypto';

/** An HTTP answer of Vault's API; without a body 204. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export const empty: Answer = { status: 204 };

/** The envelope that every successful read has. */
export function envelope(
  data: unknown,
  more: { status?: number; mountType?: string; warnings?: readonly string[]; auth?: unknown } = {},
): Answer {
  const body = {
    request_id: randomUUID(),
    lease_id: '',
    renewable: false,
    lease_duration: 0,
    data,
    wrap_info: null,
    warnings: more.warnings ?? null,
    auth: more.auth ?? null,
    mount_type: more.mountType ?? '',
  };
  return { status: more.status ?? 200, body };
}

/** `{"errors": […]}` */
export function errors(status: number, ...messages: string[]): Answer {
  return { status, body: { errors: messages } };
}

/** Several errors as Go's multierror prints them. */
export function multiError(status: number, ...messages: string[]): Answer {
  const count = messages.length === 1 ? '1 error' : `${messages.length} errors`;
  return errors(status, `${count} occurred:\n${messages.map((message) => `\t* ${message}\n`).join('')}\n`);
}

export const notFound = errors(404);
