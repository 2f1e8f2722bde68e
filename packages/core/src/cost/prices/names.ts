/**
 * Model names as logs, gateways and clouds write them, reduced to names that a
 * catalogue knows. Every rule here is explicit: a name that no rule explains
 * stays as it is, so that `claude-sonnet-5-5` never becomes `claude-sonnet-5`.
 */

/** Providers as logs and gateways call them → the catalogue's id. */
const providerNames: Readonly<Record<string, string>> = {
  claude: 'anthropic',
  'text-completion-openai': 'openai',
  'azure-openai': 'azure',
  azure_openai: 'azure',
  azure_ai: 'azure',
  azure_text: 'azure',
  'azure.ai.openai': 'azure',
  'azure.ai.inference': 'azure',
  'az.ai.openai': 'azure',
  bedrock: 'aws',
  'aws-bedrock': 'aws',
  aws_bedrock: 'aws',
  'aws.bedrock': 'aws',
  'amazon-bedrock': 'aws',
  amazon_bedrock: 'aws',
  amazon: 'aws',
  bedrock_converse: 'aws',
  vertex_ai: 'google',
  vertexai: 'google',
  vertex: 'google',
  gemini: 'google',
  'google-vertex': 'google',
  google_vertexai: 'google',
  google_genai: 'google',
  'gcp.vertex_ai': 'google',
  'gcp.gemini': 'google',
  'gcp.gen_ai': 'google',
  xai: 'x-ai',
  x_ai: 'x-ai',
  mistral_ai: 'mistral',
  mistralai: 'mistral',
  together_ai: 'together',
  fireworks_ai: 'fireworks',
  'fireworks-ai': 'fireworks',
  cohere_chat: 'cohere',
  moonshot: 'moonshotai',
  github_copilot: 'github-copilot',
  voyage: 'voyageai',
};

/** The catalogue's id for a provider's name; unknown names come back in lower case. */
export function canonicalProvider(name: string): string {
  const lower = name.trim().toLowerCase();
  if (lower.startsWith('vertex_ai-') || lower.startsWith('vertex_ai_')) return 'google';
  return providerNames[lower] ?? lower;
}

export interface NameForms {
  /** Provider that the form of the name gives away; empty where it does not. */
  readonly provider: string;
  /** Lower case, from the name as written to the most reduced; unique. */
  readonly names: readonly string[];
}

const date = '20\\d{2}(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01])|-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01]))';
/** Snapshot: `-20250929`, `-2025-04-14`, `@20250929`. */
const snapshot = new RegExp(`[-@]${date}$`);
/** Bedrock's revision: `-v1:0`, `-v2`, `-v1:0:200k`, `:0`. */
const bedrockRevision = /(?:-v\d+(?::\d+)?(?::\d+k)?|:\d+)$/;
const bedrockName =
  /^(?:(?:us|eu|apac|au|jp|ca|in|us-gov|global)\.)?(?:ai21|amazon|anthropic|cohere|deepseek|google|meta|mistral|nvidia|openai|qwen|writer)\./;
/** Profiles of a geography; `us-gov` has prices of its own. */
const bedrockGeography = /^(?:eu|apac|au|jp|ca|in)\./;

/** Path segments of LiteLLM's Bedrock names that are no part of the model's: `bedrock/us-east-1/…`, `bedrock/converse/…`. */
const bedrockRoute = /^(?:converse|invoke|[a-z]{2}(?:-gov)?-[a-z]+-\d)\//;

/** All forms of a name, and the provider if its form says one. `isProvider` tells whether a first path segment names a provider. */
export function nameForms(model: string, isProvider: (name: string) => boolean): NameForms {
  const names = new Set<string>();
  let provider = '';
  let name = model.trim().toLowerCase();
  names.add(name);

  const arn = /^arn:aws[\w-]*:bedrock:[^:]*:[^:]*:(?:foundation-model|inference-profile)\/(.+)$/.exec(name);
  const resource =
    /^(?:projects\/[^/]+\/locations\/[^/]+\/)?publishers\/[^/]+\/models\/([^/]+)$/.exec(name) ?? /^models\/([^/]+)$/.exec(name);
  if (arn) {
    provider = 'aws';
    name = arn[1] ?? name;
  } else if (resource) {
    provider = 'google';
    name = resource[1] ?? name;
  } else {
    const [first = '', ...rest] = name.split('/');
    if (rest.length > 0 && isProvider(canonicalProvider(first))) {
      provider = canonicalProvider(first);
      name = rest.join('/');
      while (provider === 'aws' && bedrockRoute.test(name)) name = name.replace(bedrockRoute, '');
    }
  }
  names.add(name);
  if (provider === '' && bedrockName.test(name)) provider = 'aws';
  if (provider === '' && /^claude-[\w.-]+@/.test(name)) provider = 'google';

  // Claude Code marks the one-million-token window in the name that it shows.
  name = name.replace(/\[1m\]$/, '');
  names.add(name);
  if (bedrockName.test(name)) {
    name = name.replace(bedrockRevision, '');
    names.add(name);
    addReduced(name, names);
    // Every geography but `global` and `us-gov` has the prices of `us`.
    if (bedrockGeography.test(name)) addReduced(name.replace(bedrockGeography, 'us.'), names);
  } else addReduced(name, names);
  return { provider, names: [...names] };
}

/** Without the snapshot, the marker of the newest, or Google's three-digit revision. */
function addReduced(name: string, names: Set<string>): void {
  names.add(name);
  // A fine-tuned model has a price of its own, snapshot by snapshot.
  if (name.startsWith('ft:')) return;
  const bare = name.replace(/(?:@default|@latest|-latest)$/, '');
  names.add(bare);
  names.add(withoutSnapshot(bare));
  if (/^gemini-/.test(bare)) names.add(bare.replace(/-0\d\d$/, ''));
}

/** `claude-sonnet-4-5-20250929` → `claude-sonnet-4-5`; a date that is none is left. */
export function withoutSnapshot(name: string): string {
  return name.replace(snapshot, '');
}

/** `us.anthropic.claude-opus-4-5` → `claude-opus-4-5`: the vendor's own name of a Bedrock model. GovCloud has prices of its own. */
export function vendorName(name: string): string | undefined {
  return /^(?:(?!us-gov)[a-z]+\.)?anthropic\.(claude-.+)$/.exec(name)?.[1];
}
