import type { AnyCheck } from '../check.ts';
import { balance } from './balance.ts';
import { capacity } from './capacity.ts';
import { endpoints } from './endpoints.ts';
import { heartbeat } from './heartbeat.ts';
import { registry } from './registry.ts';

export const checks: readonly AnyCheck[] = [registry, heartbeat, endpoints, capacity, balance];
