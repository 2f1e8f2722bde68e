import type { VerifierConfig } from '../../config/secrets.ts';
import type { Verifier } from '../ports.ts';
import { redisName, redisTarget, tryRedisLogin } from './redis-login.ts';

/** Logs in (AUTH) as the configured user, the URL's, or the account of the value; else as the default user. */
export function redisVerifier(config: Extract<VerifierConfig, { type: 'redis' }>): Verifier {
  const user = config.user ?? redisTarget(config.url)?.username;
  return {
    type: 'redis',
    describe: () => `AUTH to ${redisName(config.url)}${user === undefined ? '' : ` as ${user}`}`,
    verify: ({ value, key }, context) => tryRedisLogin(config, user ?? key.account, value, context),
  };
}
