/**
 * One request to a model (or one bucket of an export), whatever format it came
 * in. Numbers, names and ids only: nothing that was said in a conversation.
 */

/** Classes of tokens with a price of their own. They are disjoint: what a format counts inside another class is taken out of it on the way in. */
export const tokenClasses = ['input', 'output', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h'] as const;
export type TokenClass = (typeof tokenClasses)[number];
export type Tokens = Readonly<Record<TokenClass, number>>;

export const sourceKinds = [
  'claude-code',
  'codex',
  'openai-usage',
  'anthropic-usage',
  'litellm',
  'prometheus',
  'otlp',
  'langfuse',
  'helicone',
  'agentops',
] as const;
/** The format a record came in. */
export type SourceKind = (typeof sourceKinds)[number];

/**
 * Tokens of which nobody says whether they are input or output. They are
 * counted as input and priced at the cheapest class of their model: a lower
 * bound, never an exact price.
 */
export const unsplitTier = 'unsplit';

/** Families of token counters in Prometheus, by the name that a configuration gives them. */
export const counterFamilies = ['litellm', 'claude-code', 'gen-ai', 'ai-agent', 'agent'] as const;
export type CounterFamily = (typeof counterFamilies)[number];

/** Formats that come as files, by the name that a configuration gives them. */
export const fileFormats = [
  'claude-code',
  'codex',
  'openai-usage',
  'anthropic-usage',
  'litellm',
  'otlp',
  'langfuse',
  'helicone',
  'agentops-jsonl',
  'agentops-csv',
] as const;
export type FileFormat = (typeof fileFormats)[number];

export interface UsageRecord {
  /**
   * The same usage has the same key wherever it is read from: within a source
   * kind it is unique (`message.id`, `request_id`, bucket start × model × …).
   */
  readonly key: string;
  readonly source: SourceKind;
  /** ms since the epoch; for a bucket its start. */
  readonly at: number;
  /** As the source names it; a price is looked up from it later. */
  readonly model: string;
  /** `anthropic`, `openai`, `aws-bedrock`…; empty where the source does not say. */
  readonly provider: string;
  /** Empty where the source does not say; `main` and the subagent's name for coding agents. */
  readonly agent: string;
  readonly session: string;
  readonly task: string;
  /** Folder, team or project. */
  readonly project: string;
  readonly tokens: Tokens;
  /** The part of `tokens.output` that was reasoning; 0 where not said. */
  readonly reasoning: number;
  /** 1 for a request, n for a bucket; 0 for a correction. */
  readonly requests: number;
  readonly webSearches: number;
  /** `standard`, `batch`, `priority`, `flex`… as the source says; empty: standard. {@link unsplitTier} is ours. */
  readonly serviceTier: string;
  /** `us`, `global`…; empty where not said. */
  readonly geo: string;
  /** Whole input of the single request exceeds 200k tokens (`context_window: 200k-1M` of an export); undefined: judge by this record's own tokens, if it is one request. */
  readonly longContext?: boolean;
  /** A subagent's or a replay's copy: loses to the parent's record of the same key. */
  readonly sidechain: boolean;
  readonly status: 'ok' | 'error' | '';
  /** null where not said. */
  readonly latencyMs: number | null;
  /** What the source claims that it cost, pico-dollars: shown beside our price, never instead of it. */
  readonly claimedPico: bigint | null;
}

/** Sum of all classes. */
export function totalTokens(tokens: Tokens): number {
  return tokenClasses.reduce((sum, name) => sum + tokens[name], 0);
}

/** A line or a part of a source that could not be counted. */
export interface Reject {
  /** File or server, without credentials. */
  readonly source: string;
  /** From 1; 0 where there are no lines. */
  readonly line: number;
  readonly reason: RejectReason;
  /** A few words without any content of the line. */
  readonly detail: string;
}

export type RejectReason =
  | 'not-json'
  | 'not-utf8'
  | 'cut-short'
  | 'too-long'
  | 'bad-number'
  | 'bad-time'
  | 'missing-field'
  | 'unknown-shape'
  | 'unreadable';

/**
 * Which of several records with one key stays: a parent's before a sidechain's,
 * then the one with the most tokens (a message is logged again while it
 * grows), then by content, so that the choice never depends on the order of
 * arrival. Greater wins, compared as text.
 */
export function recordRank(record: UsageRecord): string {
  const total = String(totalTokens(record.tokens)).padStart(16, '0');
  const { tokens } = record;
  const content = [
    tokens.output,
    tokens.input,
    tokens.cacheRead,
    tokens.cacheWrite5m,
    tokens.cacheWrite1h,
    record.webSearches,
    record.requests,
  ].map((n) => String(n).padStart(16, '0'));
  const names = [
    record.model,
    record.agent,
    record.session,
    record.task,
    record.project,
    record.provider,
    record.serviceTier,
    record.geo,
    record.status,
    String(-record.at),
    String(record.latencyMs),
    String(record.claimedPico),
    String(record.reasoning),
    String(record.longContext),
  ];
  return [record.sidechain ? '0' : '1', total, ...content, JSON.stringify(names)].join(' ');
}
