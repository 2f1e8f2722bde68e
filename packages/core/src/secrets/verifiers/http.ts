import type { VerifierConfig } from '../../config/secrets.ts';
import { displayUrl } from '../../evidence/display.ts';
import { call } from '../http-call.ts';
import type { Verifier } from '../ports.ts';

/** What a header may hold and no client changes on the way: visible ASCII, spaces inside. */
const plain = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/;

/**
 * Sends the value in a header. A status of `accept` or `refuse` is a verdict;
 * any other, one of both lists, and no answer tell nothing.
 */
export function httpVerifier(config: Extract<VerifierConfig, { type: 'http' }>): Verifier {
  const { url, method, header, scheme, headers, tls } = config;
  const where = displayUrl(url);
  return {
    type: 'http',
    describe: () => `${method} ${where} with the value in ${header}`,
    async verify({ value }, context) {
      const text = value.text();
      if (!plain.test(text)) return { accepted: 'unknown', detail: 'the value has characters that no HTTP header carries' };
      const own = { [header]: scheme === '' ? text : `${scheme} ${text}` };
      const result = await call({ url, method, headers: { ...headers, ...own }, tls }, undefined, context);
      if (!result.ok) return { accepted: 'unknown', detail: `${where}: ${result.failure.detail}` };
      const detail = `${where} answers ${result.status}`;
      const yes = config.accept.length === 0 ? result.status >= 200 && result.status < 300 : config.accept.includes(result.status);
      const no = config.refuse.includes(result.status);
      return { accepted: yes === no ? 'unknown' : yes, detail };
    },
  };
}
