import { agent } from './agent.ts';
import { aiAgent } from './ai-agent.ts';
import { genAi } from './gen-ai.ts';
import { litellm } from './litellm.ts';
import type { Profile } from './profile.ts';

/** Every profile that is looked for. */
export const profiles: readonly Profile[] = [aiAgent, agent, genAi, litellm];

/** A regular expression (anchored, as PromQL's are) for the names of all profiles and of the spend counters. */
export const knownNames = '(ai_agents?|agents?|llm|tools?|gen_ai_client|litellm|claude_code)_.+|active_agents|tokens_per_request(_.+)?';

/** For `no agent metrics found (looked for …)`. */
export const lookedFor = 'ai_agent_*, agent_*, llm_*, tool_*, gen_ai_client_*, litellm_*';
