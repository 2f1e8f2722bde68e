import type { LoneSecret, ProposedSecret } from './propose.ts';

/** What `agentops init` found, and how sure it is. Pure data: no credential is ever in it. */

export interface Candidate {
  /** As it would stand in agentops.yaml: a URL without credentials, or a `${env:…}` reference. */
  readonly url: string;
  /** Where the hint came from: `VAULT_ADDR`, `service monitoring/prometheus`, `localhost`. */
  readonly origin: string;
  readonly reachable: boolean;
  /** Version where it answered, else why not: `1.21.0`, `DNS: no such host`. */
  readonly detail: string;
  /** How to get there, where it is not reachable from here. */
  readonly hint?: string;
}

export interface Discovery {
  readonly kubernetes:
    | {
        readonly found: true;
        readonly context: string;
        readonly server: string;
        readonly version: string;
        readonly namespaces: readonly string[];
      }
    | { readonly found: false; readonly detail: string };
  readonly prometheus: readonly Candidate[];
  readonly redis: readonly Candidate[];
  readonly vault: readonly Candidate[];
  /** What would stand below `secrets:`; metadata only, and rotated by nobody. */
  readonly secrets: {
    readonly proposed: readonly ProposedSecret[];
    /** In Kubernetes alone, as far as could be seen. */
    readonly lone: readonly LoneSecret[];
    /** What could not be seen, or was left out. */
    readonly notes: readonly string[];
  };
  /** Logs of coding agents on this machine, which `agentops cost report` reads without being told. */
  readonly codingAgents: readonly string[];
  /** Model providers whose API key is in the environment (the key itself is not read). */
  readonly providers: readonly { readonly name: string; readonly variable: string }[];
}
