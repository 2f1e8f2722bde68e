import type { RotationConfig } from '../config/secrets.ts';
import type { Host } from '../host.ts';
import { call } from './http-call.ts';
import type { Notifier } from './ports.ts';

/** ms, of its own: that a run's time is over is what somebody must be told of. */
const limitMs = 10_000;

/**
 * Tells an HTTP receiver how a run ended: {"text", "secret", "outcome",
 * "detail"} as JSON, never a value. Chat systems such as Slack show the text.
 * A failure is a warning: the rotation is what it is.
 */
export function webhookNotifier({ url, headers, tls }: RotationConfig['notify'][number], host: Host): Notifier {
  // Path and query of a chat system's webhook are its credential.
  const shown = new URL(url).origin;
  return {
    async notify({ secret, outcome, detail }) {
      const context = { host, signal: AbortSignal.timeout(limitMs), deadline: host.clock.monotonic() + limitMs };
      const text = `agentops: ${secret}: ${outcome}${detail === '' ? '' : `: ${detail}`}`;
      const result = await call({ url, method: 'POST', headers, tls }, { text, secret, outcome, detail }, context);
      if (result.ok && result.status >= 200 && result.status < 300) return;
      const why = result.ok ? `answers ${result.status}` : result.failure.detail;
      host.log.warn(`${secret}: nobody was told at ${shown}: ${why}`);
    },
  };
}
