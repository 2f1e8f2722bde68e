import type { VerifierConfig } from '../../config/secrets.ts';
import { readTls } from '../../evidence/http/tls-files.ts';
import type { Verifier } from '../ports.ts';
import { postgresName, tryPostgresLogin } from './postgres-login.ts';

/** Logs in to a database as the configured user, or as the account of the value. */
export function postgresVerifier(config: Extract<VerifierConfig, { type: 'postgres' }>): Verifier {
  const { host, port, database, tls } = config;
  const name = postgresName(config);
  return {
    type: 'postgres',
    describe: () => `login to ${name} as ${config.user ?? 'the account of the value'}`,
    async verify({ value, key }, context) {
      const user = config.user ?? key.account;
      if (user === undefined) return { accepted: 'unknown', detail: `${name}: the account of the value is not known; set user` };
      const material = tls === false ? undefined : await readTls(tls === true ? undefined : tls, context.host);
      if (material && !material.ok) return { accepted: 'unknown', detail: material.failure.detail };
      return tryPostgresLogin({ host, port, database, ssl: material?.tls ?? false }, user, value, 'database', context);
    },
  };
}
