import type { IssuerConfig } from '../../config/secrets.ts';
import { RotationFailure } from '../failure.ts';
import type { IssueRequest, Issuer } from '../ports.ts';
import { randomValue } from './alphabet.ts';
import { programName } from './program.ts';
import { ask, askVerdict, type ProgramConfig } from './protocol.ts';

/**
 * An external program as issuer. It is run once for each operation, gets one
 * JSON object on its standard input and prints one:
 *
 *     {"operation": "issue", "secret": NAME, "name": …, "namePrefix": …, "value"?: …, "current": KEY | null}
 *         → {"ok": true, "value"?: …, "key"?: KEY}
 *     {"operation": "find", "secret": NAME, "namePrefix": …}      → {"ok": true, "keys": [KEY, …]}
 *     {"operation": "disable", "secret": NAME, "key": KEY, "value"?: …}  → {"ok": true}
 *     {"operation": "enable", …likewise…}                         → {"ok": true}
 *     {"operation": "revoke", …likewise…}
 *         → {"ok": true, "result"?: "revoked" | "gone" | "manual" | "nothing-to-do", "detail"?: …}
 *     {"operation": "check", "secret": NAME, "key": KEY, "value": …}
 *         → {"ok": true, "accepted": true | false | "unknown", "detail"?: …}, or refused as below
 *
 * KEY is {"id"?, "name"?, "account"?, "parent"?}, all text, none of it secret.
 * `value` comes with `issue` where agentops made it (origin `ours`), and is in
 * the answer to it where the program makes it (`theirs`). `name` is new for
 * each try of a rotation and begins with `namePrefix`: a program that makes
 * values names the key so, and `find` lists what there is of that prefix: what
 * a lost answer left behind is revoked by it. Every operation may come again
 * and must then change nothing more.
 *
 * Otherwise it answers {"ok": false, "refused": WHY} (the rotation goes back),
 * {"ok": false, "retry": WHY} (it stops, and can be resumed) or {"ok": false,
 * "unsupported": true}. `disable` and `enable` may be unsupported; without
 * `check` a `verify:` must be configured, and then it is not asked. Of WHY and
 * `detail` 200 characters are shown, and nothing where they hold the value.
 * Standard error is thrown away. Arguments and environment carry no value.
 */
export function commandIssuer(
  config: Extract<IssuerConfig, { type: 'command' }>,
  secret: string,
  options: { readonly verified: boolean },
): Issuer {
  const { origin, live } = config;
  return {
    type: 'command',
    origin,
    live,
    ...(origin === 'ours' ? { generate: () => randomValue({ length: config.length, alphabet: 'letters-digits', prefix: '' }) } : {}),
    ...commandCalls(config, secret, options),
    ...(origin === 'theirs' ? { find: finder(config, secret) } : {}),
    issue: (request, context) => issue(config, secret, request, context, origin),
  };
}

/** What the issuer and the setter have in common. `verified`: a verifier is configured, so the program is not asked. */
export function commandCalls(config: ProgramConfig, secret: string, options: { readonly verified: boolean }) {
  const name = programName(config.command);
  type Given = Parameters<Issuer['revoke']>[0];
  const request = (operation: string, { key, value }: Given): object => ({
    operation,
    secret,
    key,
    ...(value === undefined ? {} : { value: value.text() }),
  });
  const turn = async (operation: 'disable' | 'enable', credential: Given, context: Parameters<Issuer['revoke']>[1]): Promise<void> => {
    const answer = await ask(config, request(operation, credential), [credential.value], context);
    answer.value?.wipe();
  };
  return {
    describe: () => ({ issue: `run ${name} (issue)`, revoke: `run ${name} (revoke)`, objects: [name] }),
    disable: (credential, context) => turn('disable', credential, context),
    enable: (credential, context) => turn('enable', credential, context),
    revoke: async (credential, context) => {
      const answer = await ask(config, request('revoke', credential), [credential.value], context);
      answer.value?.wipe();
      if (answer.unsupported) return { result: 'manual', detail: `${name} revokes nothing` };
      return { result: answer.result ?? 'revoked', detail: answer.detail ?? `${name} says so` };
    },
    ...(options.verified
      ? {}
      : { check: (credential, context) => askVerdict(config, request('check', credential), [credential.value], context) }),
  } satisfies Partial<Issuer>;
}

function finder(config: ProgramConfig, secret: string): NonNullable<Issuer['find']> {
  return async (namePrefix, context) => {
    const { keys, value } = await ask(config, { operation: 'find', secret, namePrefix }, [], context);
    value?.wipe();
    // Not "there is none": a key with a lost value would live on unseen.
    if (!keys) {
      throw new RotationFailure('operator', `${programName(config.command)} cannot list the keys that an earlier try may have left`, {
        hint: 'teach it the operation "find"',
      });
    }
    return keys;
  };
}

/** Has the program accept our value, or make one. */
export async function issue(
  config: ProgramConfig,
  secret: string,
  { name, namePrefix, value, current }: IssueRequest,
  context: Parameters<Issuer['issue']>[1],
  origin: 'ours' | 'theirs',
): ReturnType<Issuer['issue']> {
  const program = programName(config.command);
  const sent = origin === 'ours' ? value : undefined;
  if (origin === 'ours' && sent === undefined) throw new RotationFailure('operator', 'there is no value to set');
  const given = sent === undefined ? {} : { value: sent.text() };
  const answer = await ask(config, { operation: 'issue', secret, name, namePrefix, ...given, current }, [sent], context);
  if (answer.unsupported) throw new RotationFailure('operator', `${program} issues nothing`);
  const key = { name, ...answer.key };
  if (sent !== undefined) {
    const same = answer.value === undefined || answer.value.equals(sent);
    answer.value?.wipe();
    if (!same) throw new RotationFailure('operator', `${program} answers another value than it was given`, { hint: 'set origin: theirs' });
    return { value: sent, key };
  }
  if (!answer.value) throw new RotationFailure('transient', `${program} answers no value`);
  return { value: answer.value, key };
}
