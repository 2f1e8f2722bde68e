import type { IssuerConfig } from '../../config/secrets.ts';
import type { Issuer } from '../ports.ts';
import { randomValue } from './alphabet.ts';
import { commandSetter } from './setters/command.ts';
import { httpSetter } from './setters/http.ts';
import { noSetter } from './setters/none.ts';
import { postgresSetter } from './setters/postgres.ts';
import { redisSetter } from './setters/redis.ts';
import type { Setter } from './setters/setter.ts';

type RandomConfig = Extract<IssuerConfig, { type: 'random' }>;

/** A random value that we make, told to whoever must know it. `verified`: a verifier is configured. */
export function randomIssuer(config: RandomConfig, secret: string, options: { readonly verified: boolean }): Issuer {
  return {
    type: 'random',
    origin: 'ours',
    generate: () => randomValue(config),
    ...createSetter(config.set, secret, options),
  };
}

function createSetter(config: RandomConfig['set'], secret: string, options: { readonly verified: boolean }): Setter {
  switch (config.type) {
    case 'none':
      return noSetter;
    case 'command':
      return commandSetter(config, secret, options);
    case 'http':
      return httpSetter(config, secret);
    case 'redis':
      return redisSetter(config);
    case 'postgres':
      return postgresSetter(config);
  }
}
