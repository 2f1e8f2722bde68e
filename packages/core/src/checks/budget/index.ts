import type { AnyCheck } from '../check.ts';

export const checks: readonly AnyCheck[] = [];
