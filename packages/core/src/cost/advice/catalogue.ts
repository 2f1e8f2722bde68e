/**
 * The neutral catalogue: where a model stands in its own provider's line-up,
 * read from its name. It is a coarse ordering and NOT a measurement: nothing
 * was run, no benchmark is behind it, and tiers of different providers are not
 * comparable. Wherever it decides, the output says `unmeasured`; the user's own
 * evaluation results always come first.
 */
export interface CatalogueEntry {
  /** Provider's family: `claude`, `gpt`, `gemini`. */
  readonly family: string;
  /** 4: the provider's largest line, 3: middle, 2: small, 1: smallest. */
  readonly tier: Tier;
  /** Version within the family; a newer one is not taken to be worse than an older one of the same tier. */
  readonly version: number;
}

export type Tier = 1 | 2 | 3 | 4;

interface Line {
  readonly pattern: RegExp;
  readonly family: string;
  readonly tier: Tier;
}

/** First match wins. Groups 1 and 2 are the version's two numbers. Dates after the version are not part of it. */
const version = '(\\d{1,2})(?:[.-](\\d{1,2}))?(?=$|[^\\d.])';
const older = (line: string): RegExp => new RegExp(`^claude-(\\d)(?:[.-](\\d))?-${line}`);
const lines: readonly Line[] = [
  { pattern: new RegExp(`^claude-opus-${version}`), family: 'claude', tier: 4 },
  { pattern: new RegExp(`^claude-sonnet-${version}`), family: 'claude', tier: 3 },
  { pattern: new RegExp(`^claude-haiku-${version}`), family: 'claude', tier: 2 },
  { pattern: older('opus'), family: 'claude', tier: 4 },
  { pattern: older('sonnet'), family: 'claude', tier: 3 },
  { pattern: older('haiku'), family: 'claude', tier: 2 },
  { pattern: /^gpt-(\d)(?:\.(\d))?o?-nano(?:$|-\d{4})/, family: 'gpt', tier: 1 },
  { pattern: /^gpt-(\d)(?:\.(\d))?o?-mini(?:$|-\d{4})/, family: 'gpt', tier: 2 },
  { pattern: /^gpt-(\d)(?:\.(\d))?o?(?:$|-\d{4})/, family: 'gpt', tier: 3 },
  { pattern: /^gpt-(\d)(?:\.(\d))?-pro(?:$|-\d{4})/, family: 'gpt', tier: 4 },
  { pattern: /^gemini-(\d)(?:\.(\d))?-flash-lite(?:$|-(?:preview|\d))/, family: 'gemini', tier: 1 },
  { pattern: /^gemini-(\d)(?:\.(\d))?-flash(?:$|-(?:preview$|\d))/, family: 'gemini', tier: 2 },
  { pattern: /^gemini-(\d)(?:\.(\d))?-pro(?:$|-(?:preview$|\d))/, family: 'gemini', tier: 4 },
];

/** Undefined where the name is of no known line-up: then nothing is said about it. */
export function catalogueEntry(model: string): CatalogueEntry | undefined {
  const name = model
    .toLowerCase()
    .replace(/^.*\//, '')
    .replace(/^(?:[a-z]{2,6}\.)?anthropic\./, '');
  for (const { pattern, family, tier } of lines) {
    const match = pattern.exec(name);
    if (match) return { family, tier, version: Number(match[1]) + Number(match[2] ?? 0) / 100 };
  }
  return undefined;
}

/** Whether the catalogue has no reason to expect less of `candidate` than of `current`: same family, a tier as high, a version as new. */
export function expectedAsGood(candidate: string, current: string): boolean {
  const [one, other] = [catalogueEntry(candidate), catalogueEntry(current)];
  return one !== undefined && other !== undefined && one.family === other.family && one.tier >= other.tier && one.version >= other.version;
}
