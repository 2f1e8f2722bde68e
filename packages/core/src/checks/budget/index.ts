import type { AnyCheck } from '../check.ts';
import { dailySpend } from './daily-spend.ts';
import { hourlyTokens } from './hourly-tokens.ts';
import { monthlySpend } from './monthly-spend.ts';
import { perAgent } from './per-agent.ts';
import { perSession } from './per-session.ts';
import { unpriced } from './unpriced.ts';

export const checks: readonly AnyCheck[] = [dailySpend, monthlySpend, hourlyTokens, perAgent, perSession, unpriced];
