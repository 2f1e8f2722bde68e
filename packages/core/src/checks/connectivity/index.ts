import type { AnyCheck } from '../check.ts';
import { certificate } from './certificate.ts';
import { endpoint } from './endpoint.ts';
import { kubernetesApi } from './kubernetes-api.ts';
import { prometheus } from './prometheus.ts';
import { provider } from './provider.ts';
import { redis } from './redis.ts';
import { redisClients } from './redis-clients.ts';
import { redisMemory } from './redis-memory.ts';
import { redisReplication } from './redis-replication.ts';
import { vault } from './vault.ts';

/** Whether everything that agents depend on answers, and how it is. */
export const checks: readonly AnyCheck[] = [
  kubernetesApi,
  prometheus,
  redis,
  redisReplication,
  redisMemory,
  redisClients,
  vault,
  endpoint,
  provider,
  certificate,
];
