import type { SetterConfig } from '../../../config/secrets.ts';
import { displayUrl } from '../../../evidence/display.ts';
import type { HttpResult } from '../../../evidence/transport.ts';
import { RotationFailure } from '../../failure.ts';
import { call } from '../../http-call.ts';
import { noValue, type Setter } from './setter.ts';

/**
 * Tells a new value to an HTTP receiver: {"secret", "name", "value", "account"}
 * as JSON, any 2xx means that it accepts the value from now on. With a revokeUrl
 * it keeps the old one until the same is sent there; without one it is taken to
 * know a single value.
 */
export function httpSetter(config: Extract<SetterConfig, { type: 'http' }>, secret: string): Setter {
  const { url, revokeUrl, method, headers, tls } = config;
  const where = displayUrl(url);
  return {
    live: revokeUrl === undefined ? 'one' : 'both',
    describe: () => ({
      issue: `${method} ${where} with the new value`,
      revoke:
        revokeUrl === undefined ? 'nothing to do: the new value replaced it' : `${method} ${displayUrl(revokeUrl)} with the old value`,
      objects: [where],
    }),
    async issue({ value, name, current }, context) {
      if (!value) throw new RotationFailure('operator', noValue);
      const account = current?.account;
      const body = { secret, name, value: value.text(), account };
      const result = await call({ url, method, headers, tls }, body, context);
      const problem = problemOf(result, where);
      if (problem) throw problem;
      return { value, key: { name, ...(account === undefined ? {} : { account }) } };
    },
    async revoke({ key, value }, context) {
      if (revokeUrl === undefined) return { result: 'gone', detail: 'the new value replaced it' };
      const told = displayUrl(revokeUrl);
      if (!value) return { result: 'manual', detail: `the old value is not known any more; ${told} cannot be told which one` };
      const body = { secret, name: key.name, value: value.text(), account: key.account };
      const result = await call({ url: revokeUrl, method, headers, tls }, body, context);
      if (result.ok && (result.status === 404 || result.status === 410)) return { result: 'gone', detail: `${told} does not know it` };
      const problem = problemOf(result, told);
      // That a revoke is refused says nothing about any value that is in use.
      if (problem) throw problem.kind === 'refused' ? new RotationFailure('transient', problem.message) : problem;
      return { result: 'revoked', detail: `${told} was told` };
    },
  };
}

/** 400 and 422 are about the value; 409 is somebody else's change; anything else may be well later. */
function problemOf(result: HttpResult, where: string): RotationFailure | undefined {
  if (!result.ok) return new RotationFailure('transient', `${where}: ${result.failure.detail}`);
  const { status } = result;
  if (status >= 200 && status < 300) return undefined;
  const kind = status === 400 || status === 422 ? 'refused' : status === 409 ? 'conflict' : 'transient';
  return new RotationFailure(kind, `${where} answers ${status}`);
}
