/** How to see that a provider's API is there without a key and without spending a token. */
export interface KnownProvider {
  /** As the provider's own SDK calls its base URL; `{region}` is filled in. Absent: every customer has their own. */
  readonly base?: string;
  /** A cheap path below it that answers 401, 403 or 404 without a key, or a public list. */
  readonly path: string;
  /** Environment variables that may hold the region, first wins. */
  readonly regionFrom?: readonly string[];
}

/** By the names that agentops.yaml uses; base URLs and paths from the providers' API references. */
export const knownProviders: Readonly<Record<string, KnownProvider>> = {
  openai: { base: 'https://api.openai.com/v1', path: '/models' },
  anthropic: { base: 'https://api.anthropic.com', path: '/v1/models' },
  google: { base: 'https://generativelanguage.googleapis.com', path: '/v1beta/models' },
  mistral: { base: 'https://api.mistral.ai', path: '/v1/models' },
  'azure-openai': { path: '/openai/models?api-version=2024-10-21' },
  bedrock: { base: 'https://bedrock-runtime.{region}.amazonaws.com', path: '/', regionFrom: ['AWS_REGION', 'AWS_DEFAULT_REGION'] },
  vertex: {
    base: 'https://{region}-aiplatform.googleapis.com',
    path: '/v1/publishers/google/models',
    regionFrom: ['GOOGLE_CLOUD_LOCATION', 'CLOUD_ML_REGION'],
  },
  openrouter: { base: 'https://openrouter.ai/api/v1', path: '/models' },
  groq: { base: 'https://api.groq.com/openai/v1', path: '/models' },
  cohere: { base: 'https://api.cohere.com', path: '/v1/models' },
  deepseek: { base: 'https://api.deepseek.com', path: '/models' },
  xai: { base: 'https://api.x.ai/v1', path: '/models' },
  together: { base: 'https://api.together.xyz/v1', path: '/models' },
  fireworks: { base: 'https://api.fireworks.ai/inference/v1', path: '/models' },
};
