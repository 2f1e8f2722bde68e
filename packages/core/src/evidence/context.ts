import type { Host } from '../host.ts';

/**
 * What every evidence source is handed. A source starts its reads at once,
 * returns a promise a key (see EvidencePromises) that never rejects, and stops
 * when `signal` aborts, which happens at the run's deadline.
 */
export interface GatherContext {
  readonly host: Host;
  readonly signal: AbortSignal;
  /** `host.clock.monotonic()` value at which the run ends, ms. */
  readonly deadline: number;
}
