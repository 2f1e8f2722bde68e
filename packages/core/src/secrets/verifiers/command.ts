import type { VerifierConfig } from '../../config/secrets.ts';
import { programName } from '../issuers/program.ts';
import { askVerdict } from '../issuers/protocol.ts';
import type { Verifier } from '../ports.ts';

/**
 * Asks an external program: {"operation": "verify", "secret": NAME, "key": KEY,
 * "value": …} on its standard input, {"ok": true, "accepted": true | false |
 * "unknown", "detail"?: …} on its standard output; else as the `command` issuer.
 */
export function commandVerifier(config: Extract<VerifierConfig, { type: 'command' }>, secret: string): Verifier {
  return {
    type: 'command',
    describe: () => `run ${programName(config.command)} (verify)`,
    verify: ({ key, value }, context) => askVerdict(config, { operation: 'verify', secret, key, value: value.text() }, [value], context),
  };
}
