/**
 * What core is handed instead of reaching for the process: core never prints,
 * never reads `process.env` and never looks at the clock by itself. The CLI and
 * the editor each bring a host; tests bring a fixed one.
 */
export interface Host {
  readonly clock: Clock;
  /** Environment variables, read through `${env:X}` and the usual KUBECONFIG, VAULT_ADDR… */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home directory, for `~/.kube/config` and the like. */
  readonly home: string;
  /** Working directory, where the upward search for agentops.yaml starts. */
  readonly cwd: string;
  readonly log: Log;
  readonly progress: Progress;
  /** Uniform in [0, 1): jitter of retries, fencing ids. */
  random(): number;
  /** Asks the person; a host without one answers false. */
  confirm(question: string): Promise<boolean>;
}

export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds on a clock that never jumps: durations and deadlines. */
  monotonic(): number;
  /** IANA time zone of the person who reads, e.g. `Europe/Berlin`. */
  readonly timeZone: string;
}

/** Free text for people; a secret value must never be passed in. */
export interface Log {
  debug(message: string): void;
  warn(message: string): void;
}

export interface Progress {
  /** What is being waited for, in a few words: `pods of prod-eu`. */
  update(message: string): void;
}
