import type { SecretEntry } from '../../config/secrets.ts';
import type { Verifier } from '../ports.ts';
import { commandVerifier } from './command.ts';
import { httpVerifier } from './http.ts';
import { postgresVerifier } from './postgres.ts';
import { redisVerifier } from './redis.ts';

/** The configured verifier of a secret; undefined where there is none. */
export function createVerifier({ verify, name }: Pick<SecretEntry, 'verify' | 'name'>): Verifier | undefined {
  switch (verify?.type) {
    case undefined:
      return undefined;
    case 'http':
      return httpVerifier(verify);
    case 'postgres':
      return postgresVerifier(verify);
    case 'redis':
      return redisVerifier(verify);
    case 'command':
      return commandVerifier(verify, name);
  }
}
