import type { PathRule } from '../vault/policy.ts';

/** What rotating the OpenAI key takes in Vault: what `agentops rbac --vault --for secrets` prints for the lab's agentops.yaml. */
export const rotationPolicy = [
  { path: 'kv/config', capabilities: ['read'] },
  { path: 'kv/data/agentops/audit/openai-key/+', capabilities: ['create', 'read'] },
  { path: 'kv/data/agentops/fingerprint-key', capabilities: ['create', 'read'] },
  { path: 'kv/data/agentops/locks/openai-key', capabilities: ['create', 'read', 'update'] },
  { path: 'kv/data/agentops/pending/openai-key/+', capabilities: ['create', 'read', 'update'] },
  { path: 'kv/data/agentops/rotations/openai-key/+', capabilities: ['create', 'read', 'update'] },
  { path: 'kv/data/agents/openai', capabilities: ['create', 'read', 'update'] },
  { path: 'kv/metadata/agentops/audit/openai-key/', capabilities: ['list', 'read'] },
  { path: 'kv/metadata/agentops/pending/openai-key/+', capabilities: ['delete', 'list', 'read'] },
  { path: 'kv/metadata/agentops/rotations/', capabilities: ['list', 'read'] },
  { path: 'kv/metadata/agentops/rotations/openai-key/', capabilities: ['list', 'read'] },
  { path: 'kv/metadata/agentops/rotations/openai-key/+', capabilities: ['delete', 'list', 'read'] },
  { path: 'kv/metadata/agents/openai', capabilities: ['create', 'list', 'patch', 'read', 'update'] },
] as const satisfies readonly PathRule[];
