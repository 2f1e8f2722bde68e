import type { IssuerConfig } from '../../config/secrets.ts';
import type { IssuerKey } from '../../model/rotation.ts';
import { RotationFailure } from '../failure.ts';
import type { Issuer } from '../ports.ts';
import type { SecretValue } from '../value.ts';
import { programName } from './program.ts';
import { ask, askVerdict } from './protocol.ts';

type Step = 'createSecret' | 'setSecret' | 'testSecret' | 'finishSecret';

/**
 * A program that follows the four steps of a rotation function of AWS Secrets
 * Manager. It is run once for each step with the event that such a function
 * gets, and with the versions that it would read from Secrets Manager, each as
 * GetSecretValue names its parts:
 *
 *     {"Step": "createSecret", "SecretId": NAME, "ClientRequestToken": …, "AWSCURRENT": {"Key": KEY} | null}
 *         → {"ok": true, "value": …, "key"?: KEY}
 *     {"Step": "setSecret", …, "AWSPENDING": {"SecretString": VALUE, "VersionId": …, "Key": KEY}, "AWSCURRENT": …}
 *     {"Step": "testSecret", …, "AWSPENDING": {…}}
 *         → {"ok": true} or {"ok": true, "accepted": true | false | "unknown"}
 *     {"Step": "finishSecret", …, "AWSPREVIOUS": {"SecretString"?: VALUE, "VersionId": …, "Key": KEY}}
 *
 * - create and set are what issuing is; the value of createSecret is stored only
 *   after both. ClientRequestToken is the rotation's name for the new version;
 *   after a crash the two steps come again with another one.
 * - test is asked of the new value before it is published, and of the old one
 *   after its end, where only "accepted": false or {"ok": false, "refused": WHY}
 *   proves that it is refused: a program that just fails says nothing about it.
 * - The labels AWSCURRENT and AWSPENDING are not the program's to move: agentops
 *   publishes. So finish comes last, after the overlap, and ends the value
 *   called AWSPREVIOUS; after a way back that is the new one.
 *
 * As with a function of AWS an empty answer with exit status 0 means success;
 * failures are told as the `command` issuer's (see {@link ../command.ts}).
 */
export function hookIssuer(config: Extract<IssuerConfig, { type: 'hook' }>, secret: string): Issuer {
  const name = programName(config.command);
  const event = (step: Step, token: string | undefined, more: object): object => ({
    Step: step,
    SecretId: secret,
    ClientRequestToken: token ?? '',
    ...more,
  });
  const silence = { silence: true };
  return {
    type: 'hook',
    origin: 'theirs',
    live: config.live,
    describe: () => ({
      issue: `run ${name} (createSecret, setSecret)`,
      revoke: `run ${name} (finishSecret)`,
      objects: [name],
    }),
    async issue(request, context) {
      const AWSCURRENT = request.current ? { Key: request.current } : null;
      const created = await ask(config, event('createSecret', request.name, { AWSCURRENT }), [], context);
      const { value } = created;
      if (!value) throw new RotationFailure('transient', `${name} answers createSecret without a value`);
      const key: IssuerKey = { name: request.name, ...created.key };
      try {
        const AWSPENDING = version(value, key, request.name);
        const set = await ask(config, event('setSecret', request.name, { AWSPENDING, AWSCURRENT }), [value], context, silence);
        set.value?.wipe();
        if (set.unsupported) throw new RotationFailure('operator', `${name} knows no setSecret`);
        return { value, key: { ...key, ...set.key } };
      } catch (error) {
        value.wipe();
        throw error;
      }
    },
    async revoke({ key, value }, context) {
      const AWSPREVIOUS = version(value, key, key.name);
      const answer = await ask(config, event('finishSecret', key.name, { AWSPREVIOUS }), [value], context, silence);
      answer.value?.wipe();
      if (answer.unsupported) return { result: 'manual', detail: `${name} knows no finishSecret` };
      return { result: answer.result ?? 'revoked', detail: answer.detail ?? `${name} finished` };
    },
    check: ({ key, value }, context) =>
      askVerdict(config, event('testSecret', key.name, { AWSPENDING: version(value, key, key.name) }), [value], context, {
        ...silence,
        okMeansAccepted: true,
      }),
  };
}

function version(value: SecretValue | undefined, key: IssuerKey, id: string | undefined): object {
  return { ...(value === undefined ? {} : { SecretString: value.text() }), VersionId: id ?? '', Key: key };
}
